"""params.yaml and site.yaml, typed and checked; the error for an unknown key or a bad value is one line."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    field_validator,
)

from pum.config.inherit import OWN_SECTIONS, complete_servers, filled_in
from pum.config.servers import Layout, ModelParams, Role, ServerParams, SiteParams
from pum.core.errors import InputError
from pum.core.files import read_yaml
from pum.core.paths import ROOT
from pum.core.validation import Section, suggestion, validated
from pum.memory.card import MemoryParams
from pum.retrieval.grid import EmbedderParams
from pum.user_model.learner import LearnerParams

Probability = Annotated[float, Field(ge=0, le=1)]


class ItemSpaceParams(Section):
    rank: PositiveInt
    unit_norm: bool


class AssistantParams(Section):
    context_tokens: PositiveInt
    max_tokens: PositiveInt
    reward_mode: Literal["keyword", "trained", "llm", "external"]
    contradictions: Literal["rules", "llm"] = "rules"
    extractor: Literal["trained", "rules", "detector", "llm", "finetuned"]
    kinds: Annotated[tuple[Literal["style", "content"], ...], Field(min_length=1)] = ("style", "content")
    extraction_miss_rate: Probability = 0.0
    system_prompt: str = "people"
    note_form: str = "system"


class WorldParams(Section):
    """Factors of the benchmark; params.yaml explains each key."""

    profiles: PositiveInt
    preferences_per_profile: PositiveInt
    datasets: Annotated[tuple[str, ...], Field(min_length=1)]
    importance_spread: Probability
    tasks_per_dataset: PositiveInt
    topic_skew: NonNegativeFloat
    coverage_bias: NonNegativeFloat
    vague_openings: Probability
    followups: NonNegativeInt
    topic_changes: Probability
    error_detection_rate: Probability
    miss_rate: Probability
    drift_at: NonNegativeInt | None
    drift_share: Probability


class AgentParams(BaseModel):
    """Who answers: a `kind` of `pum.runner.agents` with its settings, which are checked when a run is set up. So nobody
    who reads params.yaml depends on agents."""

    model_config = ConfigDict(extra="allow", frozen=True)

    kind: str = "offline"


class MultiSessionCollabParams(Section):
    """`folder` contains user_profiles.json and NAME.json of each dataset. The assistant opens a session with
    `greeting`."""

    folder: str
    greeting: str


class StudyParams(Section):
    """A study: users, sessions, agent and user simulator. All results include every session.

    `transcripts`: the number of users (the first ones) whose turns are in turns.parquet.
    `user`: the name of a user simulator (`pum.bench.users`). Some need a role of `servers`, a layout of the section
    with that name.
    `system_prompt`: as in `assistant`, whose own it replaces: graders need a line that people do not.
    `multisessioncollab`: use that benchmark's users, problems and greeting.

    The last five replace the sections of the same names in the file. A different embedder or item space needs data that
    the stage `setup` has made with it.
    """

    n_profiles: PositiveInt
    n_sessions: PositiveInt
    max_turns: PositiveInt = 10
    parallel_profiles: PositiveInt = 8
    seeds: Annotated[tuple[NonNegativeInt, ...], Field(min_length=1)] = (0,)
    transcripts: PositiveInt | None = None  # None: all
    datasets: Annotated[tuple[str, ...], Field(min_length=1)]  # left out: those of the world
    agent: AgentParams = AgentParams()
    user: str = "verifiable"
    servers: str | None = None  # None: no role is served
    system_prompt: str = "answer_first"
    multisessioncollab: MultiSessionCollabParams | None = None
    embedder: EmbedderParams | None = None
    item_space: ItemSpaceParams | None = None
    memory: MemoryParams | None = None
    assistant: AssistantParams | None = None
    world: WorldParams | None = None

    @field_validator("seeds", "datasets")
    @classmethod
    def _only_once(cls, values: tuple) -> tuple:
        if len(set(values)) < len(values):
            raise ValueError("has a value twice")
        return values


class ValidationParams(Section):
    """Separate users for choosing hyperparameters, with their own seeds."""

    n_profiles: PositiveInt
    n_sessions: PositiveInt
    seed: NonNegativeInt
    seeds: Annotated[tuple[NonNegativeInt, ...], Field(min_length=1)]


class LearnersParams(Section):
    """The learner study. `test_seed` draws the users on whom learners are compared.

    `grids`: variant -> hyperparameter -> values to try, in all combinations. `hyperparameters_from`: variants that use
    the hyperparameters chosen for another variant, or for the `best` one. `controls`: what the best learner is compared
    with, beside `rag`. `agents`: study -> the variants to compare; the first study's agent is used to choose
    hyperparameters. `evaluation_share`: the share of sessions, counted from the end, that is evaluated.
    """

    validation: ValidationParams
    test_seed: NonNegativeInt
    grids: dict[str, dict[str, tuple[float, ...]]]
    hyperparameters_from: dict[str, str]
    controls: tuple[str, ...]
    agents: dict[str, tuple[str, ...]]
    evaluation_share: Annotated[PositiveFloat, Field(le=1)]


class FactorParams(Section):
    """The `values` of a factor, its `default` while others vary, and the `null_condition`, which allows no gain."""

    values: tuple[float, ...]
    default: float
    null_condition: float | None = None


class OneAtATimeParams(Section):
    """Runs of `study` with one thing changed at a time, on users drawn by `seed`."""

    study: str
    n_profiles: PositiveInt
    n_sessions: PositiveInt
    seed: NonNegativeInt


class SweepsParams(OneAtATimeParams):
    """The best learner and `rag` with one factor of the world varied."""

    factors: dict[str, FactorParams]


class ChangeParams(Section):
    """A change of one part: settings of the method `of`, of its learner, of the embedder, or of the assistant."""

    of: str
    settings: dict[str, object] = {}
    user_model: dict[str, object] = {}
    embedder: EmbedderParams | None = None
    assistant: dict[str, object] = {}


class AblationsParams(OneAtATimeParams):
    """A method with one part changed, compared with the unchanged one."""

    changes: dict[str, ChangeParams]


class FamilyParams(Section):
    """The comparisons (method, control) and outcomes to which the Holm correction applies."""

    comparisons: tuple[tuple[str, str], ...]
    outcomes: tuple[str, ...]


class AnalysisParams(Section):
    bootstrap: PositiveInt
    family: FamilyParams


class RoleParams(Section):
    """A served model of the plan beyond one node; token counts are per turn."""

    billions: PositiveFloat
    gpus: PositiveInt
    own_prompt: NonNegativeFloat  # input tokens beside the conversation
    reads_conversation: bool
    cached: Annotated[float, Field(ge=0, lt=1)]  # share of the input that a prefix cache saves


class ScaleParams(Section):
    """The plan beyond one node; params.yaml explains each key. No run depends on it."""

    sessions: Annotated[tuple[PositiveInt, ...], Field(min_length=1)]
    per_hour_api: PositiveFloat
    per_hour_node: PositiveFloat
    gpus_per_node: PositiveInt
    nodes: Annotated[tuple[PositiveInt, ...], Field(min_length=1)]
    teraflops: PositiveFloat
    of_peak: Annotated[float, Field(gt=0, le=1)]
    roles: dict[str, RoleParams]


class Params(Section):
    """Both files, with inheritance resolved (`pum.config.inherit`).

    The methods check their own sections and those of their variants (`pum.methods.method.check_settings`). There,
    `method` names the method of a section if its name is different.
    """

    seed: NonNegativeInt
    site: SiteParams = SiteParams()
    embedder: EmbedderParams
    item_space: ItemSpaceParams
    memory: MemoryParams
    assistant: AssistantParams
    user_model: dict[str, LearnerParams]
    methods: dict[str, dict]
    variants: dict[str, dict]
    world: WorldParams
    studies: dict[str, StudyParams]
    servers: dict[str, dict[Role, ModelParams]]
    learners: LearnersParams
    sweeps: SweepsParams
    ablations: AblationsParams
    analysis: AnalysisParams
    scale: ScaleParams

    def study(self, name: str) -> StudyParams:
        if name not in self.studies:
            raise InputError(f"unknown study {name!r}: params.yaml has {', '.join(self.studies)}")
        return self.studies[name]

    def within(self, study: StudyParams) -> "Params":
        """The parameters with the study's own sections in place of the file's."""
        own = {name: section for name in OWN_SECTIONS if (section := getattr(study, name)) is not None}
        assistant = own.get("assistant", self.assistant)
        own["assistant"] = assistant.model_copy(update={"system_prompt": study.system_prompt})
        return self.model_copy(update=own)

    def with_workers(self, workers: int) -> "Params":
        executor = self.site.executor.model_copy(update={"workers": workers})
        return self.model_copy(update={"site": self.site.model_copy(update={"executor": executor})})

    def configured(self, name: str) -> tuple[str, dict]:
        """The method that plays `name`, a section of `methods` or `variants`, and its settings."""
        sections = {**self.methods, **self.variants}
        if name not in sections:
            hint = suggestion(name, sections)
            raise InputError(f"methods.{name}: no such section in params.yaml, nor one of variants; {hint}")
        settings = dict(sections[name])
        return settings.pop("method", name), settings

    def layout(self, name: str) -> Layout:
        """Role -> its model, and where it runs."""
        if name not in self.servers:
            raise InputError(f"unknown servers {name!r}: params.yaml has {', '.join(self.servers)}")
        places = self.site.servers.get(name, {})
        if unknown := sorted(set(places) - set(self.servers[name])):
            hint = suggestion(unknown[0], self.servers[name])
            raise InputError(f"site.yaml: servers.{name}: params.yaml has no {unknown[0]!r} there; {hint}")
        return {
            role: ServerParams(**dict(model), **(dict(places[role]) if role in places else {}))
            for role, model in self.servers[name].items()
        }

    def server(self, study: StudyParams, role: Role) -> ServerParams:
        """The model of a role in a study; InputError says what is missing."""
        if study.servers is None:
            raise InputError(f"the {role} is a served model, but the study names no layout of `servers`")
        layout = self.layout(study.servers)
        if role not in layout:
            raise InputError(f"servers.{study.servers}.{role}: no such section in params.yaml")
        return layout[role]

    def model_of(self, study: StudyParams) -> str | None:
        """The name of the model that answers in a study; None: the simulated agent."""
        agent = self.server(study, "agent") if study.agent.kind == "served" else study.agent
        return getattr(agent, "model", None)


def load_params(path: Path = ROOT / "params.yaml", site: Path = ROOT / "site.yaml") -> Params:
    """Load and check both files; InputError names file and key. A section `site` in params.yaml replaces site.yaml,
    which may be missing."""
    data = read_yaml(path)
    if isinstance(data, dict) and "site" not in data:
        here = read_yaml(site) if site.exists() else {}
        validated(SiteParams, {**here, **complete_servers(here)} if isinstance(here, dict) else here, str(site))
        data = {**data, "site": here}
    return check_params(data, str(path))


def check_params(data: object, source: str = "params") -> Params:
    """Parameters from plain data; `source` names it in errors."""
    data = filled_in(data, source)
    if isinstance(data, dict) and isinstance(site := data.get("site"), dict):
        data = {**data, "site": {**site, **complete_servers(site)}}
    return validated(Params, data, source)
