"""Language models as agents: `transformers` in this process, `openai` behind a URL, `served` of a layout of servers."""

from typing import Literal, Self

from pydantic import NonNegativeFloat, PositiveFloat, PositiveInt, model_validator

from pum.assistant.components import build_role, model_at, model_in_process
from pum.core.address import check_hosted
from pum.core.validation import OfKind
from pum.llm.chat_model import ChatModel
from pum.llm.client_pool import ClientPool
from pum.retrieval.embed import CachedEmbedder
from pum.runner.agents import AGENTS, Agent


class TransformersSettings(OfKind):
    kind: Literal["transformers"]
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

    kind: Literal["openai"]
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


class ServedSettings(OfKind):
    kind: Literal["served"]


@AGENTS.register("served", ServedSettings)
class Served(Agent):
    """The role `agent` of the study's servers."""

    is_called = True

    def build(self, config, world, embedder: CachedEmbedder, client_pool: ClientPool | None) -> ChatModel:
        return build_role("agent", config.params.server(config.study, "agent"), client_pool)
