"""Do two preferences say the same, or can they not both be met? A language model says so where words do not tell.

What it cannot be brought to judge stays as the rules have it: loudly, and counted, as with the extractor.
"""

import asyncio
import logging
from collections.abc import Iterable
from typing import Annotated

from pydantic import Field

from pum.core.rng import key
from pum.core.schemas import Message
from pum.core.validation import FrozenModel
from pum.extraction.llm import OnFallback
from pum.llm.chat_model import FormModel, InvalidReply, RefusedError
from pum.llm.prompts import prompt
from pum.memory.cards import MOST_UNCLEAR
from pum.memory.contradiction import NO_VERDICTS, Relation, Unclear, Verdicts

log = logging.getLogger(__name__)


class Compared(FrozenModel):
    """How the newer wish stands to the older one with this number."""

    number: int
    relation: Relation


class Comparison(FrozenModel):
    """What the model fills in, nearest cards first: where its tokens are few, the list ends early
    (`pum.llm.structured_output`)."""

    wishes: Annotated[list[Compared], Field(max_length=MOST_UNCLEAR)]


class ContradictionJudge:
    """Async, and without state: any number of wishes are judged at once."""

    def __init__(self, model: FormModel, fell_back: OnFallback) -> None:
        self._model, self._fell_back = model, fell_back

    async def judge(self, questions: Iterable[Unclear]) -> Verdicts:
        """What the model says of each pair of notes that it speaks of; nobody is asked where there is no older one.

        TransportError when the model cannot be reached.
        """
        found = await asyncio.gather(*(self._compare(question) for question in questions if question.older))
        return {pair: verdict for verdicts in found for pair, verdict in verdicts.items()}

    async def _compare(self, question: Unclear) -> Verdicts:
        older = "\n".join(f"{number}. {note}" for number, note in enumerate(question.older, start=1))
        report = f"# Older wishes\n{older}\n\n# Newer wish\n{question.newer}"
        messages = [Message(role="system", content=prompt("contradiction")), Message(role="user", content=report)]
        try:
            reply = await self._model.answer_as(Comparison, messages, seed=key("contradiction", report))
        except (InvalidReply, RefusedError) as error:
            log.warning("nobody judged whether a wish contradicts older ones, so the rules decide: %s", error)
            self._fell_back(error)
            return NO_VERDICTS
        return {
            (question.older[wish.number - 1], question.newer): wish.relation
            for wish in reply.wishes
            if 1 <= wish.number <= len(question.older)
        }
