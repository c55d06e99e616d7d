"""Is a request about how to answer, or is it the task itself?"""

import re
from dataclasses import dataclass

from pum.extraction.phrases import Reading
from pum.language.lexicon import (
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

_ANSWER_NOUN = (
    r"(?:answers?|repl(?:y|ies)|responses?|explanations?|output|steps?|code|solutions?|options|trade-?offs|changes"
    r"|assumptions|parameters|results?|points?|ideas?|reasoning|conclusions?|sections?|paragraphs?|lists?|tables?"
    r"|comparisons?|alternatives|commands?|docs|terms|components|keywords|imports|examples?|remarks|factors|causes"
    r"|snippets?|blocks?|formulas?|names|arguments?|headings?|derivations?|proofs?)"
)
_CONTENT_OF = re.compile(
    r"\b(?:remarks?|questions?|examples?|explanations?|definitions?|summar(?:y|ies)|lists?|tables?|derivations?"
    r"|descriptions?|overviews?"
    r"|outlines?|diagrams?|paragraphs?|sentences?|bullet points?|bullets|snippets?|proofs?|solutions?|reviews?"
    r"|docstrings?)"
    r"\s+(?:of|about|on|for|describing|comparing)\s+(?!(?:your|it|me|clarity|readability|emphasis|each|every|any"
    r"|all|both"
    r"|what\s+(?:you|changed)|how\s+you|the\s+(?:\w+\s+)?"
    + _ANSWER_NOUN
    + r"|the\s+(?:pros|key|main|whole)|"
    + _ANSWER_NOUN
    + r"|code|functions?|text|context|prose|length|at\s+most|(?:more|less|fewer)\s+than|\d+|no|one|two|three)\b)",
    re.IGNORECASE,
)
_ON_MATERIAL = re.compile(
    r"^(?:do not )?(?:summari[sz]e|translate|explain|describe|check|list|define|compare|answer|rewrite|rephrase|shorten"
    r"|format|reformat|correct|fix|review|improve|simplify|convert|sort|expand|turn|make|read|complete|condense"
    r"|annotate"
    r"|comment|document|split|write|put)\s+(?:me\s+|up\s+)?(?:(?:the\s+(?:\w+\s+){0,2}?(?:(?:below|above)(?! each"
    r"| every| the)|article"
    r"|sentence|string|text|array"
    r"|paragraph|passage|essay|letter|e-?mail|list into|equation|expression|numbers?|words?)\b)"
    r"|(?:this|these|those|that|my|our|the (?:following|above|attached))\s+paragraph"
    r"|(?:this|these|those|that|my|our|the (?:following|above|attached))\s+(?!(?:\w+\s+)?(?:mistakes?|errors?"
    r"|english|spelling|grammar|terms|wording)\b|(?:"
    + _ANSWER_NOUN
    + r"|way|format|style|kind|sort|is|as|in|into|to|with|imports|comments)\b)\w+)",
    re.IGNORECASE,
)
_IN_MATERIAL = re.compile(
    r"\b(?:to|into|in|inside|for|from|of|on|with)\s+(?:(?:this|my|our|that|these|those|his|her|their"
    r"|the (?:following|above))\s+"
    r"(?:\w+\s+){0,2}(?:function|class|method|script|file|program|app|website|page|documents?|doc|essay|paper|cv|resume"
    r"|thesis|article|letter|e-?mail|presentation|slides?|report|book|blog|homework|spreadsheet|database|game"
    r"|story|poem"
    r"|boss|team|teacher|clients?|friends?|wife|husband|kids?|colleagues?|profile|portfolio|company|loop|dataset"
    r"|data)\b"
    r"|the (?:\w+ ){1,3}(?:above|below)(?=$|[,.?!)])|(?:word|excel|powerpoint|google docs)\b)",
    re.IGNORECASE,
)
_CONTENT_QUESTION = re.compile(
    r"^explain\b.*\bagain$|^let me know\b|^add\s.*\bto (?:this|my)\s|^use the (?:\w+ ){0,2}(?:below|above"
    r"|following|fact)\b"
    r"|^(?:do not )?(?:explain|describe|tell|show|say|define|list|summari[sz]e|name|give|check|find|see)\s+"
    r"(?:(?:briefly|shortly|quickly|concisely|in detail|me|us|again)\s+)*"
    r"(?:what|how|why|who|where|when|whether|if|which|(?:the )?difference|the concept|about)\s+"
    r"(?!.*\b(?:you|your|i|i'm|i'd|each|every|before|first|then|instead|rather|changed|and why|and how)\b)\w+",
    re.IGNORECASE,
)
_PREMISE = re.compile(
    r"^(?:assume(?!\s+(?:that\s+)?(?:i|i'm)\b)|suppose|consider|say (?:you|there|that|we|i))\b", re.IGNORECASE
)
_QUOTED_ANSWER = re.compile(
    r"^(?:format|express|give|state|write|provide) (?:your|the) (?:final )?answers?:? (?:like|as(?: follows"
    r"|:))(?=\W)|^(?:answer|solve|complete|do)\s+(?:the|this|these)\s+(?:following|above|next|below)\b",
    re.IGNORECASE,
)
_THING_MADE = re.compile(
    r"^show that\b|^(?:compare|contrast|sort)\s+(?!(?:it|them|those|these)\b)|^do not (?:be|use) (?:a |an "
    r"|the )?(?:calculator|prime|equal|zero|negative|empty)\b"
    r"|^(?:do not )?return (?:true|false|none|the|an?|all|each)\b|^(?:make|keep|have) the (?:\w+ )?(?:button"
    r"|screen|page|app|menu|image|window|sidebar|website)\b|^(?:do|does|did)\s+(?:you|i|we|they|it\s+have|these"
    r"|those|the|my)\b|^let\s+(?!me\b|us\b|your\b|the\s+(?:answer|reply|response|code))"
    r"|^(?:find|locate)\b(?!.*\b(?:where|exact|line)\b)|^(?:have|keep|use|make|put|give)\s+(?:my|his|her|our"
    r"|their)\s+(?:\w+\s+)?(?:function|program|app|script|button|page|class"
    r"|method|loop|website|game|user|form|server|list|array|string|file|boss|teacher|team|client)\b",
    re.IGNORECASE,
)


def is_task(action: str, standing: bool, request_type: bool) -> bool:
    """Asks for a value, a thing or help. `standing`: said to hold from now on, as tasks are not."""
    if ARTIFACT.match(action) or ASSISTANCE.match(action) or _THING_MADE.match(action) or _QUOTED_ANSWER.match(action):
        return True
    if standing or (_PREMISE.match(action) and not request_type):
        return not standing
    return bool(TASK.search(action) or (MATERIAL.match(action) and not FORM.search(action)))


def asks_for_content(action: str) -> bool:
    """Names what to speak about, or the user's own material to work on."""
    if action.startswith("do not "):
        return bool(_IN_MATERIAL.search(action))
    return bool(
        _CONTENT_OF.search(action)
        or _ON_MATERIAL.match(action)
        or _IN_MATERIAL.search(action)
        or _CONTENT_QUESTION.match(action)
    )


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
