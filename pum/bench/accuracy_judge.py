"""A language model as judge of answers, for tasks without a grader. It judges twice: strictly and leniently.

`trust` measures the judge on tasks that have a grader: on their right answers, and on wrong answers made on purpose.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from pum.bench.tasks.grading import as_reply, grade
from pum.bench.types import Task
from pum.core.rng import key
from pum.core.schemas import Message
from pum.core.validation import FrozenModel
from pum.llm.chat_model import FormModel, InvalidReply, RefusedError
from pum.llm.prompts import prompt

MANNERS = ("strict", "lenient")


class Accuracy(FrozenModel):
    """The form that the judge fills in."""

    reason: Annotated[str, Field(max_length=300)]
    correct: bool


@dataclass(frozen=True)
class Judged:
    """Both verdicts; None for an unreadable one."""

    strict: bool | None
    lenient: bool | None


class AccuracyJudge:
    """Judges by a model. It keeps no state."""

    def __init__(self, model: FormModel) -> None:
        self._model = model

    async def judge(self, question: str, reference: str | None, answer: str) -> Judged:
        """Both verdicts on `answer`; `reference` None: unknown. TransportError when the judge cannot be reached."""
        parts = {"Problem": question, "Reference answer": reference or "(not known)", "Answer": answer}
        report = "\n\n".join(f"# {title}\n{text}" for title, text in parts.items())
        return Judged(*await asyncio.gather(*(self._verdict(manner, report) for manner in MANNERS)))

    async def _verdict(self, manner: str, report: str) -> bool | None:
        messages = [Message(role="system", content=prompt(f"accuracy_{manner}")), Message(role="user", content=report)]
        try:
            return (await self._model.answer_as(Accuracy, messages, seed=key("accuracy", manner, report))).correct
        except (InvalidReply, RefusedError):
            return None


async def trust(judge: AccuracyJudge, tasks: Sequence[Task]) -> dict[str, dict[str, float]]:
    """For the graders and each manner of judging: the shares of right answers accepted, of wrong answers rejected, and
    of unreadable verdicts (which count as neither)."""
    pairs = [
        (task, wrong, as_reply(task, task.entry["wrong_answer"] if wrong else task.answer))
        for task in tasks
        for wrong in (False, True)
    ]
    verdicts = await asyncio.gather(*(judge.judge(task.statement, task.answer, reply) for task, _, reply in pairs))
    found = {"graders": [(wrong, grade(task, reply)) for task, wrong, reply in pairs]}
    for manner in MANNERS:
        given = zip(pairs, verdicts, strict=True)
        found[manner] = [(wrong, getattr(verdict, manner)) for (_, wrong, _), verdict in given]
    return {name: _rates(rows) for name, rows in found.items()}


def _rates(rows: Sequence[tuple[bool, bool | None]]) -> dict[str, float]:
    """`rows`: pairs (the answer was wrong, the verdict)."""
    half = len(rows) / 2
    return {
        "accepts_right": sum(not wrong and verdict is True for wrong, verdict in rows) / half,
        "rejects_wrong": sum(wrong and verdict is False for wrong, verdict in rows) / half,
        "unread": sum(verdict is None for _, verdict in rows) / len(rows),
    }
