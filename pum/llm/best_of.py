"""Best of N: several sampled drafts, of which the model itself chooses the one to send."""

import asyncio
import copy
import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated

from pydantic import Field

from pum.core.errors import InputError
from pum.core.rng import key
from pum.core.schemas import Message, Reply, Usage
from pum.core.validation import FrozenModel
from pum.llm.chat_model import MAX_TOKENS, ChatModel, InvalidReply, RefusedError
from pum.llm.openai_chat import OpenAIChat
from pum.llm.prompts import prompt

log = logging.getLogger(__name__)

TEMPERATURE = 0.8


class Choice(FrozenModel):
    draft: Annotated[int, Field(ge=1)]


def with_drafts(model: ChatModel, n: int, method: str) -> ChatModel:
    """What answers when `method` wants the best of `n` drafts; InputError for a model that cannot write several."""
    if n == 1 or isinstance(model, BestOf):
        return model
    if not isinstance(model, OpenAIChat):
        raise InputError(
            f"{method}: its setting best_of has {n} drafts written for each reply, which takes a model behind a "
            f"server, and {model.name} is none; name an agent of kind openai or served, or a method with best_of 1"
        )
    return BestOf(model, n)


class BestOf:
    """`n` drafts at TEMPERATURE, each with luck of its own. Choosing is booked as the purpose `best_of`."""

    simulated = False

    def __init__(self, model: OpenAIChat, n: int) -> None:
        self.name, self.n = model.name, n
        self._writer = copy.copy(model)
        self._writer.settings = replace(model.settings, temperature=TEMPERATURE)
        self._chooser = model.with_purpose("best_of")

    async def answer(self, messages: Sequence[Message], *, seed: int, max_tokens: int = MAX_TOKENS) -> Reply:
        """The chosen draft; `usage` is what all drafts took. The first one when no choice can be read.

        Drafts that the model fails to write are left out; InvalidReply or RefusedError only when none is left.
        """
        random_key = [key(seed, "draft", number) for number in range(self.n)]
        calls = (self._writer.answer(messages, seed=own, max_tokens=max_tokens) for own in random_key)
        ends = await asyncio.gather(*calls, return_exceptions=True)
        for end in ends:
            # No failure of the model's own: it stops the run, which goes on with all drafts when it has passed.
            if isinstance(end, BaseException) and not isinstance(end, InvalidReply | RefusedError):
                raise end
        drafts = [end for end in ends if isinstance(end, Reply)]
        if not drafts:
            raise ends[0]
        usage = Usage(sum(end.usage.prompt_tokens for end in ends), sum(end.usage.completion_tokens for end in ends))
        return Reply((await self._chosen(messages, drafts, seed)).text, usage)

    def count_tokens(self, text: str) -> int:
        return self._writer.count_tokens(text)

    async def _chosen(self, messages: Sequence[Message], drafts: Sequence[Reply], seed: int) -> Reply:
        if len({draft.text for draft in drafts}) == 1:
            return drafts[0]
        told = "\n\n".join(f"# Draft {number}\n{draft.text}" for number, draft in enumerate(drafts, start=1))
        request = Message(role="user", content=f"{prompt('best_of')}\n\n{told}")
        try:
            choice = await self._chooser.answer_as(Choice, [*messages, request], seed=seed)
        except (InvalidReply, RefusedError) as error:
            log.warning("no draft chosen, so the first is sent: %s", error)
            return drafts[0]
        return drafts[min(choice.draft, len(drafts)) - 1]
