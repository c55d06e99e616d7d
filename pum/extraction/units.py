"""Words and marks of what a person says, with their places; and the tags that the detector gives them.

Each unit is inside or outside of a span of one kind, and begins it or goes on with it (BIO tags).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pum.language.prose import own_stretches, quotations_in

KINDS = ("style", "content", "withdrawal", "condition")
OUTSIDE = 0
TAGS = 1 + 2 * len(KINDS)
"""`OUTSIDE`, then for each kind the tag of a span's first unit and that of its others."""

_UNIT = re.compile(r"\w+(?:['’.\-/]\w+)*|[^\w\s]")


NEGATIONS = frozenset("no not never don't dont don’t stop without avoid hate nothing less fewer".split())
CLAUSE_ENDS = frozenset(".,;:!?-–—()[]{}")
_REACH = 3


def begins(kind: str) -> int:
    return 1 + 2 * KINDS.index(kind)


def goes_on(kind: str) -> int:
    return begins(kind) + 1


@dataclass(frozen=True)
class Units:
    """The units of a message's own sentences: `places` (start, end) in the message, and the `sentence` of each.

    `says`: whether it is a word of the author's, and no mark and no part of a quotation. `pieces`: each sentence as
    its units' texts, and whether something else stands between it and the one before.
    """

    places: tuple[tuple[int, int], ...]
    sentence: tuple[int, ...]
    says: tuple[bool, ...]
    pieces: tuple[tuple[bool, tuple[str, ...]], ...]


@dataclass(frozen=True)
class Span:
    """Units `first` to `last`, the latter not included."""

    kind: str
    first: int
    last: int


def units_of(message: str) -> Units:
    places, sentence, says, pieces, before = [], [], [], [], None
    for start, end in own_stretches(message):
        own = [(start + match.start(), start + match.end()) for match in _UNIT.finditer(message[start:end])]
        if not own:
            continue
        apart = before is not None and bool(message[before : own[0][0]].strip(" \t"))
        sentence += [len(pieces)] * len(own)
        quotations = quotations_in(message[start:end])
        says += [
            message[at].isalnum() and not any(start + first <= at < start + last for first, last in quotations)
            for at, _ in own
        ]
        pieces.append((apart, tuple(message[first:last] for first, last in own)))
        places += own
        before = own[-1][1]
    return Units(tuple(places), tuple(sentence), tuple(says), tuple(pieces))


def with_negation(message: str, units: Units, first: int, free_from: int = 0) -> int:
    """Where a span that begins with unit `first` begins with the negation that stands just before it in its clause.

    Units before `free_from` belong to something else.
    """
    for unit in range(first - 1, max(free_from, first - _REACH) - 1, -1):
        word = message[slice(*units.places[unit])].lower()
        if units.sentence[unit] != units.sentence[first] or word in CLAUSE_ENDS:
            break
        if word in NEGATIONS:
            return unit
    return first


def best_spans(scores: np.ndarray, sentence: Sequence[int]) -> list[Span]:
    """The spans of the best tags by `scores` (units, TAGS): none goes beyond its sentence (Viterbi 1967).

    Scores on a grid add up exactly, so that every CPU finds the same spans.
    """
    best, back = scores[0] + _BEGINNING, []
    for unit in range(1, len(scores)):
        change = _CHANGE if sentence[unit] == sentence[unit - 1] else _NEW_SENTENCE
        reached = best[:, None] + change
        back.append(reached.argmax(axis=0))
        best = reached.max(axis=0) + scores[unit]
    tags = [int(best.argmax())]
    for step in reversed(back):
        tags.append(int(step[tags[-1]]))
    return _spans(tags[::-1])


def _spans(tags: Sequence[int]) -> list[Span]:
    spans: list[Span] = []
    for unit, tag in enumerate(tags):
        if tag == OUTSIDE:
            continue
        kind = KINDS[(tag - 1) // 2]
        if tag == goes_on(kind):
            spans[-1] = Span(kind, spans[-1].first, unit + 1)
        else:
            spans.append(Span(kind, unit, unit + 1))
    return spans


def _allowed() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What it costs to begin a sentence with a tag (TAGS,), and to go from one tag to another (TAGS, TAGS): nothing, or
    too much. The last is for neighbours in two sentences."""
    never = -(2.0**20)
    beginning, change = np.zeros(TAGS), np.zeros((TAGS, TAGS))
    for kind in KINDS:
        beginning[goes_on(kind)] = never
        change[:, goes_on(kind)] = never
        change[[begins(kind), goes_on(kind)], goes_on(kind)] = 0.0
        change[[begins(kind), goes_on(kind)], begins(kind)] = never  # two wishes have something between them
    return beginning, change, np.broadcast_to(beginning, (TAGS, TAGS))


_BEGINNING, _CHANGE, _NEW_SENTENCE = _allowed()
