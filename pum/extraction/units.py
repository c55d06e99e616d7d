"""Words and marks of what a person says, with their places; and the tags that the detector gives them.

Each unit is inside or outside of a span of one kind, and begins it or goes on with it (BIO tags).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pum.language.prose import own_stretches

KINDS = ("style", "content", "withdrawal", "condition")
OUTSIDE = 0
TAGS = 1 + 2 * len(KINDS)
"""`OUTSIDE`, then for each kind the tag of a span's first unit and that of its others."""

_UNIT = re.compile(r"\w+(?:['’.\-/]\w+)*|[^\w\s]")


def begins(kind: str) -> int:
    return 1 + 2 * KINDS.index(kind)


def goes_on(kind: str) -> int:
    return begins(kind) + 1


@dataclass(frozen=True)
class Units:
    """The units of a message's own sentences: `places` (start, end) in the message, and the `sentence` of each.

    `pieces`: each sentence as its units' texts, and whether something else stands between it and the one before.
    """

    places: tuple[tuple[int, int], ...]
    sentence: tuple[int, ...]
    pieces: tuple[tuple[bool, tuple[str, ...]], ...]


@dataclass(frozen=True)
class Span:
    """Units `first` to `last`, the latter not included."""

    kind: str
    first: int
    last: int


def units_of(message: str) -> Units:
    places, sentence, pieces, before = [], [], [], None
    for start, end in own_stretches(message):
        own = [(start + match.start(), start + match.end()) for match in _UNIT.finditer(message[start:end])]
        if not own:
            continue
        apart = before is not None and bool(message[before : own[0][0]].strip(" \t"))
        sentence += [len(pieces)] * len(own)
        pieces.append((apart, tuple(message[first:last] for first, last in own)))
        places += own
        before = own[-1][1]
    return Units(tuple(places), tuple(sentence), tuple(pieces))


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
    return beginning, change, np.broadcast_to(beginning, (TAGS, TAGS))


_BEGINNING, _CHANGE, _NEW_SENTENCE = _allowed()
