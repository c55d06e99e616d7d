"""Which datasets there are, and how replies to their tasks are judged. A new dataset is one file in this package:

    @DATASETS.register("riddles")
    def build(request: DatasetRequest) -> Iterator[Task]: ...

Its tasks name their grader in `entry["grader"]`; a grader of its own is registered beside it:

    GRADERS.register("riddles")(Grader(is_right=..., wrong_answers=...))
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pum.bench.tasks.answers import final_answer
from pum.bench.types import Task
from pum.core.registry import Registry

ANSWER_LIMIT = 600
"""Characters; a longer final answer is none."""


@dataclass(frozen=True)
class DatasetRequest:
    """What a builder is asked for: a stream of tasks in an order keyed by `seed`, of which as many are taken as are
    needed. `folder` holds the files of the datasets that are neither generated nor installed; without it they are
    loaded from the hub."""

    seed: int
    folder: Path | None = None


def short_final_answer(entry: dict, reply: str) -> str | None:
    """What most graders judge of a reply."""
    answer = final_answer(reply)
    return answer if answer and len(answer) <= ANSWER_LIMIT else None


@dataclass(frozen=True)
class Grader:
    """How replies are judged. What a task's `entry` must hold, each grader says for itself.

    `is_right(entry, submission)` may raise `grading.Undecided`; `is_cheap` where that is quicker than to read a stored
    verdict. `submission(entry, reply)` is what is judged of a reply, None where it gives nothing; `as_reply(answer)` is
    the shortest reply that gives an answer. `wrong_answers(task)` are candidates for a plausible wrong answer,
    tried in a keyed order; `is_plausible(task, candidate)` may refuse some. Both are for tasks that do not bring their
    own `entry["wrong_answer"]`.
    """

    is_right: Callable[[dict, str], bool]
    is_cheap: bool = False
    submission: Callable[[dict, str], str | None] = short_final_answer
    as_reply: Callable[[str], str] = "Answer: {}".format
    wrong_answers: Callable[[Task], Iterable[str]] = lambda task: ()
    is_plausible: Callable[[Task, str], bool] = lambda task, answer: True


Builder = Callable[[DatasetRequest], Iterator[Task]]
DATASETS: Registry[Builder] = Registry("dataset", "pum.bench.tasks")
GRADERS: Registry[Grader] = Registry("grader", "pum.bench.tasks")
