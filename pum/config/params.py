"""params.yaml, typed and checked, and site.yaml beside it: an unknown key or a bad value is one clear line."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    Field,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    ValidationError,
    field_validator,
    model_validator,
)

from pum.config.inherit import OWN_SECTIONS, complete_servers, filled_in
from pum.config.servers import Layout, ModelParams, Role, ServerParams
from pum.config.site import SiteParams
from pum.core.errors import InputError
from pum.core.paths import ROOT
from pum.core.validation import Section, suggestion
from pum.core.yaml_file import read_yaml
from pum.memory.card import MemoryParams
from pum.retrieval.grid import EmbedderParams
from pum.user_model.learner import LearnerParams

Probability = Annotated[float, Field(ge=0, le=1)]

MEASURED = "data/calibration/qwen2.5-coder-1.5b.json"
"""How often a real model was measured to follow what: the simulated agent's, unless a study says otherwise."""


class ItemSpaceParams(Section):
    rank: PositiveInt
    unit_norm: bool


class AssistantParams(Section):
    context_tokens: PositiveInt
    max_tokens: PositiveInt
    reward_mode: Literal["keyword", "trained", "llm", "external"]
    contradictions: Literal["rules", "llm"] = "rules"
    extractor: Literal["trained", "rules", "llm", "finetuned"]
    extraction_miss_rate: Probability = 0.0


class WorldParams(Section):
    """The benchmark's factors; what each does stands beside it in params.yaml."""

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


class OfflineAgentParams(Section):
    """`reads_with`: the embedder by which it recognises a note's meaning; None: the assistant's own."""

    kind: Literal["offline"]
    calibration: str = MEASURED
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

    The last five are the study's own sections, in place of the file's. An embedder or an item space of its own needs
    data that the stage setup made with it.
    """

    n_profiles: PositiveInt
    n_sessions: PositiveInt
    max_turns: PositiveInt = 10
    parallel_profiles: PositiveInt = 8
    seeds: Annotated[tuple[NonNegativeInt, ...], Field(min_length=1)] = (0,)
    transcripts: PositiveInt | None = None  # None: all
    datasets: Annotated[tuple[str, ...], Field(min_length=1)]  # left out: those of the world
    agent: AgentParams = OfflineAgentParams(kind="offline")
    user: str = "verifiable"
    servers: str | None = None  # None: no role is served
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
    hyperparameters_from: dict[str, str]
    controls: tuple[str, ...]
    agents: dict[str, tuple[str, ...]]
    evaluation_share: Annotated[PositiveFloat, Field(le=1)]


class FactorParams(Section):
    """Its `values`. Others are varied while it is at `default`; at `null_condition` there is nothing to be gained."""

    values: tuple[float, ...]
    default: float
    null_condition: float | None = None


class SweepsParams(Section):
    """The best learner and `rag`, on users drawn by `seed`, with one factor turned at a time."""

    study: str
    n_profiles: PositiveInt
    n_sessions: PositiveInt
    seed: NonNegativeInt
    factors: dict[str, FactorParams]


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


class RoleParams(Section):
    """A served model in the scaling plan; token counts are per turn."""

    billions: PositiveFloat
    gpus: PositiveInt
    own_prompt: NonNegativeFloat  # input tokens beside the conversation
    reads_conversation: bool
    cached: Annotated[float, Field(ge=0, lt=1)]  # share of the input that a prefix cache saves


class ScaleParams(Section):
    """The plan beyond one node (params.yaml explains each key); no run depends on it."""

    sessions: Annotated[tuple[PositiveInt, ...], Field(min_length=1)]
    per_hour_api: PositiveFloat
    per_hour_node: PositiveFloat
    gpus_per_node: PositiveInt
    nodes: Annotated[tuple[PositiveInt, ...], Field(min_length=1)]
    teraflops: PositiveFloat
    of_peak: Annotated[float, Field(gt=0, le=1)]
    roles: dict[str, RoleParams]


class Params(Section):
    """Both files, complete (`pum.config.inherit`): no section is like another one, and none names a set.

    The sections of methods and variants are checked by the methods themselves (`pum.methods.registry.check_settings`);
    `method` says there who plays one, if that is not the method of its name.
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
        """The parameters with the study's own sections in place of the usual ones."""
        own = {name: section for name in OWN_SECTIONS if (section := getattr(study, name)) is not None}
        return self.model_copy(update=own)

    def with_workers(self, workers: int) -> "Params":
        """The parameters with runs played by so many processes."""
        executor = self.site.executor.model_copy(update={"workers": workers})
        return self.model_copy(update={"site": self.site.model_copy(update={"executor": executor})})

    def layout(self, name: str) -> Layout:
        """By role: which model plays it, and where."""
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
        """Who plays a role in a study; InputError saying what is missing."""
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
    """The checked files; InputError naming file and key otherwise. A section `site` in the first replaces the second,
    which need not be there."""
    data = read_yaml(path)
    if isinstance(data, dict) and "site" not in data:
        here = read_yaml(site) if site.exists() else {}
        _check(SiteParams, {**here, **complete_servers(here)} if isinstance(here, dict) else here, str(site))
        data = {**data, "site": here}
    return check_params(data, str(path))


def check_params(data: object, source: str = "params") -> Params:
    """Parameters from plain data; `source` names it in errors."""
    data = filled_in(data, source)
    if isinstance(data, dict) and isinstance(site := data.get("site"), dict):
        data = {**data, "site": {**site, **complete_servers(site)}}
    return _check(Params, data, source)


def _check(section: type[Section], data: object, source: str) -> Section:
    try:
        return section.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "top level"
        said = first["msg"][:1].lower() + first["msg"][1:]
        raise InputError(f"{source}: {where}: {said} (got {str(first['input'])[:60]})") from None
