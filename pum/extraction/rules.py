"""Preference extraction by rules: what a message says about HOW to answer, apart from what it asks about.

A clause becomes a preference when it (1) asks for something (an order, request, wish, prohibition, complaint) and (2)
speaks about the form of answers: with a plain word for it, or with a word of answers beside a sign that it is meant
to last ("always", a condition, an order of parts, a wish). Confidence grows with these signs.
"""

import re
from collections.abc import Awaitable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Protocol

from pum.core.schemas import ExtractedPreference
from pum.core.text_cache import cached_by_text
from pum.extraction.clause_patterns import LACK, POINTING
from pum.extraction.clause_split import VERDICT_LAST, parts, prepare, without_reason
from pum.extraction.clauses import read_clause
from pum.extraction.conditions import Split, is_occasion, speaks_of_us, split_condition
from pum.extraction.phrases import Reading, read_phrase
from pum.extraction.relevance import Signs, about_answers
from pum.extraction.scope import scope_of
from pum.language.lexicon import CONDUCT_VERBS, FORM
from pum.language.prose import Sentence, own_sentences

_SHORTEST_SENTENCE = 6
_ORDERS = ("imperative", "prohibition")
_MESSAGES_KEPT, _SENTENCES_KEPT = 4096, 8192

LONGEST_CONDITION, SHORTEST_ACTION, LONGEST_ACTION = 128, 3, 256

_BASE_CONFIDENCE = {
    "wish": 0.8, "should": 0.8, "prohibition": 0.75, "request": 0.7, "imperative": 0.7,
    "complaint": 0.65, "fragment": 0.55,
}  # fmt: skip

_STANDING_BONUS, _CONDITION_BONUS, _FORM_BONUS = 0.15, 0.05, 0.05

_NEVER = re.compile(r"\b(?:never|no longer|any ?more|no more)\b", re.IGNORECASE)

