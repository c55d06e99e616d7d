"""The simulated world of a run: its users, their tasks and requests, and the ground truth about them for oracles."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from pum.bench.agent.instruction_parser import InstructionParser
from pum.bench.catalogue import UtteranceTemplates, load_preferences, load_request_types, unknown_tags
from pum.bench.multisessioncollab import load_msc_preferences, load_msc_profiles
from pum.bench.profiles import Profile, drifted, read_profiles
from pum.bench.session_planner import SessionPlanner, SharedSessionPlanner
from pum.bench.tasks.collection import build_tasks, read_tasks
from pum.bench.tasks.datasets import DATASETS
from pum.bench.tasks.grading import VerdictStore, graders_digest
from pum.bench.types import Preference, Task
from pum.bench.users.simulator import USERS, WRONG_ANSWER, UserModel, UserNoise, UserSetup, UserSimulator
from pum.config.params import Params, StudyParams
from pum.core.errors import InputError
from pum.core.paths import CACHE
from pum.core.rng import key
from pum.core.schemas import Note
from pum.language.prose import own_sentences
from pum.retrieval.embed import CachedEmbedder
from pum.runner.config import RunConfig

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class World:
    """The simulated side of a run: its users, their tasks and their requests."""

    catalogue: Mapping[str, Preference]
    templates: UtteranceTemplates
    profiles: tuple[Profile, ...]
    tasks: tuple[Task, ...]
    params: Params
    user_simulator: type[UserSimulator]
    greeting: str | None
    verdicts: VerdictStore
    scenarios: Mapping[int, SessionPlanner | SharedSessionPlanner]

    def random_key(self, seed: int) -> int:
        """The random key from which everything in repetition `seed` of a study is drawn."""
        return _random_key(self.params, seed)

    def texts(self) -> list[str]:
        """Texts that many sessions contain, whole and by sentence: tasks, requests, preferences in all wordings."""
        said = [
            *(task.statement for task in self.tasks),
            *self.templates.sayings(),
            *(text for rule in self.catalogue.values() for text in (rule.note, rule.action, *rule.wordings)),
        ]
        return [*said, *(sentence.raw for text in said for sentence in own_sentences(text))]

    def user(
        self, profile: Profile, seed: int, session: int, requested: set[str], model: UserModel | None = None
    ) -> UserSimulator:
        """The user of one session; from `world.drift_at` on, with changed preferences.

        `requested` holds the preferences that the user has asked for before; the session adds to it. `model` plays the
        user if the study's simulator needs one.
        """
        world = self.params.world
        changed = world.drift_at is not None and session >= world.drift_at
        setup = UserSetup(
            profile=drifted(profile, self.catalogue, world.drift_share) if changed else profile,
            plan=self.scenarios[seed].plan(profile, session),
            catalogue=self.catalogue,
            templates=self.templates,
            random_key=(self.random_key(seed), "user", profile.user_id, session),
            requested=requested,
            noise=UserNoise(world.error_detection_rate, world.miss_rate, world.topic_changes),
            verdicts=self.verdicts,
            greeting=self.greeting,
            model=model,
        )
        return self.user_simulator(setup)


def load_world(config: RunConfig) -> World:
    """Build the world of a run; InputError if the study asks for more profiles or tasks than there are."""
    study, params = config.study, config.params
    preferences, templates = _preferences(study), load_request_types()
    profiles, tasks = load_profiles(config), _tasks(config)
    return World(
        catalogue={preference.id: preference for preference in preferences},
        templates=templates,
        profiles=profiles,
        tasks=tasks,
        params=params,
        user_simulator=USERS[study.user],
        greeting=study.multisessioncollab.greeting if study.multisessioncollab else None,
        verdicts=VerdictStore(CACHE / f"verdicts-{graders_digest()}.sqlite"),
        scenarios={
            seed: SharedSessionPlanner(tasks, templates)
            if study.multisessioncollab
            else SessionPlanner(tasks, templates, preferences, params.world, _random_key(params, seed))
            for seed in study.seeds
        },
    )


def load_profiles(config: RunConfig) -> tuple[Profile, ...]:
    """The study's users; InputError if it asks for more than there are."""
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
        DATASETS[name]  # InputError for a name that nothing builds
    if study.multisessioncollab:
        folder = Path(study.multisessioncollab.folder)
        return build_tasks(study.datasets, params.world.tasks_per_dataset, params.seed, folder)
    tasks = tuple(task for task in read_tasks(config.files.tasks) if task.dataset in study.datasets)
    missing = sorted(set(study.datasets) - {task.dataset for task in tasks})
    if missing:
        raise InputError(f"datasets: {config.files.tasks} has no task of {', '.join(missing)}")
    _warn_of_unknown_tags(tasks)
    return tasks


@cache
def _warn_of_unknown_tags(tasks: tuple[Task, ...]) -> None:
    """Once per process: such tags are misspelt, or have no effect."""
    for dataset, tags in unknown_tags(tasks, load_preferences(), load_request_types()).items():
        log.warning("dataset %s: no preference depends on the tags %s of its tasks", dataset, ", ".join(tags))


def _random_key(params: Params, seed: int) -> int:
    return key(params.seed, seed)


class SimulatedTruth:
    """The ground truth about simulated users, for oracles (`pum.methods.method.GroundTruth`).

    `current`: user id -> the user in the session that is being played.
    """

    def __init__(self, world: World, current: Mapping[str, UserSimulator], embedder: CachedEmbedder) -> None:
        self._world, self._current, self._embedder = world, current, embedder

    def applicable_notes(self, user_id: str) -> tuple[Note, ...]:
        return tuple(it.as_note(met=True) for it in self._current[user_id].applicable() if it.style)

    def label_note(self, note: str) -> frozenset[str]:
        """The styles that the simulated agent would parse from the note."""
        return frozenset(style for style, _ in self._parser.instructions(note))

    def request_tags(self, user_id: str) -> tuple[int, ...]:
        return tuple(sorted(self._places[tag] for tag in self._current[user_id].tags))

    @cached_property
    def _parser(self) -> InstructionParser:
        return InstructionParser((), self._world.templates, tuple(self._world.catalogue.values()), self._embedder)

    @cached_property
    def _places(self) -> dict[str, int]:
        """Each tag that tasks and requests can have -> its place in a fixed order."""
        bearers = (*self._world.tasks, *self._world.templates.openings, *self._world.templates.followups)
        tags = {WRONG_ANSWER}.union(*(bearer.tags for bearer in bearers))
        return {tag: place for place, tag in enumerate(sorted(tags))}
