"""Preference extraction by rules: what a message says about HOW to answer, apart from what it asks about.

A clause becomes a preference when it (1) asks for something (an order, request, wish, prohibition, complaint) and (2)
speaks about the form of answers: with a plain word for it, or with a word of answers beside a sign that it is meant
to last ("always", a condition, an order of parts, a wish). Confidence grows with these signs.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from pum.memory.clause_patterns import LACK, POINTING
from pum.memory.clauses import Reading, read_clause
from pum.memory.conditions import Split, is_occasion, split_condition
from pum.memory.lexicon import (
    ARTIFACT,
    ASSISTANCE,
    CONDUCT_VERBS,
    CONTENT_VERBS,
    FORM,
    MANNER_VERBS,
    MATERIAL,
    ORDER,
    RELATED,
    TASK,
)
from pum.memory.prose import Sentence, own_sentences
from pum.memory.scope import scope_of
from pum.schemas import ExtractedPreference

_SHORTEST_SENTENCE = 6
LONGEST_CONDITION, SHORTEST_ACTION, LONGEST_ACTION = 128, 3, 256

_BASE_CONFIDENCE = {
    "wish": 0.8, "should": 0.8, "prohibition": 0.75, "request": 0.7, "imperative": 0.7,
    "complaint": 0.65, "fragment": 0.55,
}  # fmt: skip
_STANDING_BONUS, _CONDITION_BONUS, _FORM_BONUS = 0.15, 0.05, 0.05

_STANDING = re.compile(
    r",?\s*\b(?:from (?:now|here|this point) on(?:wards?)?|in (?:the )?future|next time(?!\s+(?:i|you|we|u)\b)"
    r"|going forward|at all times|as a rule|by default|"
    r"generally speaking|generally|in general|as always|as usual|whatever i ask(?: you)?|until i say otherwise"
    r"|for everything|each and every time|"
    r"every (?:single )?time(?=$|,)|permanently|henceforth)\b\s*,?|^(?P<head>(?:\S+\s+){0,5}?)always\b|,?\s*\balways$",
    re.IGNORECASE,
)
_SUBORDINATE = re.compile(r"(?:when\w*|if|while|every ?time)\b[^,]*$", re.IGNORECASE)
_NEVER = re.compile(r"\b(?:never|no longer|any ?more|no more)\b", re.IGNORECASE)
_POLITE = re.compile(
    r",?\s*\b(?:please|pls|plz|kindly|if possible|if you (?:can|could|please)|thank you|thanks|thx|ok|okay"
    r"|got it|if it is not too much trouble|"
    r"perhaps|remember)\b\s*(?=,|$|\?|!|\.)|\b(?:please|pls|plz|kindly)\b,?\s*",
    re.IGNORECASE,
)
_OPENERS = re.compile(
    r"^(?:(?:ok(?:ay)?|also|and|but|so|well|hey|hi|hello|sorry(?: but)?|oh|yes|yeah|yep|hm+|btw|like"
    r"|once (?:more|again)|plus|then|in addition)"
    r"(?:\s*[,:!-]+\s*|\s+))+|^(?:thanks?(?: you)?|great|nice|good|cool|one more thing|another thing|by the way"
    r"|instead(?: of [^,]+)?|actually|again|note|"
    r"reminder|important|now|no|nope|remember|as (?:i|we) (?:said|mentioned|agreed)(?: before)?|like i (?:said"
    r"|mentioned))\s*[,:!-]+\s*",
    re.IGNORECASE,
)
_REMINDED = re.compile(
    r",?\s*\b(?:like|as) (?:i|we) (?:\w+ )?(?:said|asked|mentioned|told you|agreed)(?: before| already)?\b",
    re.IGNORECASE,
)
_CLAUSE_BREAK = re.compile(
    r"\s*;\s*|\s+-\s+|,?\s+but\s+|[,:]\s+(?:and\s+)?(?=(?:please|don't|dont|do not|never|stop|no more|can we"
    r"|can you|could you|i want|i need|"
    r"i'd|i would like|get straight|keep|break it|hint|cut|put|make)\b)|\s+and\s+(?=(?:don't|dont|do not|never"
    r"|stop)\b)|\s+(?=please\s+(?:don't|do not|stop|use|keep)\b)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class _Clause:
    text: str
    standing: bool
    polite: bool


@dataclass(frozen=True)
class _Request:
    """What one clause asks for. `number`: of its sentence. `condition` and `momentary` as in `Split`."""

    sentence: Sentence
    number: int
    reading: Reading
    condition: str
    momentary: bool
    standing: bool
    marked: bool


class RuleExtractor:
    """Reads standing preferences and requests about the form of answers out of a user's message."""

    def extract(self, message: str, topic: str | None = None) -> tuple[ExtractedPreference, ...]:
        """The preferences in `message`, in order, each once.

        `topic` is the kind of task under way ("programming"); it words conditions that only point, such as "for
        questions like this". Any text is accepted; time is linear in its length.
        """
        requests = [
            request
            for number, sentence in enumerate(own_sentences(message))
            for request in _requests(sentence, number, topic)
        ]
        found: dict[tuple[str, str], ExtractedPreference] = {}
        for request in _resolved(requests):
            if _about_answers(request) and (preference := _preference(request)):
                found.setdefault((preference.condition.lower(), preference.action.lower()), preference)
        return tuple(found.values())


