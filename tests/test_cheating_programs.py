"""Programs that are written to pass their tests without solving anything, and honest ones with unusual values."""

import collections
import datetime
import decimal
import fractions
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pum.bench.sandbox import run_with_tests
from pum.bench.sandbox_calls import pack, unpack
from pum.bench.tasks.collection import read_tasks
from pum.bench.tasks.grading import as_reply, grade
from pum.bench.tasks.programming import CHECK, run_tests
from pum.core.paths import DATA

BY_FUNCTION = {
    "entry_point": "double",
    "preamble": "",
    "test": "def check(candidate):\n    assert candidate(3) == 6\n"
    "    assert candidate('ab') == 'abab'\n    assert True\n",
}
BY_UNITTEST = BY_FUNCTION | {
    "test": "import unittest\n\n\nclass TestCases(unittest.TestCase):\n"
    "    def test_number(self):\n        self.assertEqual(double(3), 6)\n\n"
    "    def test_text(self):\n        self.assertTrue(double('ab') == 'abab')\n        pass\n" + CHECK
}
WRONG = "def double(value):\n    return value\n"
ALWAYS_EQUAL = """
class Same{base}:
    def __eq__(self, other):
        return True
    __hash__ = None
    def __ne__(self, other):
        return False
def double(value):
    return Same()
"""
CHEATS = {
    "reads token and report from the frames": "import os, sys\n" + """
def double(value):
    frame = sys._getframe()
    while frame := frame.f_back:
        found = {**frame.f_globals, **frame.f_locals}
        if "token" in found and "report" in found:
            os.write(found["report"], found["token"].encode())
    os._exit(0)
""",
    "writes answers to every handle": "import os\n" + WRONG + """
for handle in range(3, 32):
    for line in (b'{"result": true}\\n', b'{"result": {"opaque": []}}\\n', b'{"result": null}\\n' * 40):
        try:
            os.write(handle, line)
        except OSError:
            pass
""",
    "patches assertEqual": "import unittest\nunittest.TestCase.assertEqual = unittest.TestCase.assertTrue = "
    "lambda *_: None\n" + WRONG,
    "patches run and wasSuccessful": "import unittest\n"
    "unittest.TestSuite.run = lambda self, outcome: setattr(outcome, 'testsRun', 1)\n"
    "unittest.TestResult.wasSuccessful = lambda self: setattr(self, 'testsRun', 1) or True\n" + WRONG,
    "brings load_tests": "import unittest\ndef load_tests(loader, tests, pattern):\n"
    "    return unittest.TestSuite([unittest.FunctionTestCase(print)])\n" + WRONG,
    "is always equal": ALWAYS_EQUAL.format(base=""),
    "is a text that is always equal": ALWAYS_EQUAL.format(base="(str)"),
    "is a number that is always equal": ALWAYS_EQUAL.format(base="(int)"),
    "is a list that is always equal": ALWAYS_EQUAL.format(base="(list)"),
    "poses as a value class": ALWAYS_EQUAL.format(base="") + "Same.__module__, Same.__qualname__ = 'datetime', 'date'\n"
    "Same.__reduce__ = lambda self: (None, (b'\\x07\\xe8\\x01\\x01',))\n",
    "jumps over the assertions": "import sys\n" + WRONG + """
def jump(frame, event, argument):
    if event == "line" and frame.f_code.co_name in ("check", "test_number", "test_text"):
        if "candidate" in frame.f_locals or "self" in frame.f_locals:
            try:
                frame.f_lineno = max(line for *_, line in frame.f_code.co_lines() if line)
            except ValueError:
                pass
    return jump
sys.settrace(jump)
""",
    "swaps the code of the tests": """
import gc
def double(value):
    for thing in gc.get_objects():
        if type(thing) is type(double) and thing.__name__ in ("check", "run_tests", "ask", "test_text"):
            thing.__code__ = (lambda *_: None).__code__
    return 2 * value if type(value) is int else value
""",
    "reads the expected answers": """
import glob, os, re, sys
texts = []
for path in [*glob.glob("./*"), *glob.glob("../*"), *glob.glob("../*/*"), "/proc/self/cmdline",
             *(f"/proc/{who}/{what}" for who in ("self", os.getppid()) for what in ("fd/0", "mem", "environ"))]:
    try:
        texts.append(open(path, errors="replace").read(1 << 20))
    except OSError:
        pass
texts.append(sys.stdin.read())
known = dict(re.findall(r"candidate\\((.*?)\\) == (.*)", "\\n".join(texts)))
known |= dict(re.findall(r"double\\((.*?)\\),? (?:== )?(.*?)\\)", "\\n".join(texts)))
def double(value):
    return {"6": 6, "'abab'": "abab"}[known[repr(value)]]
""",
    "skips": "import unittest\ndef double(value):\n    raise unittest.SkipTest('not here')\n",
    "stops the test": "from unittest.case import _ShouldStop\ndef double(value):\n    raise _ShouldStop\n",
    "ends the iteration": "def double(value):\n    raise StopIteration\n",
    "leaves": "def double(value):\n    raise SystemExit(0)\n",
    "leaves at once": "import os\ndef double(value):\n    os._exit(0)\n",
    "patches what tests are made of": "import builtins\nbuiltins.AssertionError = int\nbuiltins.all = bool\n"
    "builtins.__import__ = None\n" + WRONG,
}  # fmt: skip


