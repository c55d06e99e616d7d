"""The extractor that quotes: what the trained detector finds in a message, in the person's own words.

Every action, every condition and every note is a contiguous stretch of the message. Spans are only trimmed at their
ends, and never so that a negation is lost.
"""

from collections.abc import Collection
from dataclasses import dataclass
from math import exp

import numpy as np

from pum.core.schemas import ExtractedPreference
from pum.core.text_cache import cached_by_text
from pum.extraction.detector import ATTRIBUTES, TOPICS, Detector, Scores
from pum.extraction.scope import scope_of
from pum.extraction.units import (
    CLAUSE_ENDS,
    OUTSIDE,
    TAGS,
    Span,
    Units,
    begins,
    best_spans,
    goes_on,
    units_of,
    with_negation,
)
from pum.language.english import is_english

HEARD_FROM = -0.5
"""The score from which a span counts. Chosen on heldout_dev, like the two below."""
_TAGGED_MORE = 0.5
_TOPIC_COUNTS = 0.5
_MESSAGES_KEPT = 4096
_SHORT_REST = 3
_NO_PART = frozenset("please pls thanks thx and but or".split())


@dataclass(frozen=True)
class Heard:
    """What a message says: the preferences in it, and the `withdrawals`, words that take an earlier one back."""

    preferences: tuple[ExtractedPreference, ...] = ()
    withdrawals: tuple[str, ...] = ()


class QuotingExtractor:
    """As `RuleExtractor`, by a trained detector. `kinds`: which preferences are kept, of "style" and "content"."""

    def __init__(self, detector: Detector, kinds: Collection[str] = ("style", "content")) -> None:
        self._detector, self._kinds = detector, frozenset(kinds)
        # Users repeat themselves, and tasks return.
        self.hear = cached_by_text(_MESSAGES_KEPT)(self._hear)

    def extract(self, message: str, topic: str | None = None) -> tuple[ExtractedPreference, ...]:
        return self.hear(message).preferences

    def _hear(self, message: str) -> Heard:
        units = units_of(message)
        if not units.places or not is_english(message):
            return Heard()
        scores = self._detector.read(units)
        spans = best_spans(scores.tags - _TAGGED_MORE * (np.arange(TAGS) == OUTSIDE), units.sentence)
        heard = [
            span
            for span in spans
            if span.kind != "condition"
            and any(units.says[span.first : span.last])
            and _score(span, scores) >= HEARD_FROM
        ]
        found: dict[tuple[str, str], ExtractedPreference] = {}
        for span in heard:
            if span.kind in self._kinds:
                preference = _preference(message, units, scores, spans, span)
                found.setdefault((preference.condition.lower(), preference.action.lower()), preference)
        withdrawals = [_words(message, units, span) for span in heard if span.kind == "withdrawal"]
        return Heard(tuple(found.values()), tuple(withdrawals))


def _score(span: Span, scores: Scores) -> float:
    """Log-odds, roughly, that the span is of its kind, by its own units and by the whole message."""
    of_units = scores.tags[span.first : span.last]
    kind = np.maximum(of_units[:, begins(span.kind)], of_units[:, goes_on(span.kind)])
    return float(np.mean(kind - of_units[:, OUTSIDE]) + _TOPIC_COUNTS * scores.topics[TOPICS.index(span.kind)])


def _preference(message: str, units: Units, scores: Scores, spans: list[Span], span: Span) -> ExtractedPreference:
    condition = condition_of(span, spans, units)
    action = whole(span, spans, message, units)
    attributes = scores.attributes[span.first : span.last].mean(axis=0)
    wanted, standing = (attributes[ATTRIBUTES.index(name)] > 0 for name in ("wanted", "standing"))
    together = _together(action, condition, spans, units)
    said = _words(message, units, condition) if condition else ""
    return ExtractedPreference(
        condition=said,
        action=_words(message, units, action),
        confidence=round(1 / (1 + exp(-_score(span, scores))), 2),
        scope=scope_of(said),
        negated=not wanted,
        span=_words(message, units, _sentence(span, units)),
        kind=span.kind,
        standing=bool(standing),
        quotation=_words(message, units, together),
    )


def condition_of(span: Span, spans: list[Span], units: Units) -> Span | None:
    """The condition that an action's sentence names for it: where the sentence begins with one, the last before the
    action, otherwise the next behind it. A condition alone in front of a colon holds for the lines that follow."""
    sentence = units.sentence[span.first]
    same = [other for other in spans if units.sentence[other.first] == sentence]
    conditions = [other for other in same if other.kind == "condition"]
    if conditions:
        before = [other for other in conditions if other.last <= span.first]
        behind = [other for other in conditions if other.first >= span.last]
        if same[0].kind == "condition" or not behind:
            return before[-1] if before else conditions[0]
        return behind[0]
    heading = _heading(sentence, units)
    alone = [other for other in spans if heading is not None and units.sentence[other.first] == heading]
    return alone[-1] if alone and all(other.kind == "condition" for other in alone) else None


def _heading(sentence: int, units: Units) -> int | None:
    """The nearest earlier sentence that ends with a colon."""
    return next((number for number in range(sentence - 1, -1, -1) if units.pieces[number][1][-1] == ":"), None)


def whole(span: Span, spans: list[Span], message: str, units: Units) -> Span:
    """The span with the negation before it, and with the rest of its clause, where that is only a few words."""
    taken = max((other.last for other in spans if other.last <= span.first), default=0)
    first, last = with_negation(message, units, span.first, taken), span.last
    following = [other.first for other in spans if other.first >= last]
    end = min([*following, _sentence(span, units).last])
    while last < end and message[slice(*units.places[last])].lower() not in CLAUSE_ENDS | _NO_PART:
        last += 1
    return Span(span.kind, first, last if last - span.last <= _SHORT_REST else span.last)


def _together(action: Span, condition: Span | None, spans: list[Span], units: Units) -> Span:
    """The action with its condition, where they stand in one sentence and no other span is among them."""
    if condition is None or units.sentence[condition.first] != units.sentence[action.first]:
        return action
    both = Span(action.kind, min(action.first, condition.first), max(action.last, condition.last))
    among = [span for span in spans if span.first < both.last and span.last > both.first]
    return both if len(among) == 2 else action


def _sentence(span: Span, units: Units) -> Span:
    number = units.sentence[span.first]
    first = units.sentence.index(number)
    return Span(span.kind, first, first + units.sentence.count(number))


def _words(message: str, units: Units, span: Span) -> str:
    """The words of a span as they stand in the message, without the marks at its ends that belong to the sentence."""
    first, last = span.first, span.last
    text = [message[slice(*place)] for place in units.places[first:last]]
    while len(text) > 1 and text[-1] in CLAUSE_ENDS and not _closes(text):
        text.pop()
        last -= 1
    while len(text) > 1 and text[0] in ",;:.)":
        text.pop(0)
        first += 1
    return message[units.places[first][0] : units.places[last - 1][1]]


def _closes(text: list[str]) -> bool:
    """Whether the last mark closes a bracket that was opened in the same words."""
    opening = {")": "(", "]": "[", "}": "{"}.get(text[-1])
    return opening is not None and text.count(opening) >= text.count(text[-1])
