"""Is a request about how to answer, or is it the task itself?"""

import re
from dataclasses import dataclass

from pum.extraction.spans import Reading
from pum.extraction.task_sentences import asks_for_content, is_task
from pum.language.lexicon import FORM, ORDER, RELATED
from pum.language.verbs import CONDUCT_VERBS, CONTENT_VERBS, MANNER_VERBS

_RESHAPING_VERBS = frozenset(
    "number bold label capitalise capitalize shorten condense split box highlight group align indent annotate mark "
    "underline abbreviate trim tighten reformat format restructure rephrase reword reorder collapse merge separate "
    "enumerate italicise italicize limit cap restrict keep stick stay leave".split()
)
"""What is done to an answer that is already there."""

_CHECKING_VERBS = frozenset("check verify review fix correct improve rewrite redo explain prove simplify test".split())
_OF_THE_ANSWER = re.compile(
    r"\b(?:your|you(?:'ve|'re| have| are)?\s+(?:just\s+)?(?:us|mak|tak|appl|writ|wrote|giv|gav|mention|list"
    r"|suggest|cho|"
    r"show|claim|assum|chang|quot|cit|recommend|do\b|did\b|made|took)\w*)\b",
    re.IGNORECASE,
)
_EACH = re.compile(rf"\b(?:every|each|any)\s+(?:\w+\s+){{0,2}}?{RELATED.pattern}", re.IGNORECASE)
_STRUCTURE_VERBS = frozenset("start end begin open close finish lead precede preface conclude".split())
_COORDINATED = re.compile(
    rf"{RELATED.pattern}[^.;:]{{0,30}}?(?:,|\band\b|\bwith\b|\bplus\b|\bthen\b|&)[^.;:]{{0,30}}?{RELATED.pattern}",
    re.IGNORECASE,
)
_QUESTIONS_IN_ORDER = re.compile(r"\b(?:what|where|why|how)\b.*,.*\b(?:why|how)\b.*\band\b", re.IGNORECASE)
_PLACED = re.compile(
    r"\b(?:at|for|to|until|towards) the (?:very )?(?:end|start|top|bottom|beginning)\b(?! of)", re.IGNORECASE
)
_PARTS_VERBS = frozenset("give add include show provide say have use list put".split())
"""With parts in a row, they say what an answer is made of: "give the definition, an example and the edge cases"."""

_TELLING_VERBS = frozenset("tell say show recommend pick give".split())
_TASK_LIKE = frozenset("use include have be make".split())
"""A prohibition with one of these may well be about the task: "do not use recursion"."""

_SHORT = 6
_TO_YOU = ("imperative", "request", "prohibition")
_ELSEWHERE = re.compile(r"(?:able|back|here|there|right|with|at|in)\b", re.IGNORECASE)
_ADDING_VERBS = frozenset("add include name mention state append".split())
"""Asked politely, they say what an answer should have had."""

_CONTRAST = re.compile(r"use\s(?:[\w.+#-]+\s){1,4}(?:not|instead of|rather than)\s", re.IGNORECASE)
_BETWEEN_US = re.compile(r"\b(?:me|my|you|your)\b", re.IGNORECASE)
_WOULD = re.compile(r"\byou(?:'d| would)\s+\w+", re.IGNORECASE)
_QUOTED = re.compile(r"[\ue000-\uf8ff]")
_WISHES = ("wish", "should", "prohibition", "complaint")


@dataclass(frozen=True)
class Signs:
    """What stands around a request. `occasion`: under a condition about the conversation, not only the thing at hand.

    `spoken`: that condition speaks of what you or I do.
    `conditional`: under any condition. `momentary`: its condition only points at the thing at hand. `standing`: a word
    such as "always". `marked`: "please" or such a word. `restricted`: "just" or "only" before the verb.
    """

    conditional: bool = False
    request_type: bool = False
    spoken: bool = False
    momentary: bool = False
    standing: bool = False
    marked: bool = False
    restricted: bool = False

    @property
    def lasting(self) -> bool:
        return self.standing or self.request_type


def about_answers(reading: Reading, signs: Signs) -> bool:
    """True for "use bullets" and, beside a sign that it is meant to last or about replies, "give an example"."""
    action = reading.action
    words = action.lower().removeprefix("do not ").replace(",", " ").split()
    if not words or (signs.conditional and not (signs.lasting or signs.momentary)):
        return False
    if is_task(action, signs.standing or signs.spoken, signs.request_type) or (
        not signs.lasting and asks_for_content(action)
    ):
        return False
    known = words[0] in MANNER_VERBS or words[0] in ("be", "come")
    if not known and not signs.lasting:
        return False
    if FORM.search(action):
        return True
    request = _Request(reading, words[0], " ".join(words[1:]), signs)
    return _shapes_an_answer(request) or _speaks_to_the_assistant(request) or _is_deliberate(request)


@dataclass(frozen=True)
class _Request:
    reading: Reading
    verb: str
    rest: str
    signs: Signs

    @property
    def related(self) -> bool:
        return bool(RELATED.search(self.rest))


def _shapes_an_answer(request: _Request) -> bool:
    """A word of answers beside a verb, a place or a pointer that only an answer has."""
    verb, rest, kind = request.verb, request.rest, request.reading.kind
    if not request.related:
        return False
    polite = kind == "request" or (request.signs.marked and kind == "imperative")
    return bool(
        verb in _RESHAPING_VERBS | _STRUCTURE_VERBS
        or (verb in _PARTS_VERBS and (_COORDINATED.search(rest) or _QUESTIONS_IN_ORDER.search(rest)))
        or (verb not in CONTENT_VERBS and _PLACED.search(rest))
        or (verb not in _CHECKING_VERBS and (_OF_THE_ANSWER.search(rest) or _EACH.search(rest)))
        or (request.signs.restricted and kind == "imperative")
        or (verb in _ADDING_VERBS and polite)
    )


def _speaks_to_the_assistant(request: _Request) -> bool:
    """What one says to a partner in conversation, not about a task: "be blunt", "don't touch my style"."""
    verb, rest, kind = request.verb, request.rest, request.reading.kind
    if verb == "be" and kind in _TO_YOU and len(rest.split()) < _SHORT and not _ELSEWHERE.match(rest):
        return True
    if verb in _TELLING_VERBS and _WOULD.search(rest):
        return True
    if _CONTRAST.match(f"{verb} {rest}"):
        return True
    if kind != "prohibition":
        return False
    told_off = verb in MANNER_VERBS and verb not in _TASK_LIKE
    return bool(told_off or request.signs.marked or _BETWEEN_US.search(rest) or _QUOTED.search(rest))


def _is_deliberate(request: _Request) -> bool:
    """Without a plain word for a form: do enough other signs come together?"""
    reading, verb, signs = request.reading, request.verb, request.signs
    related, conduct = request.related, verb in CONDUCT_VERBS
    wished = reading.kind in _WISHES
    if wished and (_PLACED.search(request.rest) or (reading.negated and _QUOTED.search(request.rest))):
        return True
    polite = signs.marked and reading.kind in ("imperative", "fragment") and verb not in CONTENT_VERBS
    deliberate = wished or polite or bool(ORDER.search(reading.action))
    if (related and conduct) or ((related or conduct) and (signs.lasting or deliberate)):
        return True
    if signs.request_type:
        return wished or verb in MANNER_VERBS
    return signs.standing and verb in MANNER_VERBS and reading.kind != "complaint"
