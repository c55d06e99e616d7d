"""The chat models that params.yaml names, when they are real ones."""

from pum.config.servers import Role, ServerParams
from pum.core.errors import InputError
from pum.llm.chat_model import ChatModel
from pum.llm.client_pool import ClientPool


def model_at(url: str | tuple[str, ...] | None, model: str, **options: object) -> ChatModel:
    """A model behind one or several OpenAI-compatible URLs; None: OpenAI's own. `options` are those of `OpenAIChat`."""
    from pum.llm.openai_chat import OpenAIChat

    return OpenAIChat(url, model, **options)


def check_role(role: Role, server: ServerParams, fills_forms: bool = False) -> None:
    """InputError for a role that cannot be played as its section says."""
    if server.replicas and server.hosted:
        raise InputError(f"servers: {role} has replicas and is hosted; it can only be one of them")
    if fills_forms and not server.replicas and not server.hosted:
        raise InputError(f"servers: {role} fills in forms, which takes a server: name replicas")


def build_role(purpose: str, server: ServerParams, client_pool: ClientPool | None = None) -> ChatModel:
    """The model of a role: at its servers, at OpenAI's if that is said, else in this process."""
    if not server.replicas and not server.hosted:
        return model_in_process(server.weights or server.model, server.max_tokens, server.dtype, server.temperature)
    return model_at(
        server.urls or None,
        server.model,
        api_key_env=server.api_key_env,
        purpose=purpose,
        client_pool=client_pool,
        temperature=server.temperature,
        top_p=server.top_p,
        max_new_tokens=server.max_tokens,
        timeout_s=server.timeout_s,
        max_retries=server.max_retries,
        concurrency=server.concurrency,
        cache=server.cache,
        revision=server.revision,
    )


def model_in_process(model: str, max_new_tokens: int, dtype: str, temperature: float = 0.0) -> ChatModel:
    """A model of `pum models`, of the hub or of a folder, through transformers."""
    from pum.llm.transformers_chat import TransformersChat
    from pum.llm.weights import fetch

    return TransformersChat(fetch(model), max_new_tokens=max_new_tokens, dtype=dtype, temperature=temperature)
