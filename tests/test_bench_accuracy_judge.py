"""The accuracy judge says both what a strict and what a lenient reader says, and is measured where graders can tell."""

import asyncio

from pum.bench.accuracy_judge import AccuracyJudge, Judged, trust
from pum.bench.tasks.collection import read_tasks
from pum.core.paths import DATA
from pum.llm.chat_model import InvalidReply

TASKS = [task for task in read_tasks(DATA / "tasks.jsonl") if task.dataset == "arithmetic-chain"][:20]


class Reader:
    """Strictly compares with the reference; leniently takes everything."""

    def __init__(self) -> None:
        self.calls = 0

    async def answer_as(self, form, messages, *, seed, max_tokens=512):
        self.calls += 1
        report = messages[-1]["content"]
        reference, answer = (report.split(f"# {title}\n")[1].split("\n")[0] for title in ("Reference answer", "Answer"))
        if "reasonable reader" in messages[0]["content"]:
            return form(reason="", correct=True)
        if reference == "(not known)":
            raise InvalidReply("no idea")
        return form(reason="", correct=answer == f"Answer: {reference}")


def test_both_verdicts_are_given_and_what_cannot_be_read_is_none() -> None:
    judge = AccuracyJudge(Reader())
    assert asyncio.run(judge.judge("1 + 1?", "2", "Answer: 2")) == Judged(True, True)
    assert asyncio.run(judge.judge("1 + 1?", "2", "Answer: 3")) == Judged(False, True)
    assert asyncio.run(judge.judge("1 + 1?", None, "Answer: 3")) == Judged(None, True)


def test_graders_reject_nearly_all_wrong_answers_and_a_judge_that_takes_everything_none() -> None:
    rates = asyncio.run(trust(AccuracyJudge(Reader()), TASKS))
    assert rates["graders"]["accepts_right"] == 1 and rates["graders"]["rejects_wrong"] >= 0.95
    assert rates["strict"] == {"accepts_right": 1, "rejects_wrong": 1, "unread": 0}
    assert rates["lenient"] == {"accepts_right": 1, "rejects_wrong": 0, "unread": 0}
