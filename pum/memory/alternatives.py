"""What people choose between when they say how to answer: of one slot's values, a reply has one at a time."""

import re
from typing import NamedTuple

from pum.memory.slots import ADJECTIVES, SLOTS

_FEW = r"one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|sixty|eighty"
_DIGITS = {word: str(number) for number, word in enumerate(_FEW.split("|")[:12], start=1)}
_NUMBER = rf"\d+|(?:(?:a|{_FEW}) )?(?:hundred|thousand)|{_FEW}|several|many|a few"

_ANY = {
    slot: re.compile("|".join(rf"(?P<v{n}>\b(?:{cue})\b)" for n, cue in enumerate(values.values())), re.IGNORECASE)
    for slot, values in SLOTS.items()
}
_CALLED = re.compile(r"\b(?:call|address) me (?:as |by )?(?:my )?(?P<value>[\w.-]+)", re.IGNORECASE)
_COUNT = re.compile(rf"\b(?P<value>{_NUMBER})\s+(?P<unit>[a-z]{{3,}})", re.IGNORECASE)


class Chosen(NamedTuple):
    """The (slot, value) pairs that a text names, and the text without their names; `bare`: without adjectives, too."""

    values: tuple[tuple[str, str], ...]
    rest: str
    bare: str


def chosen(text: str) -> Chosen:
    """What `text` chooses. "No nested lists" is not about all lists, so that adjectives stay in the rest."""
    named: list[tuple[tuple[str, str], tuple[int, int]]] = []
    for slot, pattern in _ANY.items():
        names = tuple(SLOTS[slot])
        named += [((slot, names[int(match.lastgroup[1:])]), match.span()) for match in pattern.finditer(text)]
    named += [(("name", match["value"].lower()), match.span()) for match in _CALLED.finditer(text)]
    for match in _COUNT.finditer(text):
        number = match["value"].lower()
        named.append(((_number_of(match["unit"]), _DIGITS.get(number, number)), match.span("value")))
    values = tuple(dict.fromkeys(value for value, _ in named))
    rest = _without(text, [span for (slot, _), span in named if slot not in ADJECTIVES])
    return Chosen(values, rest, _without(text, [span for _, span in named]))


def _number_of(unit: str) -> str:
    return f"number of {unit.lower().rstrip('s')}"


def _without(text: str, spans: list[tuple[int, int]]) -> str:
    """The text with blanks at these places, which may overlap."""
    left = list(text)
    for start, end in spans:
        left[start:end] = " " * (end - start)
    return "".join(left)
