"""Builds what a run needs, once per process: the simulated world, and the model that plays the assistant."""

from collections.abc import Mapping
from dataclasses import dataclass

from pum.bench.agent.curves import load_curves
from pum.bench.agent.offline import OfflineAgent
from pum.bench.agent.reading import Reader
from pum.bench.catalogue import Phrasebook, load_occasions, load_preferences
from pum.bench.profiles import Profile, read_profiles
from pum.bench.scenario import Scenario
from pum.bench.tasks.collection import read_tasks
from pum.bench.tasks.grading import VerdictStore, graders_digest
from pum.bench.tasks.registry import builder_of
from pum.bench.users.verifiable import VerifiableUser
from pum.bench.world import Preference, Task
from pum.errors import InputError
from pum.llm.base import ChatModel
from pum.llm.build import build_chat_model
from pum.params import AgentParams, Params
from pum.paths import ROOT, WORK
from pum.retrieval.embed import CachedEmbedder
from pum.rng import key
from pum.runner.config import RunConfig

# Cosine from which the offline agent takes a sentence for an instruction it knows.
_UNDERSTANDS_AT = 0.6


@dataclass(frozen=True)
class World:
    """The simulated side of a run: who asks what."""

    catalogue: Mapping[str, Preference]
    phrasebook: Phrasebook
    profiles: tuple[Profile, ...]
    tasks: tuple[Task, ...]
    params: Params
    verdicts: VerdictStore

    def luck(self, seed: int) -> int:
        """The seed of all luck in repetition `seed` of a study."""
        return key(self.params.seed, seed)

    def user(self, profile: Profile, seed: int, session: int, said: set[str]) -> VerifiableUser:
        """The profile in one session; `said` is what it has asked for before, and is added to."""
        scenario = Scenario(self.tasks, self.phrasebook, self.params.world, self.luck(seed))
        return VerifiableUser(
            profile=profile,
            plan=scenario.plan(profile, session),
            catalogue=self.catalogue,
            phrasebook=self.phrasebook,
            said=said,
            notices_errors=self.params.world.notices_errors,
            luck=(self.luck(seed), "user", profile.user_id, session),
            verdicts=self.verdicts,
        )


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
    return World(
        catalogue={preference.id: preference for preference in preferences},
        phrasebook=load_occasions(),
        profiles=profiles[: config.study.n_profiles],
        tasks=tasks,
        params=config.params,
        verdicts=VerdictStore(WORK / f"verdicts-{graders_digest()}.sqlite"),
    )


def build_agent(agent: AgentParams, world: World, embedder: CachedEmbedder) -> ChatModel:
    """The chat model that plays the assistant."""
    if agent.kind == "offline":
        catalogue = tuple(world.catalogue.values())
        reader = Reader(world.tasks, world.phrasebook, catalogue, embedder, _UNDERSTANDS_AT)
        return OfflineAgent(reader, load_curves(ROOT / agent.calibration), catalogue)
    return build_chat_model(agent)
