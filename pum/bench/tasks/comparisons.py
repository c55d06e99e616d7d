"""Compares final answers with right ones: one function for each kind of answer.

Each takes a task's item (`answer`: the right answer, `metadata`) and a final answer. An answer is right as a whole or
wrong: there is no credit for a part of it, nor for the right answer among others. Nothing is evaluated symbolically,
so any answer of at most `ANSWER_LIMIT` characters takes milliseconds.
"""

import ast
import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from pum.bench.tasks.formulas import is_antiderivative

Item = Mapping[str, Any]
ROOT_TOLERANCE = Fraction(1, 1000)
PROBABILITY_TOLERANCE = Fraction(1, 10_000)
_NUMBER = r"[-+]?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][-+]?\d{1,2})?"
_QUOTIENT = re.compile(rf"({_NUMBER})(?:\s*/\s*(\d+))?")
_ALTERNATIVE = r"\s*(?:[,;]|\b(?:or|and)\b)\s*"
_CHOICES = ({"yes", "no"}, {"true", "false"}, {"arnold", "bob", "alice"})
_STEPS = {"right": (0, 1), "down": (1, 0), "left": (0, -1), "up": (-1, 0)}


def number(item: Item, answer: str) -> bool:
    """ "x = 1,234 apples": the one number on the right-hand side."""
    found = re.findall(_NUMBER, _plain(answer).rpartition("=")[2].replace("- ", "-"))
    return len(found) == 1 and Fraction(found[0]) == Fraction(item["answer"])


def probability(item: Item, answer: str) -> bool:
    """ "P = 3 / 8", "3/8 = 0.375" or "0.375": its one fraction, else its one number, within a ten-thousandth."""
    value = _fraction(answer)
    return value is not None and abs(Fraction(value) - Fraction(item["answer"])) <= PROBABILITY_TOLERANCE


def reduced_fraction(item: Item, answer: str) -> bool:
    """ "P = 3 / 8": its one fraction, in lowest terms."""
    return _fraction(answer) == item["answer"]


def roots(item: Item, answer: str) -> bool:
    """ "x = -29/8 or x = 0": all its numbers, in any order, within a thousandth."""
    found = _QUOTIENT.findall(answer.replace("\N{MINUS SIGN}", "-").replace("- ", "-"))
    if any(bottom and not int(bottom) for _, bottom in found):
        return False
    given = sorted(Fraction(top) / int(bottom or 1) for top, bottom in found)
    right = sorted(Fraction(root) for root in item["answer"].split(", "))
    return len(given) == len(right) and all(
        abs(one - other) <= ROOT_TOLERANCE for one, other in zip(given, right, strict=True)
    )


def numbers(item: Item, answer: str) -> bool:
    """All its numbers, in their order."""
    given = re.findall(_NUMBER, answer.replace("\N{MINUS SIGN}", "-"))
    return [Fraction(text) for text in given] == [Fraction(text) for text in ast.literal_eval(item["answer"])]


def choice(item: Item, answer: str) -> bool:
    """ "yes, it follows": the first word, if the answer names no other choice."""
    words, right = re.findall(r"[a-z]+", answer.lower()), item["answer"].lower()
    others = next(choices for choices in _CHOICES if right in choices) - {right}
    return words[:1] == [right] and others.isdisjoint(words)


def roles(item: Item, answer: str) -> bool:
    """ "Ann is a knight, and Bob a knave": everybody's one role."""
    given = answer.lower()
    return all(
        set(re.findall(rf"\b{name}\b(?:\W+(?:is|an?|the))*\W+([a-z]+)", given)) == {role}
        for name, role in re.findall(r"(\w+) is an? (\w+)", item["answer"].lower())
    )


def shortest_path(item: Item, answer: str) -> bool:
    """ "Up → right": steps from * to # in the matrix, through no X, as few as in the right answer."""
    matrix, steps = item["metadata"]["matrix"], re.findall(r"[a-z]+", answer.lower())
    if len(steps) != len(item["answer"].split()) or not _STEPS.keys() >= set(steps):
        return False
    cells = {(row, column): cell for row, line in enumerate(matrix) for column, cell in enumerate(line)}
    row, column = next(place for place, cell in cells.items() if cell == "*")
    for step in steps:
        row, column = row + _STEPS[step][0], column + _STEPS[step][1]
        if cells.get((row, column), "X") == "X":
            return False
    return cells[row, column] == "#"


def antiderivative(item: Item, answer: str) -> bool:
    """ "F(x) = x^2 + C": a formula on the right-hand side whose slope is the integrand; the constant may be missing."""
    formula = _plain(answer.rpartition("=")[2]).replace("^", "**").replace("{", "(").replace("}", ")").strip()
    target = item["metadata"]["integrand"], item["metadata"]["variable"]
    return is_antiderivative(answer, *target) or is_antiderivative(formula, *target)


def _plain(answer: str) -> str:
    """Write TeX fractions and signs, thousands separators and currency as plain text."""
    answer = re.sub(r"\\[dt]?frac\s*\{([^{}]+)\}\s*\{([^{}]+)\}", r"\1/\2", answer)
    answer = answer.replace("\N{MINUS SIGN}", "-").replace(r"\cdot", "*").replace(r"\times", "*").replace("\\", "")
    return re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", answer).replace("$", "").strip()


def _fraction(answer: str) -> str | None:
    """The one fraction of the answer, else its one number, if no other number is offered beside it."""
    plain = _plain(answer)
    found = re.findall(r"[-+]?\d+\s*/\s*\d+", plain) or re.findall(_NUMBER, plain)
    if len(found) != 1 or re.search(rf"{_NUMBER}{_ALTERNATIVE}{re.escape(found[0])}", plain):
        return None
    if re.search(rf"{re.escape(found[0])}{_ALTERNATIVE}{_NUMBER}", plain):
        return None
    _, divided, bottom = found[0].partition("/")
    return None if divided and not int(bottom) else found[0].replace(" ", "")
