"""What people choose between when they say how to answer: of one slot's values, a reply has one at a time."""

import re

from pum.memory.slots import SLOTS

_FEW = r"one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|sixty|eighty"
_DIGITS = {word: str(number) for number, word in enumerate(_FEW.split("|")[:12], start=1)}
_NUMBER = rf"\d+|(?:(?:a|{_FEW}) )?(?:hundred|thousand)|{_FEW}|several|many|a few"

_ANY = {
    slot: re.compile("|".join(rf"(?P<v{n}>\b(?:{cue})\b)" for n, cue in enumerate(values.values())), re.IGNORECASE)
    for slot, values in SLOTS.items()
}
_CALLED = re.compile(r"\b(?:call|address) me (?:as |by )?(?:my )?(?P<value>[\w.-]+)", re.IGNORECASE)
_COUNT = re.compile(rf"\b(?P<value>{_NUMBER})\s+(?P<unit>[a-z]{{3,}})", re.IGNORECASE)


def chosen(text: str) -> tuple[tuple[tuple[str, str], ...], str]:
    """The (slot, value) pairs that `text` names, and the text without their names."""
    found: list[tuple[str, str]] = []
    named: list[tuple[int, int]] = []
    for slot, pattern in _ANY.items():
        names = tuple(SLOTS[slot])
        for match in pattern.finditer(text):
            found.append((slot, names[int(match.lastgroup[1:])]))
            named.append(match.span())
    for match in _CALLED.finditer(text):
        found.append(("name", match["value"].lower()))
        named.append(match.span())
    for match in _COUNT.finditer(text):
        found.append(
            (f"number of {match['unit'].lower().rstrip('s')}", _DIGITS.get(value := match["value"].lower(), value))
        )
        named.append(match.span("value"))
    return tuple(dict.fromkeys(found)), _without(text, named)


def _without(text: str, spans: list[tuple[int, int]]) -> str:
    """The text with blanks at these places, which may overlap."""
    left = list(text)
    for start, end in spans:
        left[start:end] = " " * (end - start)
    return "".join(left)