_RESTRICTED = re.compile(
    r"^(?:\w+\s+){0,4}(?:just|only|simply)\b|\bonly$|\bnothing (?:else|more|but)\b|^(?:all|what) i (?:want|need)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class _Request:
    """What one clause asks for. `number`: of its sentence in the message. `condition` and `momentary` as in `Split`."""

    sentence: Sentence
    number: int
    reading: Reading
    condition: str
    momentary: bool
    standing: bool
    marked: bool
    restricted: bool

    @property
    def signs(self) -> Signs:
        request_type = is_occasion(self.condition) and not self.momentary
        return Signs(
            bool(self.condition),
            request_type,
            request_type and speaks_of_us(self.condition),
            self.momentary,
            self.standing,
            self.marked,
            self.restricted,
        )


class Extractor(Protocol):
    """Reads preferences out of a user's message, at once or by asking a model."""

    def extract(
        self, message: str, topic: str | None = None
    ) -> tuple[ExtractedPreference, ...] | Awaitable[tuple[ExtractedPreference, ...]]: ...


class RuleExtractor:
    """Reads standing preferences and requests about the form of answers out of a user's message."""

    def extract(self, message: str, topic: str | None = None) -> tuple[ExtractedPreference, ...]:
        """The preferences in `message`, in order, each once.

        `topic` is the kind of task under way ("programming"); it words conditions that only point, such as "for
        questions like this". Any text is accepted; time is linear in its length.
        """
        return _preferences(message, topic)


def note_of(preference: ExtractedPreference) -> str:
    """The sentence that a card puts into the prompt: a quotation where there is one."""
    if preference.quotation:
        return preference.quotation
    if preference.condition:
        return f"When {preference.condition}, {preference.action}."
    return f"{preference.action[:1].upper()}{preference.action[1:]}."


@cached_by_text(_MESSAGES_KEPT)
def _preferences(message: str, topic: str | None) -> tuple[ExtractedPreference, ...]:
    requests = [
        replace(request, number=number)
        for number, sentence in enumerate(own_sentences(message))
        for request in _requests(sentence, topic)
    ]
    found: dict[tuple[str, str], ExtractedPreference] = {}
    for request in _resolved(requests):
        if _counts(request) and (preference := _preference(request)):
            found.setdefault((preference.condition.lower(), preference.action.lower()), preference)
    return tuple(found.values())


@cached_by_text(_SENTENCES_KEPT)
def _requests(sentence: Sentence, topic: str | None) -> tuple[_Request, ...]:
    """What the sentence asks for. Users repeat themselves and tasks return, so that most sentences were read before."""
    if len(sentence.text) < _SHORTEST_SENTENCE:
        return ()
    found: list[_Request] = []
    for text in without_reason(sentence.text):
        requests = list(_clauses(sentence, text, topic))
        if not any(map(_counts, requests)) and ", " in text:
            # "My English is bad, use easy words": what goes before may be no clause that the rules know.
            last = _clauses(sentence, text.rsplit(", ", 1)[1], topic) if not sentence.text.endswith("?") else ()
            requests += [request for request in last if _counts(request) and request.reading.kind in _ORDERS]
        found += requests
    return tuple(found)


def _counts(request: _Request) -> bool:
    return about_answers(request.reading, request.signs)


def _clauses(sentence: Sentence, text: str, topic: str | None) -> Iterator[_Request]:
    clause = prepare(text)
    split = split_condition(VERDICT_LAST.sub(r"\g<when>, \g<thing> \g<verdict>", clause.text), topic)
    for part in parts(split.main):
        inner = prepare(part or "")
        own = split_condition(inner.text, topic) if not split.condition else Split("", inner.text)
        chosen = own if own.condition else split
        standing = (
            clause.standing or inner.standing or split.universal or own.universal or bool(_NEVER.search(sentence.text))
        )
        restricted = bool(_RESTRICTED.search(inner.text))
        marked = clause.polite or inner.polite or clause.standing or inner.standing or restricted
        reading = read_clause(own.main, marked) if own.main else None
        if reading is None and is_occasion(split.condition) and not split.momentary and "?" not in sentence.text:
            reading = read_phrase(own.main)
        if reading and not (reading.kind == "fragment" and sentence.text.endswith("?") and not marked):
            yield _Request(sentence, 0, reading, chosen.condition, chosen.momentary, standing, marked, restricted)


def _resolved(requests: Iterable[_Request]) -> list[_Request]:
    """Say what "them" are in "there are no hints; I want them", as one request. One that only points is left out."""
    resolved: list[_Request] = []
    for request in requests:
        action = request.reading.action
        pointing = POINTING.match(action)
        if pointing and action.removeprefix("do not ").split()[0] not in CONDUCT_VERBS:
            lack = _lack_before(request, resolved)
            things = _named(lack, pointing["more"] or "")
            if not things:
                continue
            earlier = resolved.pop().condition if lack else ""
            reading = replace(request.reading, action=f"{pointing['verb']} {things}")
            request = replace(request, reading=reading, condition=request.condition or earlier)
        resolved.append(request)
    return resolved


def _named(lack: str | None, more: str) -> str:
    """ "them, and headings too" as the things meant: what was missing, as far as it is known, and what is added."""
    if lack:
        return f"{lack}{more}"
    added = re.match(r"^(?:,?\s+and|,)\s+(?!(?:in|into|as|at|by|for|like|on|to|with)\b)(\S.*)$", more, re.IGNORECASE)
    return added[1] if added else ""


def _lack_before(request: _Request, earlier: list[_Request]) -> str | None:
    """The thing that the clause or sentence just before complained to be missing."""
    if not earlier or earlier[-1].reading.kind != "complaint" or request.number - earlier[-1].number > 1:
        return None
    match = LACK.match(earlier[-1].reading.action)
    return match["thing"] if match else None


def _preference(request: _Request) -> ExtractedPreference | None:
    sentence, reading = request.sentence, request.reading
    condition = sentence.restore(request.condition)
    action = re.sub(r"\s+", " ", sentence.restore(reading.action)).strip(" .,:;!?")
    action = f"{action[:1].lower()}{action[1:]}" if not action[1:2].isupper() else action
    if len(condition) > LONGEST_CONDITION or not SHORTEST_ACTION <= len(action) <= LONGEST_ACTION:
        return None
    return ExtractedPreference(
        condition=condition,
        action=action,
        confidence=_confidence(reading, condition, request.standing),
        scope=scope_of(condition),
        negated=reading.negated,
        span=sentence.raw,
    )


def read_anyhow(sentence: Sentence, topic: str | None) -> ExtractedPreference | None:
    """A sentence known to say how to answer, although the rules cannot tell how: as an order or wish if it is one, else
    in the user's own words. None when it is too long or too short."""
    for request in _requests(sentence, topic):
        if preference := _preference(request):
            return preference
    split = split_condition(prepare(sentence.text).text, topic)
    said = Reading("complaint", split.main or sentence.text)
    return _preference(_Request(sentence, 0, said, split.condition, split.momentary, False, False, False))


def _confidence(reading: Reading, condition: str, standing: bool) -> float:
    """In [0, 1]: how plainly the user asked, and how plainly it is meant to last."""
    value = _BASE_CONFIDENCE[reading.kind]
    value += (
        _STANDING_BONUS * standing
        + _CONDITION_BONUS * bool(condition)
        + _FORM_BONUS * bool(FORM.search(reading.action))
    )
    return round(min(value, 1.0), 2)
