"""The reward by a judge: a language model reads the user's next message as a reaction to the last answer."""

import logging
from typing import Annotated, Literal

from pydantic import Field

from pum.core.rng import key
from pum.core.schemas import Message, Reward
from pum.core.validation import FrozenModel
from pum.feedback.keyword import VALUES
from pum.llm.chat_model import FormModel, InvalidReply, RefusedError
from pum.llm.prompts import prompt

log = logging.getLogger(__name__)

LEAST_CONFIDENCE = 0.6
"""A verdict below it changes nothing."""

INVALID = "judge_invalid"
"""The label of a reaction that the judge could not be brought to judge."""

# Characters of each text that the judge sees.
_SHOWN = 2000


class Judgement(FrozenModel):
    """What the judge fills in; the reason first, so that the label follows from it."""

    rationale: Annotated[str, Field(max_length=200)]
    label: Literal[
        "neg_constraint_restate",
        "neg_correction",
        "neg_confusion",
        "neutral",
        "pos_progress",
        "pos_praise",
        "topic_shift",
    ]
    confidence: Annotated[float, Field(ge=0, le=1)]


class JudgedReward:
    """Async, and without state: any number of reactions are judged at once."""

    def __init__(self, model: FormModel) -> None:
        self._model = model

    async def rate(self, query: str, reply: str, message: str) -> Reward:
        """The reaction `message` to `reply`, which answered `query`. `value` is None for a change of topic, for a
        verdict that is not sure enough, and where none came.

        TransportError when the judge cannot be reached: that says nothing about the answer, and is asked again.
        """
        parts = {"The person asked": query, "The assistant answered": reply, "The person said next": message}
        report = "\n\n".join(f"# {title}\n{_shortened(text)}" for title, text in parts.items())
        messages = [Message(role="system", content=prompt("judge")), Message(role="user", content=report)]
        try:
            found = await self._model.answer_as(Judgement, messages, seed=key("judge", report))
        except (InvalidReply, RefusedError) as error:
            log.warning("no reward for a turn: %s", error)
            return Reward(None, INVALID)
        return Reward(VALUES[found.label] if found.confidence >= LEAST_CONFIDENCE else None, found.label)


def _shortened(text: str) -> str:
    """Beginning and end, where what matters stands."""
    half = _SHOWN // 2
    return text if len(text) <= _SHOWN else f"{text[:half]}\n[...]\n{text[-half:]}"
