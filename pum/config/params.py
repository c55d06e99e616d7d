"""params.yaml, typed and checked: an unknown key or a bad value is one clear line."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    ValidationError,
    field_validator,
    model_validator,
)

from pum.config.cluster import ClusterParams, ExecutorParams, ScaleParams
from pum.config.servers import Layout, Role, ServerParams
from pum.core.errors import InputError
from pum.core.paths import ROOT
from pum.core.yaml_file import read_yaml
from pum.memory.settings import MemoryParams
from pum.retrieval.settings import EmbedderParams
from pum.user_model.learners import LearnerParams

Probability = Annotated[float, Field(ge=0, le=1)]


class Section(BaseModel):
    """A part of params.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ItemSpaceParams(Section):
    rank: PositiveInt
    unit_norm: bool


class AssistantParams(Section):
    context_tokens: PositiveInt
    max_tokens: PositiveInt
    reward_mode: Literal["keyword", "trained", "llm", "external"]
    contradictions: Literal["rules", "llm"] = "rules"
    extractor: Literal["trained", "rules", "llm", "finetuned"]
    unheard: Probability = 0.0


class WorldParams(Section):
    """The benchmark's knobs; what each does stands beside it in params.yaml."""

    profiles: PositiveInt
    preferences_per_profile: PositiveInt
    datasets: Annotated[tuple[str, ...], Field(min_length=1)]
    importance_spread: Probability
    tasks_per_dataset: PositiveInt
    habit: NonNegativeFloat
    spread: NonNegativeFloat
    vague_openings: Probability
    followups: NonNegativeInt
    topic_changes: Probability
    notices_errors: Probability
    slips: Probability
    drift_at: NonNegativeInt | None
    drift_share: Probability


class OfflineAgentParams(Section):
    """`reads_with`: the embedder by which it recognises a note's meaning; None: the assistant's own."""

    kind: Literal["offline"]
    calibration: str
    reads_with: EmbedderParams | None = None


class TransformersAgentParams(Section):
    kind: Literal["transformers"]
    model: str
    max_new_tokens: PositiveInt = 512
    dtype: Literal["float32", "float64", "bfloat16"] = "float32"


class OpenAIAgentParams(Section):
    """Any OpenAI-compatible endpoint, at one address or several; OpenAI itself if it is `hosted`, without an address.

    The key is read from the environment variable `api_key_env`.
    """

    kind: Literal["openai"]
    base_url: str | tuple[str, ...] | None
    hosted: bool = False
    model: str
    api_key_env: str = "OPENAI_API_KEY"
    max_new_tokens: PositiveInt = 512
    timeout_s: PositiveFloat = 120.0

    @model_validator(mode="after")
    def _says_where(self) -> Self:
        if self.hosted == bool(self.base_url):
            raise ValueError("give a base_url, or null with hosted: true for OpenAI's own service")
        return self


class ServedAgentParams(Section):
    """The role `agent` of the study's servers."""

    kind: Literal["served"]


AgentParams = Annotated[
    OfflineAgentParams | TransformersAgentParams | OpenAIAgentParams | ServedAgentParams, Field(discriminator="kind")
]


class MultiSessionCollabParams(Section):
    """`folder` has its files: user_profiles.json, and NAME.json of each dataset. `greeting` is what the assistant says
    before the user's first words."""

    folder: str
    greeting: str


class StudyParams(Section):
    """`transcripts`: how many users, the first ones, have every turn in turns.parquet; all sessions are kept.

    `user`: the name of a user simulator (`pum.bench.users`); some are played by a role of `servers`, a layout of the
    section of that name.
    `multisessioncollab`: with that benchmark's users, problems and greeting in place of our own.
    """

    n_profiles: PositiveInt
    n_sessions: PositiveInt
    max_turns: PositiveInt
    parallel_profiles: PositiveInt
    seeds: Annotated[tuple[NonNegativeInt, ...], Field(min_length=1)]
    transcripts: PositiveInt | None  # None: all
    datasets: Annotated[tuple[str, ...], Field(min_length=1)]
    agent: AgentParams
    user: str
    servers: str | None  # None: no role is served
    multisessioncollab: MultiSessionCollabParams | None

    @field_validator("seeds", "datasets")
    @classmethod
    def _only_once(cls, values: tuple) -> tuple:
        if len(set(values)) < len(values):
            raise ValueError("has a value twice")
        return values


