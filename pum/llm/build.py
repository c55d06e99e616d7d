"""The chat model that params.yaml names, when it is a real one."""

from pum.llm.base import ChatModel
from pum.params import OpenAIAgentParams, TransformersAgentParams


def build_chat_model(agent: TransformersAgentParams | OpenAIAgentParams) -> ChatModel:
    """In process, or behind an OpenAI-compatible URL."""
    if agent.kind == "transformers":
        from pum.llm.transformers_chat import TransformersChat
        from pum.llm.weights import fetch

        return TransformersChat(fetch(agent.model), max_new_tokens=agent.max_new_tokens, dtype=agent.dtype)
    from pum.llm.openai_chat import OpenAIChat

    return OpenAIChat(
        agent.base_url,
        agent.model,
        api_key_env=agent.api_key_env,
        timeout_s=agent.timeout_s,
        max_new_tokens=agent.max_new_tokens,
    )
