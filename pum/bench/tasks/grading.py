"""Grades replies, each with the grader that its task names.

Code runs in the sandbox against its tests (`programming`); answers to generated tasks are compared with the
generator's (`procedural`, `comparisons`); math-verify judges mathematics (`competition`); texts must state given facts
(`facts`).

A verdict depends on the question and the normalized submission only. So each pair is judged once per process and,
with a `VerdictStore`, once per machine. A run that exceeds its wall time, or is killed from outside, does not show that
a program or an answer is wrong: the reply counts as wrong, but the verdict is not stored.
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

REPLY_LIMIT = 50_000
"""Characters. A longer reply counts as no answer, so that reading one takes at most seconds."""


class Undecided(Exception):
    """A run ended for a reason that may not occur again; it gives no verdict."""


class VerdictStore:
    """Verdicts in memory and in a SQLite file, which any number of processes may share.

    Use another file when the graders change (`graders_digest`).
    """

    def __init__(self, path: Path) -> None:
        self._known: dict[str, bool] = {}
        self._file = SqliteFile(path, "CREATE TABLE IF NOT EXISTS verdicts (digest TEXT PRIMARY KEY, correct INTEGER)")

    def look_up(self, question: str, submission: str, judge: Callable[[str, str], bool]) -> bool:
        """The stored verdict; else the verdict of `judge`, which is then stored."""
        digest = hashlib.blake2b(f"{question}\x1f{submission}".encode(errors="replace"), digest_size=16).hexdigest()
        if digest not in self._known:
            with self._file.use() as db:
                row = db.execute("SELECT correct FROM verdicts WHERE digest = ?", (digest,)).fetchone()
            if row is None:
                row = (judge(question, submission),)
                with self._file.use() as db:
                    db.execute("INSERT OR REPLACE INTO verdicts VALUES (?, ?)", (digest, int(row[0])))
            self._known[digest] = bool(row[0])
        return self._known[digest]


def graders_digest() -> str:
    """Twelve hex digits that change with the graders' code or with the packages that they use."""
    digest = hashlib.sha256()
    bench = Path(__file__).parents[1]
    for path in sorted([*bench.glob("tasks/*.py"), *bench.glob("sandbox*.py")]):
        digest.update(path.read_bytes())
    for package in ("math-verify", "sympy"):
        digest.update(version(package).encode())
    return digest.hexdigest()[:12]


def grade(task: Task, reply: str, store: VerdictStore | None = None) -> bool:
    """True when `reply` solves `task`. A reply without a final answer (or program) is wrong.

    Every reply is judged within seconds. Answers are not evaluated symbolically, but by math-verify; its process, as a
    program's, has a limit of processor time, beyond which the reply is wrong.
    """
    if len(reply) > REPLY_LIMIT:
        return False
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
        log.warning("%s: the reply counts as wrong, because judging it ended with %s", task.task_id, reason)
        return False


def as_reply(task: Task, answer: str) -> str:
    """The shortest reply that gives `answer`."""
    return GRADERS[task.entry["grader"]].as_reply(answer)


@lru_cache(maxsize=50_000)
def _judge(question: str, submission: str) -> bool:
    entry = json.loads(question)
    return GRADERS[entry["grader"]].is_right(entry, submission)
