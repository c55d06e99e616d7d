"""The reward from a judge: a language model rates the user's next message as a reaction to the last answer."""

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
"""Verdicts below it give no reward."""

INVALID = "judge_invalid"
"""The label of a reaction for which the judge gave no valid verdict."""

# The judge sees at most this many characters of each text.
_SHOWN = 2000


class Judgement(FrozenModel):
    """The judge's structured output. The rationale comes first, so that the label follows from it."""

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
    """Asks the judge for rewards. It is stateless, so any number of reactions can be rated at once."""

    def __init__(self, model: FormModel) -> None:
        self._model = model

    async def rate(self, query: str, reply: str, message: str) -> Reward:
        """The reward in `message`, a reaction to `reply`, which answered `query`; `value` is None for a change of topic
        and for an uncertain or missing verdict.

        TransportError when the judge cannot be reached. That says nothing about the answer, so the caller must retry.
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
    """The beginning and the end of a long text."""
    half = _SHOWN // 2
    return text if len(text) <= _SHOWN else f"{text[:half]}\n[...]\n{text[-half:]}"
