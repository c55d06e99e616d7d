"""Clients for programs that answer many people at once: `BatchVLLMClient` and `BatchOpenAIClient`.

Prepare each person's turn, send all prompts to the server together, and complete each turn:

    >>> from pum.assistant.personalized_llm import PersonalizedLLM
    >>> from pum.core.concurrency import run_sync
    >>> from pum.llm.batch_clients import BatchVLLMClient
    >>> from pum.config.params import load_params
    >>> from pum.core.schemas import Reply
    >>> model = BatchVLLMClient(["http://localhost:8000/v1"], "my-model")
    >>> assistant = PersonalizedLLM.from_params(load_params(), "rag_vector", model)
    >>> said = {"ann": "Please always number the steps. How do I boil an egg?", "bob": "What is a monad?"}
    >>> turns = [assistant.chat_prepare(user, message) for user, message in said.items()]
    >>> replies = run_sync(model.answer_all([turn.messages for turn in turns], seed=0))
    >>> for turn, reply in zip(turns, replies, strict=True):
    ...     if isinstance(reply, Reply):  # otherwise this call failed; prepare the turn again
    ...         print(turn.user_id, "was answered:", assistant.chat_complete(turn, reply).text != "")
    ann was answered: True
    bob was answered: True

A prompt without an assistant, and OpenAI's model (the key comes from OPENAI_API_KEY):

    >>> from pum.llm.batch_clients import BatchOpenAIClient
    >>> hosted = BatchOpenAIClient("gpt-4o-mini")
    >>> [message["role"] for message in hosted.build_messages("How do I boil an egg?", notes=["Number the steps."])]
    ['system', 'user']
"""

import asyncio
from collections.abc import Sequence

from pum.core.schemas import Message, Note, Reply
from pum.llm.chat_model import MAX_TOKENS, ChatError
from pum.llm.note_forms import note_form
from pum.llm.openai_chat import OpenAIChat
from pum.llm.prompt_builder import build_messages
from pum.llm.prompts import system_prompt


class _Batch(OpenAIChat):
    def build_messages(
        self,
        message: str,
        notes: Sequence[str] = (),
        history: Sequence[Message] = (),
        context_tokens: int = 8192,
        system: str = "people",
        form: str = "system",
    ) -> tuple[Message, ...]:
        """A prompt in the assistant's format that leaves room for the longest reply within `context_tokens`; `system`
        and `form` are what params.yaml calls `system_prompt` and `note_form`."""
        budget, given = context_tokens - self.settings.max_new_tokens, [Note(note) for note in notes]
        return build_messages(
            given, (), history, message, budget, self.count_tokens, system=system_prompt(system), form=note_form(form)
        )

    async def answer_all(
        self, conversations: Sequence[Sequence[Message]], *, seed: int, max_tokens: int = MAX_TOKENS
    ) -> list[Reply | ChatError]:
        """One reply or error per conversation, in order. A failed conversation does not affect the others."""
        calls = (self.answer(messages, seed=seed, max_tokens=max_tokens) for messages in conversations)
        results = await asyncio.gather(*calls, return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException) and not isinstance(result, ChatError):
                raise result
        return results


class BatchVLLMClient(_Batch):
    """One model on one or several vLLM servers."""

    def __init__(self, base_urls: str | Sequence[str], model: str, **settings: object) -> None:
        super().__init__(base_urls, model, **{"concurrency": 64, **settings})


class BatchOpenAIClient(_Batch):
    """A model at OpenAI; the key comes from OPENAI_API_KEY."""

    def __init__(self, model: str, **settings: object) -> None:
        super().__init__(None, model, **settings)
