"""Splitting "when this, do that" into condition and clause, and wording the condition for a note."""

import re
from dataclasses import dataclass

from pum.extraction.scope import scope_of
from pum.language.lexicon import ASKED_THINGS, FORM, MANNER_VERBS, RELATED, SITUATIONS, WRITTEN_THINGS

_SUBORDINATOR = (
    r"(?:when(?:ever|\s*ever)?|if|while|once|as soon as|(?:every|any|each)\s?time"
    r"|after(?=\s+(?:i|you|we|finding|fixing|answering|explaining|solving|writing|reviewing|showing|giving)\b)"
    r"|(?:the\s+)?next\s+time(?=\s+(?:i|you|we|u)\b))"
)
_MAIN_STARTS = (
    r"(?:please|pls|plz|kindly|just|always|never|do not|don't|dont|i want|i would|i'd|i prefer|i like|i need"
    r"|could you|can you|"
    r"would you|you should|use|give|tell|show|put|make|keep|say|start|begin|list|answer|explain|write|avoid"
    r"|skip|point|end)"
)
_NOT_A_QUESTION = r"(?!(?:should|shall|do|does|did|is|are|was|can|could|would|will|to)\b)"
_LEADING = re.compile(
    rf"^{_SUBORDINATOR}\s+{_NOT_A_QUESTION}(?P<condition>[^,:]{{1,128}}?)(?:\s*[,:]\s*(?:then\s+)?"
    rf"|\s+then\s+)(?P<main>\S.*)$",
    re.IGNORECASE,
)
_LEADING_UNMARKED = re.compile(
    rf"^{_SUBORDINATOR}\s+{_NOT_A_QUESTION}(?P<condition>[^,:]{{3,128}}?)\s+(?={_MAIN_STARTS}\b)(?P<main>\S.*)$",
    re.IGNORECASE,
)
_VERB_AHEAD = (
    rf"(?=(?:just\s+|only\s+|always\s+)?(?:{'|'.join(sorted(MANNER_VERBS - {'be', 'like', 'in'}))})\s+"
    r"(?:me|it|them|the|an?|your|each|every|only|just|to|what|which|how|why|where)\b)"
)
_LEADING_BARE = re.compile(
    rf"^(?:{_SUBORDINATOR}\s+{_NOT_A_QUESTION}(?P<condition>[^,:]{{3,80}}?)|(?:for|in)\s+(?!what\b|which\b"
    rf"|how\b)(?P<place>[^,:]{{3,80}}?))\s+{_VERB_AHEAD}(?P<main>\S.*)$",
    re.IGNORECASE,
)
"""No comma between the condition and the order: "when you integrate name the rule"."""

_LEADING_TOPIC = re.compile(
    rf"^(?P<place>(?:[\w+#-]+\s+){{0,3}}[\w+#-]+):\s+(?=(?:always|never|do not|don't|i\s+(?:want|prefer|like)"
    rf"|i'd)\b|{_VERB_AHEAD}|{_MAIN_STARTS}\s)(?P<main>\S.*)$",
    re.IGNORECASE,
)
"""A topic as a heading: "chemistry: always write the equation"."""

