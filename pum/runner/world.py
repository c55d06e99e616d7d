"""Builds the simulated world of a run, once per process: who asks what."""

from collections.abc import Mapping
from dataclasses import dataclass

from pum.bench.catalogue import Phrasebook, load_occasions, load_preferences
from pum.bench.profiles import Profile, drifted, read_profiles
from pum.bench.scenario import Scenario
from pum.bench.tasks.collection import read_tasks
from pum.bench.tasks.grading import VerdictStore, graders_digest
from pum.bench.tasks.registry import builder_of
from pum.bench.users.base import Conduct
from pum.bench.users.llm import LLMUser
from pum.bench.users.participant import Participant
from pum.bench.users.verifiable import VerifiableUser
from pum.bench.world import Preference, Task
from pum.concurrency import Aside
from pum.errors import InputError
from pum.llm.base import FormModel
from pum.memory.prose import own_sentences
from pum.params import Params
from pum.paths import CACHE
from pum.rng import key
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
    verdicts: VerdictStore
    scenarios: Mapping[int, Scenario]

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
            return LLMUser(**person, **vars(model))
        return VerifiableUser(**person, conduct=Conduct(knobs.notices_errors, knobs.slips, knobs.topic_changes))


def load_world(config: RunConfig) -> World:
    """The study's profiles and tasks; InputError when the study asks for more than there is."""
    config.files.check()
    preferences = load_preferences()
    profiles = read_profiles(config.files.profiles, {preference.id for preference in preferences})
    if config.study.n_profiles > len(profiles):
        raise InputError(f"n_profiles: {config.study.n_profiles} wanted, {config.files.profiles} has {len(profiles)}")
    for name in config.study.datasets:
        builder_of(name)
    tasks = tuple(task for task in read_tasks(config.files.tasks) if task.dataset in config.study.datasets)
    missing = sorted(set(config.study.datasets) - {task.dataset for task in tasks})
    if missing:
        raise InputError(f"datasets: {config.files.tasks} has no task of {', '.join(missing)}")
    phrasebook = load_occasions()
    return World(
        catalogue={preference.id: preference for preference in preferences},
        phrasebook=phrasebook,
        profiles=profiles[: config.study.n_profiles],
        tasks=tasks,
        params=config.params,
        verdicts=VerdictStore(CACHE / f"verdicts-{graders_digest()}.sqlite"),
        scenarios={
            seed: Scenario(tasks, phrasebook, preferences, config.params.world, _luck(config.params, seed))
            for seed in config.study.seeds
        },
    )


def _luck(params: Params, seed: int) -> int:
    return key(params.seed, seed)