class VariantParams(Section):
    """A method by configuration alone: the module that plays it, and that module's settings."""

    method: str
    settings: dict


class ValidationParams(Section):
    """Users that are generated for choosing hyperparameters alone, from a seed of their own, with luck of their own."""

    n_profiles: PositiveInt
    n_sessions: PositiveInt
    seed: NonNegativeInt
    seeds: Annotated[tuple[NonNegativeInt, ...], Field(min_length=1)]


class LearnersParams(Section):
    """`test_seed` draws the users on whom learners are compared. `grids`: by variant, the values tried of each
    hyperparameter, in all combinations. `given`: variants that are played with the hyperparameters chosen for another,
    or for the `best` of all. `controls`: what the best is compared with, beside `rag`. `agents`: by study, who is
    compared; hyperparameters are chosen with the first one's agent. `late`: the share of the sessions, from the end,
    that counts.
    """

    validation: ValidationParams
    test_seed: NonNegativeInt
    grids: dict[str, dict[str, tuple[float, ...]]]
    given: dict[str, str]
    controls: tuple[str, ...]
    agents: dict[str, tuple[str, ...]]
    late: Annotated[PositiveFloat, Field(le=1)]


class KnobParams(Section):
    """Its `values`: it stands at `usual` while others are turned, and at `null_end` there is nothing to be gained."""

    values: tuple[float, ...]
    usual: float
    null_end: float | None = None


class SweepsParams(Section):
    """The best learner and `rag`, on users drawn by `seed`, with one knob turned at a time."""

    study: str
    n_profiles: PositiveInt
    n_sessions: PositiveInt
    seed: NonNegativeInt
    knobs: dict[str, KnobParams]


class ChangeParams(Section):
    """A change of one part: settings of the method `of`, values of its learner, the embedder, or the assistant's."""

    of: str
    settings: dict[str, object] = {}
    user_model: dict[str, object] = {}
    embedder: EmbedderParams | None = None
    assistant: dict[str, object] = {}


class AblationsParams(Section):
    """One part changed at a time, each beside the method that it is changed in, on users drawn by `seed`."""

    study: str
    n_profiles: PositiveInt
    n_sessions: PositiveInt
    seed: NonNegativeInt
    changes: dict[str, ChangeParams]


class FamilyParams(Section):
    """Comparisons (method, control) of outcomes that are corrected for being many, by Holm."""

    comparisons: tuple[tuple[str, str], ...]
    outcomes: tuple[str, ...]


class AnalysisParams(Section):
    bootstrap: PositiveInt
    family: FamilyParams


class Params(Section):
    """The whole file. A method's section is checked by the method itself (`pum.methods.registry.check_settings`)."""

    seed: NonNegativeInt
    executor: ExecutorParams
    cluster: ClusterParams
    embedder: EmbedderParams
    item_space: ItemSpaceParams
    memory: MemoryParams
    assistant: AssistantParams
    user_model: dict[str, LearnerParams]
    methods: dict[str, dict]
    variants: dict[str, VariantParams]
    world: WorldParams
    studies: dict[str, StudyParams]
    servers: dict[str, Layout]
    learners: LearnersParams
    sweeps: SweepsParams
    ablations: AblationsParams
    analysis: AnalysisParams
    scale: ScaleParams

    def study(self, name: str) -> StudyParams:
        if name not in self.studies:
            raise InputError(f"unknown study {name!r}: params.yaml has {', '.join(self.studies)}")
        return self.studies[name]

    def server(self, study: StudyParams, role: Role) -> ServerParams:
        """Who plays a role in a study; InputError saying what is missing."""
        if study.servers is None:
            raise InputError(f"the {role} is a served model, but the study names no layout of `servers`")
        if study.servers not in self.servers:
            raise InputError(f"unknown servers {study.servers!r}: params.yaml has {', '.join(self.servers)}")
        if role not in self.servers[study.servers]:
            raise InputError(f"servers.{study.servers}.{role}: no such section in params.yaml")
        return self.servers[study.servers][role]


def load_params(path: Path = ROOT / "params.yaml") -> Params:
    """The checked file; InputError naming file and key otherwise."""
    return check_params(read_yaml(path), str(path))


def check_params(data: object, source: str = "params") -> Params:
    """Parameters from plain data; `source` names it in errors."""
    try:
        params = Params.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "top level"
        raise InputError(f"{source}: {where}: {first['msg'].lower()} (got {str(first['input'])[:60]})") from None
    return params