_LEADING_PLACE = re.compile(
    rf"^(?:for|in|with|on|about)\s+(?P<place>[^,:]{{1,80}}?)(?:\s*[,:]\s*|\s+(?={_MAIN_STARTS}\b|i\b"
    rf"|you\b))(?P<main>\S.*)$",
    re.IGNORECASE,
)
_TRAILING = re.compile(rf"^(?P<main>.+?),?\s+{_SUBORDINATOR}\s+(?P<condition>\S+\s+\S.*)$", re.IGNORECASE)
_TRAILING_PLACE = re.compile(
    r"^(?P<main>.+),?\s+(?P<preposition>for|in|with|on)\s+(?P<place>[^,]{1,80})$", re.IGNORECASE
)
_TRAILING_STATE = re.compile(
    r"^(?P<main>.+?),?\s+(?:when|if)\s+(?P<condition>in doubt|unsure|stuck|possible)$", re.IGNORECASE
)
_COMPLEMENT = re.compile(
    r"(?:\b(?:like|love|hate|stand|prefer|appreciate|helps?|nice|great|good|better|mind|it)(?: it| me)?|"
    r"\b(?:ask|tell|show|explain|check|see|know|say|let me know)(?: me| us)?|\bas)$",
    re.IGNORECASE,
)
_DEICTIC = re.compile(
    r"^(?:questions?|problems?|tasks?|things?|(?:this|these|that|those)\s+\w.*|.*\b(?:like (?:this|these|that)))$",
    re.IGNORECASE,
)
_OUTPUT_PLACE = re.compile(
    r"^(?:the|your|a|an|one|every|each|all|my)\s+(?:\w+\s+)?(?:answers?|code|repl(?:y|ies)|explanations?|proof)$",
    re.IGNORECASE,
)
_TAKES_OBJECT = re.compile(
    r"\b(?:ends?|starts?|begins?|opens?|closes?|finish|lead|ended|asked|ask|asking|stick|go|help|come|came)$",
    re.IGNORECASE,
)
_PART_NAMED = re.compile(
    r"\bthe (?:\w+ )?(?:steps|instructions|code|formula|commands?|tips|reasons?|way|method|rules?)$", re.IGNORECASE
)
_COMPARISON = re.compile(r"\b(?:as|like|just as|such as),?$", re.IGNORECASE)
_AT_HAND = re.compile(
    r"^(?:this|that|it|(?:(?:this|that)\s+(?:(?!kind|sort|type)\w+\s+)?(?!kind|sort|type)\w+)"
    r"|\w+ing\s+(?:this|that|it|these|those|them))$",
    re.IGNORECASE,
)
_NO_TOPIC = re.compile(
    r"\b(?:says?|said|is|are|was|were|it|this|that|these|me|i|you|rules?|note|below|following|translate|summary"
    r"|task|question|problem"
    r"|please|step|example|hint|answer|here|also|new|topic|next|another|now|first|then|style|format|request|wish"
    r"|again|option\w*)\b",
    re.IGNORECASE,
)
_SORT_OF_ANSWER = re.compile(
    r"^(?!(?:the|your|all|my|any|every|future|short|long|full|complete|more|fewer|plain|simple|clear"
    r"|detailed)\b)(?:[\w-]+\s+){1,2}(?:answers|replies|explanations|responses)$",
    re.IGNORECASE,
)
_GENERIC = re.compile(
    r"^(?!(?:the|this|that|these|those|my|your|our|all|both|some|a|an|example|instance|loops?|clarity|\d+|[ivx]|me"
    r"|us|it|them)\b)"
    r"(?:[\w-]+\s+){0,3}[\w-]{2,}[^s\W]s$",
    re.IGNORECASE,
)
"""Things of a kind, named without an article: "for big tasks"."""

_WISHING = re.compile(
    r"^i(?:'d|'m| would| am)?\s+(?:\w+\s+)?(?:want|like|prefer|need|love|rather|expect)\b", re.IGNORECASE
)
_DEFINITE = re.compile(r"^(?:the|this|that|these|my|me|now|once|it|us|example|instance)\b", re.IGNORECASE)
_SAYS_OR_POINTS = re.compile(r"\b(?:is|are|was|were|above|below|following)\b|[:=]", re.IGNORECASE)

