"""What labelled messages teach the detector: for each unit the tags that it may have, and what its spans are.

Messages labelled with quotations say it exactly. Older ones name an action in other words: the words of the message
that are nearest to it belong to the span, those beside them in its clause may, and what the guide leaves open is open.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from pum.extraction.units import CLAUSE_ENDS, OUTSIDE, TAGS, Units, begins, goes_on, units_of, with_negation
from pum.language.words import content_words

_BANS = ("do not ", "don't ", "no ", "never ", "stop ", "avoid ", "drop ", "skip ", "without ")
_TAKES_BACK = re.compile(
    r"\b(?:forget|scrap|never ?mind|no longer|ignore|don'?t need|no need|any ?more|any longer|after all|undo|take back"
    r"|changed my mind|cancel|don'?t have to|needn'?t|doesn'?t matter|drop|lift|can go|can stop"
    r"|had (?:its|their) day)\b",
    re.IGNORECASE,
)
_NEAR_ENOUGH, _NEAR_ENOUGH_CONDITION = 0.3, 0.5
_LONGEST_WINDOW = 40
_EACH_MORE_COSTS = 0.002


@dataclass(frozen=True)
class Lesson:
    """`allowed` (n, TAGS) of n units. `topics`: whether the message holds each of TOPICS, None where that is not known.

    `spans`: the units of a preference, whether it is wanted, and whether it is standing (None: not known).
    """

    units: Units
    allowed: np.ndarray
    spans: tuple[tuple[tuple[int, ...], bool, bool | None], ...]
    topics: tuple[bool | None, ...]


def quoted_lesson(record: dict) -> Lesson:
    """Of a message with `preferences` (quote, condition_quote, wanted, kind, standing) and `withdraws`. A kind may be
    None: either."""
    text, units = record["text"], units_of(record["text"])
    allowed = _only(len(units.places), OUTSIDE)
    spans = []
    for preference in record["preferences"]:
        kinds = [preference["kind"]] if preference["kind"] else ["style", "content"]
        if numbers := _mark(allowed, text, units, preference["quote"], *kinds):
            spans.append((numbers, preference["wanted"], preference["standing"]))
    for quote in dict.fromkeys(preference["condition_quote"] for preference in record["preferences"]):
        if quote:
            _mark(allowed, text, units, quote, "condition")
    for quote in record["withdraws"]:
        _mark(allowed, text, units, quote, "withdrawal")
    kinds = {preference["kind"] for preference in record["preferences"]}
    of_kinds = (None, None) if None in kinds else ("style" in kinds, "content" in kinds)
    return Lesson(units, allowed, tuple(spans), (*of_kinds, bool(record["withdraws"])))


def worded_lesson(record: dict) -> Lesson:
    """Of a message with `preferences` (condition, action), all of them of style; others were not labelled."""
    text, units = record["text"], units_of(record["text"])
    allowed, spans = _open(len(units.places), "content", "condition", "withdrawal"), []
    for preference in record["preferences"]:
        window, likeness = _nearest(text, units, preference["action"])
        if likeness < _NEAR_ENOUGH:
            for number in _likeliest_sentence(text, units, f"{preference['condition']} {preference['action']}"):
                allowed[number] = True
            continue
        window = [*range(with_negation(text, units, window[0]), window[0]), *window]
        for number in _clause(text, units, window):
            allowed[number] |= _tags("style")
        allowed[window[0]], allowed[window[1:]] = _tags("style"), False
        allowed[window[1:], goes_on("style")] = True
        wanted = preference.get("wanted", not preference["action"].lower().startswith(_BANS))
        spans.append((tuple(window), wanted, None))
    for preference in record["preferences"]:
        window, likeness = _nearest(text, units, preference["condition"])
        if likeness >= _NEAR_ENOUGH_CONDITION and not any(set(window) & set(span) for span, _, _ in spans):
            allowed[window] = _tags("condition")
    return Lesson(units, allowed, tuple(spans), (bool(record["preferences"]), None, None))


def silent_lesson(text: str) -> Lesson:
    """Of a text that says nothing about how to answer, and takes nothing back."""
    units = units_of(text)
    return Lesson(units, _open(len(units.places), "content", "condition"), (), (False, None, False))


def withdrawing_lesson(text: str) -> Lesson:
    """Of a text that takes an earlier wish back: in the clause with a word for it, otherwise in whatever words."""
    units = units_of(text)
    allowed = _open(len(units.places), "content", "condition", "withdrawal")
    for match in _TAKES_BACK.finditer(text):
        numbers = [i for i, (first, last) in enumerate(units.places) if first < match.end() and last > match.start()]
        if numbers:
            around = _clause(text, units, numbers)
            allowed[[*numbers, *around]] = _tags("withdrawal")
            break
    return Lesson(units, allowed, (), (False, None, True))


def _tags(*kinds: str) -> np.ndarray:
    tags = np.zeros(TAGS, dtype=bool)
    tags[[tag for kind in kinds for tag in (begins(kind), goes_on(kind))]] = True
    return tags


def _only(units: int, tag: int) -> np.ndarray:
    allowed = np.zeros((units, TAGS), dtype=bool)
    allowed[:, tag] = True
    return allowed


def _open(units: int, *kinds: str) -> np.ndarray:
    return _only(units, OUTSIDE) | _tags(*kinds)


def _mark(allowed: np.ndarray, text: str, units: Units, quote: str, *kinds: str) -> tuple[int, ...]:
    """Give the units of the first free place of `quote` its tags; their numbers, none without such a place."""
    for start in _places(text, quote):
        numbers = [i for i, (first, last) in enumerate(units.places) if first >= start and last <= start + len(quote)]
        if numbers and allowed[numbers, OUTSIDE].all():
            allowed[numbers] = False
            for kind in kinds:
                allowed[numbers[0], begins(kind)] = True
                allowed[numbers[1:], goes_on(kind)] = True
            return tuple(numbers)
    return ()


def _places(text: str, quote: str) -> Iterator[int]:
    start = text.find(quote)
    while start >= 0:
        yield start
        start = text.find(quote, start + 1)


def _nearest(text: str, units: Units, goal: str) -> tuple[list[int], float]:
    """The run of units in one sentence whose content words are nearest to those of `goal`, and how near they are."""
    wanted, best, found = content_words(goal), 0.0, []
    stems = [content_words(text[first:last]) for first, last in units.places]
    for first in (number for number, own in enumerate(stems) if own & wanted):
        for last in range(first, min(len(stems), first + _LONGEST_WINDOW)):
            if units.sentence[last] != units.sentence[first]:
                break
            if not stems[last] & wanted:
                continue
            own = content_words(text[units.places[first][0] : units.places[last][1]])
            likeness = 2 * len(own & wanted) / (len(own) + len(wanted)) - _EACH_MORE_COSTS * (last - first)
            if likeness > best:
                best, found = likeness, list(range(first, last + 1))
    return found, best


def _clause(text: str, units: Units, window: list[int]) -> list[int]:
    """The units around the window up to the next marks, or to the sentence's ends."""
    first, last = window[0], window[-1]
    while first > 0 and _joined(text, units, first - 1, first):
        first -= 1
    while last + 1 < len(units.places) and _joined(text, units, last + 1, last):
        last += 1
    return [*range(first, window[0]), *range(window[-1] + 1, last + 1)]


def _joined(text: str, units: Units, number: int, beside: int) -> bool:
    mark = text[slice(*units.places[number])] in CLAUSE_ENDS
    return units.sentence[number] == units.sentence[beside] and not mark


def _likeliest_sentence(text: str, units: Units, goal: str) -> list[int]:
    """The units of the sentence that shares most content words with `goal`."""
    sentences: dict[int, list[int]] = {}
    for number, sentence in enumerate(units.sentence):
        sentences.setdefault(sentence, []).append(number)
    wanted = content_words(goal)

    def shared(numbers: list[int]) -> int:
        return len(wanted & content_words(text[units.places[numbers[0]][0] : units.places[numbers[-1]][1]]))

    return max(sentences.values(), key=shared, default=[])