@pytest.mark.parametrize("entry", [BY_FUNCTION, BY_UNITTEST], ids=["check", "unittest"])
@pytest.mark.parametrize("way", CHEATS)
def test_cheating_does_not_pass(entry: dict, way: str) -> None:
    result = run_tests(entry, CHEATS[way])
    assert not result.ok, result
    assert run_tests(entry, "def double(value):\n    return 2 * value\n").ok


def test_ending_an_iteration_is_no_way_out_of_a_loop() -> None:
    loop = "assert all(map(lambda n: candidate(n) == 2 * n, [1, 2]))"
    entry = BY_FUNCTION | {"test": f"def check(candidate):\n    {loop}\n"}
    assert not run_tests(entry, CHEATS["ends the iteration"]).ok


def test_skipped_tests_are_failures() -> None:
    skipping = BY_UNITTEST["test"].replace("    def test_text", "    @unittest.skip('some day')\n    def test_text")
    assert not run_tests(BY_UNITTEST | {"test": skipping}, "def double(value):\n    return 2 * value\n").ok


def test_no_cheat_solves_a_real_task() -> None:
    task = next(task for task in read_tasks(DATA / "tasks.jsonl") if task.dataset == "humaneval")
    for program in CHEATS.values():
        assert not grade(task, as_reply(task, program.replace("double", task.entry["entry_point"])))


HONEST = """
from collections import Counter, namedtuple
Pair = namedtuple("Pair", "one two")
def double(kind):
    if kind == "error":
        raise ValueError("no", 3)
    if kind == "own error":
        class Own(KeyError): pass
        raise Own(kind)
    return {"map": map(str, [1]), "counter": Counter("aab"), "pair": Pair(1, 2), "big": 10 ** 5000, "nan": float("nan"),
            "object": object(), "keys": {1: (2, {3})}, "half": "\\ud800"}[kind]
"""
HONEST_TESTS = """
from collections import Counter
assert next(double("map")) == "1" and double("map") != ["1"]
assert double("counter") == Counter("aab") and isinstance(double("counter"), Counter)
assert double("pair") == (1, 2) and double("big") == 10 ** 5000 and double("nan") != double("nan")
assert double("object") != double("object") and double(kind="keys") == {1: (2, {3})} and double("half") == "\\ud800"
for kind, error, arguments in (("error", ValueError, ("no", 3)), ("own error", KeyError, ("own error",))):
    try:
        double(kind)
    except error as raised:
        assert raised.args == arguments
    else:
        assert False
"""


def test_values_and_errors_arrive_as_they_were() -> None:
    result = run_with_tests(HONEST, "double", HONEST_TESTS)
    assert result.ok, result


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        ("def double(value):\n    while True: pass", "timeout"),
        ("def double(value):\n    return bytearray(20 << 30)", "MemoryError"),
        ("def double(value):\n    import ctypes; ctypes.string_at(0)", "killed by signal 11"),
        ("raise KeyError('at once')", "KeyError: 'at once'"),
        ("def double(value):\n    return name", "NameError: name 'name' is not defined"),
    ],
)
def test_how_a_program_ends_is_told(program: str, reason: str) -> None:
    result = run_with_tests(program, "double", "double(1)", timeout_s=1, wall_s=60)
    assert not result.ok and (result.reason == reason or {"memory": "MemoryError"}.get(result.reason) == reason)


SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary()
KEYS = SCALARS | st.tuples(SCALARS) | st.frozensets(SCALARS) | st.dates() | st.decimals(allow_nan=False)
PLAIN = st.recursive(
    SCALARS | st.complex_numbers(allow_nan=False) | st.fractions() | st.datetimes() | st.timedeltas(),
    lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(KEYS, inner) | st.sets(KEYS),
)


@given(PLAIN)
def test_plain_data_comes_back_equal_and_of_its_type(value: object) -> None:
    form = json.loads(json.dumps(pack(value)))
    assert unpack(form) == value and type(unpack(form)) is type(value)


@pytest.mark.parametrize(
    "value",
    [
        collections.Counter("aab"),
        collections.deque([1], maxlen=3),
        collections.OrderedDict(b=1, a=2),
        collections.defaultdict(None, {1: 2}),
        range(1, 9, 2),
        bytearray(b"x"),
        datetime.time(3),
        decimal.Decimal("1.50"),
        fractions.Fraction(1, 3),
        Path("/a/b"),
        -(1 << 9999),
    ],
    ids=lambda value: type(value).__name__,
)
def test_value_classes_come_back(value: object) -> None:
    form = json.loads(json.dumps(pack(value)))
    assert unpack(form) == value and type(unpack(form)) is type(value)


@pytest.mark.parametrize("form", [{"os.system": ["x"]}, {"builtins.eval": ["1"]}, {}, {"a": 1, "b": 2}])
def test_what_is_no_plain_data_is_refused(form: dict) -> None:
    with pytest.raises(ValueError):
        unpack(form)
