"""Who answers in a study: `studies.NAME.agent` of params.yaml names a kind, with settings of its own.

Here are `offline`, the simulated agent, and language models: `transformers` in this process, `openai` behind a URL, and
`served`, of a layout of servers. A new kind of agent is a file in this package: a class with its settings, registered
under its `kind`.
"""

from abc import ABC, abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from pydantic import NonNegativeFloat, PositiveFloat, PositiveInt, model_validator

from pum.assistant.components import build_role, model_at, model_in_process
from pum.bench.agent.curves import MEASURED, load_curves
from pum.bench.agent.instruction_parser import InstructionParser
from pum.bench.agent.offline import OfflineAgent
from pum.config.params import StudyParams
from pum.core.address import check_hosted
from pum.core.paths import ROOT
from pum.core.registry import Registry
from pum.core.validation import OfKind, validated
from pum.llm.chat_model import ChatModel
from pum.llm.client_pool import ClientPool
from pum.retrieval.embed import CachedEmbedder, load_embedder
from pum.retrieval.grid import EmbedderParams

if TYPE_CHECKING:
    from pum.runner.config import RunConfig
    from pum.runner.world import World


class Agent(ABC):
    """One kind of agent, with its `settings`. `is_simulated`: no language model takes part, and results say so.
    `is_called`: over HTTP, so that whoever waits for it may do other work. `files` are what it reads."""

    is_simulated: ClassVar[bool] = False
    is_called: ClassVar[bool] = False
    files: tuple[Path, ...] = ()

    def __init__(self, settings: Any) -> None:
        self.settings = settings

    @abstractmethod
    def build(
        self, config: "RunConfig", world: "World", embedder: CachedEmbedder, client_pool: ClientPool | None
    ) -> ChatModel:
        """The model that answers in a run; its calls go through `client_pool`, where it makes any."""


AGENTS: Registry[type[Agent]] = Registry("agent", "pum.runner.agents")


def agent_of(study: StudyParams, name: str) -> Agent:
    """The agent of the study of this name; InputError for an unknown kind, an unknown setting or a bad value."""
    section = study.agent.model_dump()
    settings: OfKind = validated(AGENTS.settings_of(section["kind"]), section, at=("studies", name, "agent"))
    return AGENTS[settings.kind](settings)


class TransformersSettings(OfKind):
    model: str
    max_new_tokens: PositiveInt = 512
    dtype: Literal["float32", "float64", "bfloat16"] = "float32"


@AGENTS.register("transformers", TransformersSettings)
class InProcess(Agent):
    def build(self, config, world, embedder: CachedEmbedder, client_pool: ClientPool | None) -> ChatModel:
        settings = self.settings
        return model_in_process(settings.model, settings.max_new_tokens, settings.dtype)


class OpenAISettings(OfKind):
    """Any OpenAI-compatible endpoint, at one address or several; OpenAI itself if it is `hosted`, without an address.

    An address that is not on one's own network has to be `hosted` too. Without a `temperature`, the server's own holds.
    The key is read from the environment variable `api_key_env`.
    """

    base_url: str | tuple[str, ...] | None
    hosted: bool = False
    model: str
    api_key_env: str = "OPENAI_API_KEY"
    max_new_tokens: PositiveInt = 512
    temperature: NonNegativeFloat | None = None
    timeout_s: PositiveFloat = 120.0

    @model_validator(mode="after")
    def _says_where(self) -> Self:
        urls = [self.base_url] if isinstance(self.base_url, str) else self.base_url or []
        if not urls and not self.hosted:
            raise ValueError("give a base_url, or null with hosted: true for OpenAI's own service")
        check_hosted(urls, self.hosted)
        return self


@AGENTS.register("openai", OpenAISettings)
class OpenAIEndpoint(Agent):
    is_called = True

    def build(self, config, world, embedder: CachedEmbedder, client_pool: ClientPool | None) -> ChatModel:
        options = self.settings.model_dump(exclude={"kind", "base_url", "hosted", "model"})
        return model_at(self.settings.base_url, self.settings.model, client_pool=client_pool, **options)


@AGENTS.register("served", OfKind)
class Served(Agent):
    """The role `agent` of the study's servers."""

    is_called = True

    def build(self, config, world, embedder: CachedEmbedder, client_pool: ClientPool | None) -> ChatModel:
        return build_role("agent", config.params.server(config.study, "agent"), client_pool)


class OfflineSettings(OfKind):
    """`calibration`: how often it follows what, from the root. `reads_with`: the embedder by which it recognises what a
    note asks for; None: the assistant's own."""

    calibration: str = MEASURED
    reads_with: EmbedderParams | None = None


@AGENTS.register("offline", OfflineSettings)
class Simulated(Agent):
    """Reads the prompt, and follows it as often as a real model was measured to."""

    is_simulated = True

    @property
    def files(self) -> tuple[Path, ...]:
        return (ROOT / self.settings.calibration,)

    def build(self, config, world, embedder: CachedEmbedder, client_pool: ClientPool | None) -> OfflineAgent:
        catalogue, settings = tuple(world.catalogue.values()), self.settings
        reads_with = embedder if settings.reads_with is None else load_embedder(settings.reads_with)
        parser = InstructionParser(world.tasks, world.templates, catalogue, reads_with)
        return OfflineAgent(parser, load_curves(ROOT / settings.calibration), catalogue)