_UNFINISHED = re.compile(
    r"(?:^|\s)(?:a|an|the|of|to|and|or|we|i|you|my|your|with|for|in|first|then|also|always|never|not|can|can't"
    r"|could|should|must|will|would|do|don't|doesn't|didn't|have|let|make|(?<!like )(?:that|this)|please|just|only"
    r"|cannot|won't"
    r"|as|is|are|any|some|no)$",
    re.IGNORECASE,
)
_WORD = re.compile(r"[\w'-]+")
_INTERACTION = re.compile(r"\b(?:i|i'm|i've|you|you're|we|my|your|me|it's|there)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Split:
    """`condition` fits behind "When "; empty when there is none. `universal`: it said "in every answer" or the like.
    `momentary`: it only points at the thing at hand ("for this one"), so it is no sign of a lasting wish."""

    condition: str
    main: str
    universal: bool = False
    momentary: bool = False


def split_condition(sentence: str, topic: str | None) -> Split:
    """Take a leading or trailing condition off. `topic` words one that only points ("for questions like this")."""
    match = _LEADING_BARE.match(sentence)
    if match and not _UNFINISHED.search(match["condition"] or match["place"]):
        condition = match["condition"] or f"answering about {match['place']}"
        return _split(condition, match["main"], bool(_AT_HAND.match(match["place"] or condition)))
    match = _LEADING_TOPIC.match(sentence)
    if match and not _NO_TOPIC.search(match["place"]):
        return _split(f"answering about {match['place']}", match["main"])
    for pattern in (_LEADING, _LEADING_UNMARKED, _TRAILING_STATE, _TRAILING):
        match = pattern.match(sentence)
        if match and pattern is _LEADING_UNMARKED and _UNFINISHED.search(match["condition"]):
            continue
        if match and not (pattern is _TRAILING and _COMPLEMENT.search(match["main"])):
            condition, more = _detach_order(match["condition"])
            return _split(condition, match["main"] + more, bool(_AT_HAND.match(condition)))
    match = _LEADING_PLACE.match(sentence)
    if match and (place := _place(match["place"], topic, _kind_of_thing(sentence, match))) is not None:
        return _split(place, match["main"], bool(_AT_HAND.match(match["place"])))
    match = _TRAILING_PLACE.match(sentence)
    generic = bool(
        match and match["preposition"].lower() == "for" and _names_kind_behind(match["main"], match["place"])
    )
    if match and not _names_output(match) and (place := _place(match["place"], topic, generic)) is not None:
        return _split(place, match["main"], bool(_AT_HAND.match(match["place"])))
    return Split("", sentence)


def speaks_of_us(condition: str) -> bool:
    """ "you hand me a script": somebody in the conversation does something."""
    return bool(re.search(r"\b(?:i|you|we|i'm|you're|i'd|i've)\b", condition, re.IGNORECASE))


def _kind_of_thing(sentence: str, match: re.Match) -> bool:
    """ "For big tasks, ...", "for a process I want ...": the beginning names a kind of thing to be talked about."""
    if sentence[:3].lower() != "for":
        return False
    return bool(
        _GENERIC.match(match["place"]) or (_WISHING.match(match["main"]) and not _DEFINITE.match(match["place"]))
    )


def _names_kind_behind(main: str, place: str) -> bool:
    return bool(_GENERIC.match(place) and FORM.search(main) and not RELATED.search(place))


def is_occasion(condition: str) -> bool:
    """True when the condition is about the conversation or the work, not about values ("x is even")."""
    words = [word.lower() for word in _WORD.findall(condition)]
    if not words:
        return False
    if words[0] in ("working", "answering", "writing", "dealing", "giving"):
        return True
    return words[0].endswith("ing") or bool(_INTERACTION.search(condition)) or any(word in SITUATIONS for word in words)


def _names_output(match: re.Match) -> bool:
    """ "end with an exercise", "as in a talk": the phrase belongs to the words before, or names part of the answer."""
    main, place = match["main"], match["place"]
    return bool(
        _OUTPUT_PLACE.match(place)
        or FORM.search(place)
        or _TAKES_OBJECT.search(main)
        or _COMPARISON.search(main)
        or _PART_NAMED.search(main)
    )


def _detach_order(condition: str) -> tuple[str, str]:
    """Cut ", and keep them short" off a condition in the middle of a sentence."""
    match = re.search(rf",\s+(?:and\s+)?(?={_MAIN_STARTS}\b)|,\s+(?=only\b|not\b)", condition, re.IGNORECASE)
    return (condition[: match.start()], condition[match.start() :]) if match else (condition, "")


def _split(condition: str, main: str, momentary: bool = False) -> Split:
    condition = re.sub(r"\s+", " ", condition.strip(" ,:"))
    if condition and scope_of(condition) == "global":
        return Split("", main, universal=True)
    return Split(condition, main, momentary=momentary)


def _place(place: str, topic: str | None, generic: bool) -> str | None:
    """ "quick questions" -> "answering quick questions"; None when the phrase names no occasion.

    `generic`: it is known to name one.
    """
    place = place.strip()
    if _SAYS_OR_POINTS.search(place):
        return None
    words = [word.lower() for word in _WORD.findall(place)]
    if not words or len(words) > 8 or _UNFINISHED.search(place):
        return None
    if scope_of(place) == "global" and len(words) > 1:
        return place
    if words[0].endswith("ing") and words[0] not in SITUATIONS and len(words) > 1:
        return place
    known = [word for word in words if word in SITUATIONS]
    if _SORT_OF_ANSWER.match(place):
        return f"giving {place}"
    if not known and not _DEICTIC.match(place) and not generic:
        return None
    if _DEICTIC.match(place) and re.search(r"\b(?:this|these|that|those)\b", place, re.IGNORECASE):
        return f"working on {topic} questions like this one" if topic else f"dealing with {place}"
    if known and known[-1] in ASKED_THINGS:
        return f"answering {place}"
    return f"writing {place}" if known and known[-1] in WRITTEN_THINGS else f"working on {place}"
