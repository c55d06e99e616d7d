"""Builds the simulated world of a run, once per process: who asks what."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pum.bench.catalogue import Phrasebook, load_occasions, load_preferences
from pum.bench.multisessioncollab import load_msc_preferences, load_msc_profiles
from pum.bench.profiles import Profile, drifted, read_profiles
from pum.bench.session_planner import SameForAll, Scenario
from pum.bench.tasks.collection import build_tasks, read_tasks
from pum.bench.tasks.grading import VerdictStore, graders_digest
from pum.bench.tasks.registry import builder_of
from pum.bench.types import Preference, Task
from pum.bench.users.llm import LLMUser
from pum.bench.users.messages import Conduct
from pum.bench.users.simulator import Participant
from pum.bench.users.verifiable import VerifiableUser
from pum.config.params import Params, StudyParams
from pum.core.concurrency import Aside
from pum.core.errors import InputError
from pum.core.paths import CACHE
from pum.core.rng import key
from pum.language.prose import own_sentences
from pum.llm.chat_model import FormModel
from pum.runner.config import RunConfig


@dataclass(frozen=True)
class UserModel:
    """The model that plays users, how much it reads and writes, and who does the grading for it."""

    model: FormModel
    context_tokens: int
    max_tokens: int
    aside: Aside


@dataclass(frozen=True)
class World:
    """The simulated side of a run: who asks what."""

    catalogue: Mapping[str, Preference]
    phrasebook: Phrasebook
    profiles: tuple[Profile, ...]
    tasks: tuple[Task, ...]
    params: Params
    greeting: str | None
    verdicts: VerdictStore
    scenarios: Mapping[int, Scenario | SameForAll]

    def luck(self, seed: int) -> int:
        """The seed of all luck in repetition `seed` of a study."""
        return _luck(self.params, seed)

    def texts(self) -> list[str]:
        """What many sessions will say: tasks, requests, preferences in all their wordings; whole and by sentence."""
        said = [
            *(task.statement for task in self.tasks),
            *self.phrasebook.sayings(),
            *(text for rule in self.catalogue.values() for text in (rule.note, rule.action, *rule.wordings)),
        ]
        return [*said, *(sentence.raw for text in said for sentence in own_sentences(text))]

    def user(
        self, profile: Profile, seed: int, session: int, said: set[str], model: UserModel | None = None
    ) -> Participant:
        """The profile in one session, with its mind changed if that is over; `said` is what it has asked for before,
        and is added to. Played by rules, or by `model`."""
        knobs = self.params.world
        changed = knobs.drift_at is not None and session >= knobs.drift_at
        person = {
            "profile": drifted(profile, self.catalogue, knobs.drift_share) if changed else profile,
            "plan": self.scenarios[seed].plan(profile, session),
            "catalogue": self.catalogue,
            "phrasebook": self.phrasebook,
            "said": said,
            "luck": (self.luck(seed), "user", profile.user_id, session),
            "verdicts": self.verdicts,
        }
        if model:
            return LLMUser(**person, **vars(model), greeting=self.greeting)
        return VerifiableUser(**person, conduct=Conduct(knobs.notices_errors, knobs.slips, knobs.topic_changes))


def load_world(config: RunConfig) -> World:
    """The study's profiles and tasks; InputError when the study asks for more than there is."""
    study, params = config.study, config.params
    preferences, phrasebook = _preferences(study), load_occasions()
    profiles, tasks = load_profiles(config), _tasks(config)
    return World(
        catalogue={preference.id: preference for preference in preferences},
        phrasebook=phrasebook,
        profiles=profiles,
        tasks=tasks,
        params=params,
        greeting=study.multisessioncollab.greeting if study.multisessioncollab else None,
        verdicts=VerdictStore(CACHE / f"verdicts-{graders_digest()}.sqlite"),
        scenarios={
            seed: SameForAll(tasks, phrasebook)
            if study.multisessioncollab
            else Scenario(tasks, phrasebook, preferences, params.world, _luck(params, seed))
            for seed in study.seeds
        },
    )


def load_profiles(config: RunConfig) -> tuple[Profile, ...]:
    """The study's users; InputError when it asks for more than there are."""
    study = config.study
    if study.multisessioncollab:
        path = Path(study.multisessioncollab.folder)
        profiles = load_msc_profiles(path, config.params.seed)
    else:
        config.files.check()
        path = config.files.profiles
        profiles = read_profiles(path, {preference.id for preference in _preferences(study)})
    if study.n_profiles > len(profiles):
        raise InputError(f"n_profiles: {study.n_profiles} wanted, {path} has {len(profiles)}")
    return tuple(profiles[: study.n_profiles])


def _preferences(study: StudyParams) -> tuple[Preference, ...]:
    return load_msc_preferences() if study.multisessioncollab else load_preferences()


def _tasks(config: RunConfig) -> tuple[Task, ...]:
    study, params = config.study, config.params
    for name in study.datasets:
        builder_of(name)
    if study.multisessioncollab:
        folder = Path(study.multisessioncollab.folder)
        return build_tasks(study.datasets, params.world.tasks_per_dataset, params.seed, folder)
    tasks = tuple(task for task in read_tasks(config.files.tasks) if task.dataset in study.datasets)
    missing = sorted(set(study.datasets) - {task.dataset for task in tasks})
    if missing:
        raise InputError(f"datasets: {config.files.tasks} has no task of {', '.join(missing)}")
    return tasks


def _luck(params: Params, seed: int) -> int:
    return key(params.seed, seed)
