"""Compares final answers with right ones, one function for each kind of answer.

Each takes the entry of a task (`answer`: the right one, `metadata`) and a final answer of at most `ANSWER_LIMIT`
characters. The answer is right as a whole or not at all: a part of it, or the right answer among others, is wrong.
None evaluates an answer symbolically, so each takes milliseconds for any text.
"""

import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from pum.bench.tasks.formulas import is_antiderivative

Entry = Mapping[str, Any]
ROOT_TOLERANCE = 1e-3
PROBABILITY_TOLERANCE = Fraction(1, 10_000)
_NUMBER = r"[-+]?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][-+]?\d{1,2})?"
_STEPS = {"right": (0, 1), "down": (1, 0), "left": (0, -1), "up": (-1, 0)}


def number(entry: Entry, answer: str) -> bool:
    """ "x = 1,234 apples": the one number on the right-hand side."""
    found = re.findall(_NUMBER, _plain(answer).rpartition("=")[2].replace("- ", "-"))
    return len(found) == 1 and Fraction(found[0]) == Fraction(_plain(entry["answer"]))


def probability(entry: Entry, answer: str) -> bool:
    """ "P = 3 / 8" or "3/8 = 0.375", within a ten-thousandth."""
    right = Fraction(entry["answer"])
    return _is_one_value(answer, lambda value: abs(value - right) <= PROBABILITY_TOLERANCE)