def note_of(preference: ExtractedPreference) -> str:
    """The sentence that a card puts into the prompt."""
    if preference.condition:
        return f"When {preference.condition}, {preference.action}."
    return f"{preference.action[:1].upper()}{preference.action[1:]}."


def _requests(sentence: Sentence, number: int, topic: str | None) -> Iterator[_Request]:
    if len(sentence.text) < _SHORTEST_SENTENCE:
        return
    clause = _prepare(sentence.text)
    split = split_condition(clause.text, topic)
    for part in _CLAUSE_BREAK.split(split.main):
        inner = _prepare(part or "")
        own = split_condition(inner.text, topic) if not split.condition else Split("", inner.text)
        chosen = own if own.condition else split
        standing = (
            clause.standing or inner.standing or split.universal or own.universal or bool(_NEVER.search(sentence.text))
        )
        marked = clause.polite or inner.polite or clause.standing or inner.standing
        reading = read_clause(own.main, marked) if own.main else None
        if reading:
            yield _Request(sentence, number, reading, chosen.condition, chosen.momentary, standing, marked)


def _resolved(requests: Iterable[_Request]) -> list[_Request]:
    """Say what "them" are in "there are no hints; I want them", as one request. One that only points is left out."""
    resolved: list[_Request] = []
    for request in requests:
        if pointing := POINTING.match(request.reading.action):
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


def _prepare(text: str) -> _Clause:
    """Take greetings, politeness and standing words off the clause, so that its first word is its verb or subject."""
    text = text.strip(" \t.,:;!?-*_()[]")
    text, standing = _STANDING.subn(lambda match: f"{match['head'] or ''} ", text)
    text, polite = _POLITE.subn(", " if _SUBORDINATE.match(text) else " ", text)
    text = _REMINDED.sub(" ", text)
    previous = None
    text = re.sub(r"\s+", " ", text).strip(" ,.:;!?-")
    while text != previous:
        previous, text = text, _OPENERS.sub("", text, count=1).strip()
    return _Clause(text, bool(standing), bool(polite))


def _about_answers(request: _Request) -> bool:
    """Is this about how to answer, not about the task?"""
    reading, standing = request.reading, request.standing
    action = reading.action
    if (TASK.search(action) and not standing) or ARTIFACT.match(action) or ASSISTANCE.match(action):
        return False
    if MATERIAL.match(action) and not (standing or FORM.search(action)):
        return False
    words = action.lower().removeprefix("do not ").split()
    occasion = is_occasion(request.condition) and not request.momentary
    lasting = standing or occasion
    if not words or (request.condition and not (lasting or request.momentary)):
        return False
    if words[0] not in MANNER_VERBS | {"be", "come"} and not lasting:
        return False
    if FORM.search(action):
        return True
    related = RELATED.search(" ".join(words[1:]))
    polite = request.marked and reading.kind in ("imperative", "fragment") and words[0] not in CONTENT_VERBS
    deliberate = reading.kind in ("wish", "should", "prohibition", "complaint") or bool(ORDER.search(action)) or polite
    if (related or words[0] in CONDUCT_VERBS) and (lasting or deliberate):
        return True
    if related and words[0] in CONDUCT_VERBS:
        return True
    return lasting and words[0] in MANNER_VERBS and (occasion or reading.kind != "complaint")


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


def _confidence(reading: Reading, condition: str, standing: bool) -> float:
    """In [0, 1]: how plainly the user asked, and how plainly it is meant to last."""
    value = _BASE_CONFIDENCE[reading.kind]
    value += (
        _STANDING_BONUS * standing
        + _CONDITION_BONUS * bool(condition)
        + _FORM_BONUS * bool(FORM.search(reading.action))
    )
    return round(min(value, 1.0), 2)
