"""What a clause asks for, worded as an order; orders without a subject, and things named without a verb."""

import re
from dataclasses import dataclass
from typing import Literal

from pum.extraction.clause_patterns import FRAGMENT, GIVEN, OBJECT_PRONOUN, SUBJECT
from pum.language.lexicon import FORM, MANNER_VERBS, ORDER, RELATED, base_form

Kind = Literal["imperative", "request", "wish", "should", "prohibition", "complaint", "fragment"]


@dataclass(frozen=True)
class Reading:
    """`action`: an imperative phrase. `negated`: it prohibits or takes back."""

    kind: Kind
    action: str
    negated: bool = False


def with_subject(subject: str, rest: str) -> str:
    subject = subject[:1].lower() + subject[1:]
    if match := re.match(r"^be\s+(\S.*)$", rest, re.IGNORECASE):
        return f"keep {subject} {match[1]}"
    return f"have {subject} {rest}"


def verb_phrase(phrase: str) -> str:
    first, _, rest = phrase.partition(" ")
    if first.lower() in ("not", "never") and rest:
        return "do not " + verb_phrase(rest)
    return standing_alone(f"{base_form(first)} {rest}".strip())


def standing_alone(action: str) -> str:
    """A card outlives its conversation, so "put those in a list" must name what "those" are."""
    return OBJECT_PRONOUN.sub(lambda match: f"{match[1]} the answer", action)


def wanting(phrase: str) -> str:
    """A wanted thing as an instruction."""
    if not phrase[1:2].isupper():
        phrase = phrase[:1].lower() + phrase[1:]
    phrase = re.sub(r"^(?:with|a bit of|some|to have|to see)\s+", "", phrase, flags=re.IGNORECASE)
    if re.match(r"^(?:in|as|into)\s", phrase):
        return f"put the answer {phrase}"
    if match := re.match(r"^(?:it|this|that)\s+((?:in|as|into)\s.*)$", phrase, re.IGNORECASE):
        return f"put the answer {match[1]}"
    if match := re.match(r"^(?:it|this|that|everything)\s+(?:to be\s+)?(\S.*)$", phrase, re.IGNORECASE):
        return f"make the answer {match[1]}"
    if match := re.match(rf"^({SUBJECT})\s+to\s+be\s+(\S.*)$", phrase, re.IGNORECASE):
        return f"keep {match[1]} {match[2]}"
    if match := re.match(rf"^({SUBJECT})\s+to\s+(?!(?:this|that|the|my|an?|it)\b)(\S.*)$", phrase, re.IGNORECASE):
        return f"have {match[1]} {match[2]}"
    if re.match(r"^(?:more |less )?(?:short|long|brief|simple|formal|detailed|concise)(?:er)?$", phrase, re.IGNORECASE):
        return f"make the answer {phrase}"
    first = phrase.split(" ", 1)[0]
    if first.lower().endswith("ing") and base_form(first) in MANNER_VERBS:
        return verb_phrase(phrase)
    return f"give {phrase}" if GIVEN.search(phrase) else f"use {phrase}"


_DOING = re.compile(
    r"\w+ing\s+(?:the|an?|my|your|me|it|them|every\w*|so|all|at|on|in|things?|that|up|around|about|with|to|for)\b",
    re.IGNORECASE,
)


def negative(phrase: str) -> str:
    """An unwanted thing, or doing, as a prohibition."""
    phrase = re.sub(
        r"^(?:it\s+)?(?:to see|to have|having|seeing|any|any more|the use of|using|so many|all those|these|those"
        r"|the)\s+",
        "",
        phrase,
        flags=re.I,
    )
    if match := re.match(
        r"^(?:it\s+)?(?:when|if|that)?\s*(?:you|u)\s+(?:to\s+|always\s+|keep\s+)*(\S.*)$", phrase, re.IGNORECASE
    ):
        return "do not " + verb_phrase(match[1])
    if match := re.match(
        r"^(?:it\s+)(?:when|if)\s+(\S+(?:\s+\S+)?)\s+(open|start|end|begin|contain|have|use|repeat|include|are"
        r"|is)s?\s+(\S.*)$",
        phrase,
        re.I,
    ):
        return f"do not have {match[1]} {base_form(match[2])} {match[3]}"
    first = phrase.split(" ", 1)[0]
    if first.lower().endswith("ing") and (base_form(first) in MANNER_VERBS or _DOING.match(phrase)):
        return "do not " + verb_phrase(phrase)
    phrase = re.sub(r"\s+(?:any ?more|any longer|again)$", "", phrase, flags=re.IGNORECASE)
    return f"do not use {phrase}"


_STATEMENT = re.compile(
    r"^(?:thanks?|i|you|u|that|this|it|there|who|what|which|how|why|when|where|is|are|was|do|does|did|we|he|she|they"
    r"|of|and|or|aside|my|his|her|their|our|its|wait)\b",
    re.IGNORECASE,
)

_RELATIVE = re.compile(
    r"\s(?:(?:that|which|so)\s+)?(?:i|we|you)\s(?:can|could|have|do|need|wrote|gave|use|write)\b.*$", re.IGNORECASE
)

_FINITE = re.compile(
    r"\b(?:am|is|are|was|were|has|had|have|need|needs|does|did|can|could|will|would|must|should|says?|said|means?"
    r"|wants?|always gives?|looks?)\b"
    r"(?!\s+enough)|\w:\s|\([a-e]\)|^(?:compute|calculate|find|solve|implement|prove|evaluate|determine|how|what"
    r"|why)\b",
    re.IGNORECASE,
)
"""A sentence of its own, or a task: no phrase that is short for a wish."""

_PRAISE = re.compile(
    r"^(?:\w+(?:ed|er)?\s+and\s+)?(?:short|brief|concise|clear|detailed|readable|friendly)(?:\s+and\s+\w+)?$"
    r"|\b(?:nice|great|good|lovely|perfect|excellent|wow|awesome|helpful|cool|thanks|wrong|sorry|hello|hi)\b",
    re.IGNORECASE,
)
"""What a phrase says that speaks of the last answer: "clear and short"."""

_COMPARED = re.compile(
    r"^(?!(?:an)?other|after|under|over|number|order|paper|user|better|n?ever)\w{2,}(?:er|est)\s\w+", re.IGNORECASE
)

_GIVE_ON = re.compile(r"^(?:(?:the|an?other|more|next|one|some|any)\b|\S+$)", re.IGNORECASE)
"""A phrase that asks for more of the content: "another hint, please"."""

_ANNOUNCEMENT = re.compile(
    r"^(?:an?|one|two|another)\s+(?:\w+\s+)?(?:remarks?|questions?|things?|requests?|notes?|words?|comments?|points?|wish(?:es)?)"
    r"(?:\s+(?:about|on|for|from|regarding)\b.*)?$",
    re.IGNORECASE,
)
"""What only says that something will be said."""

_VERB_FIRST = re.compile(
    r"^(?!(?:all|only|just|with|as|in|into|under|over|at|on|for|by|like|both|half|not|more|less|fewer|from|max\w*"
    r"|up|at|where|why|how|what|const|let)\b)"
    r"[\w-]+\s+(?:an?|the|this|these|my|me|it|them|your|us|two|three|\d+)\b",
    re.IGNORECASE,
)

_THING_FIRST = re.compile(
    r"^(?:an?|one|two|three|four|five|\d+|every|each|no|only|just|less|more|fewer|plain|short|simple|small"
    r"|max(?:imum)?|at most|under"
    r"|in|as|with|normal|numbered|separate|single|all)\s",
    re.IGNORECASE,
)


def read_imperative(clause: str, marked: bool = False) -> Reading | None:
    """An order, or a thing named as one; `marked` as in `read_clause`."""
    marked, ordered = marked or bool(FRAGMENT.search(clause)), bool(ORDER.search(clause))
    clause = re.sub(
        r"^(afterwards?|finally|lastly|at the end|at the start|first of all),?\s+(\S.*)$",
        r"\2 \1",
        clause,
        flags=re.IGNORECASE,
    )
    clause = re.sub(
        r"^(?:(?:just|only|ideally,?|preferably,?|try to|be sure to|make sure to|make sure (?:that )?you|also"
        r"|always|simply|rather|at least"
        r"|definitely|to)\s+)+",
        "",
        clause,
        flags=re.I,
    )
    first = re.match(r"[\w-]+", clause)
    if first and first.group().lower() in MANNER_VERBS | {"be"} and " " in clause and not _is_noun_phrase(clause):
        return Reading("imperative", standing_alone(clause))
    compared = marked and not _GIVE_ON.match(clause)
    formal = FORM.search(clause) or (
        RELATED.search(clause) and ((marked and ordered) or compared or _COMPARED.match(clause))
    )
    if (
        formal
        and not (_STATEMENT.match(clause) or _FINITE.search(_RELATIVE.sub("", clause)))
        and len(clause.split()) <= 14
        and _is_phrase(clause, marked)
    ):
        return Reading("fragment", wanting(re.sub(r"\s+(?:is|are) enough.*$", " at most", clause, flags=re.I)))
    if re.match(r"^make sure that\s", clause, re.IGNORECASE):
        return Reading("imperative", clause)
    return None


def _is_phrase(clause: str, marked: bool) -> bool:
    """A thing named without a verb: "one code block that I can copy". Not marked as a wish, it must begin like one."""
    if _ANNOUNCEMENT.match(clause):
        return False
    if _VERB_FIRST.match(clause) or _PRAISE.search(clause):
        return marked and not _VERB_FIRST.match(clause)
    if " " not in clause:
        return bool(re.match(r"^(?:shorter|longer|simpler|briefer)$", clause, re.IGNORECASE)) or (
            marked and bool(FORM.fullmatch(clause) or RELATED.fullmatch(clause))
        )
    return marked or bool(
        _COMPARED.match(clause) or _THING_FIRST.match(clause) or FORM.match(clause) or RELATED.match(clause)
    )


_CONTRAST = re.compile(r",\s*not\s|\b(?:instead of|rather than)\s|\bfirst\b.*\b(?:then|later|after)\b", re.IGNORECASE)


def read_phrase(phrase: str) -> Reading | None:
    """What is named behind a condition: "for proofs: claim, idea, recap". None for a sentence."""
    if (
        not 1 < len(phrase.split()) <= 16
        or _VERB_FIRST.match(phrase)
        or _ANNOUNCEMENT.match(phrase)
        or not (FORM.search(phrase) or RELATED.search(phrase) or _CONTRAST.search(phrase))
    ):
        return None
    if re.match(
        r"^(?:i|you|u|it|that|this|we|he|she|they|is|are|do|does|did|there\S*|now|then|return|run|let|leave"
        r"|nothing|an? \w*error)\b",
        phrase,
        re.I,
    ):
        return None
    is_sentence = _FINITE.search(re.sub(r"\b(?:where|why|how|what)\b[^,]*", "", phrase))
    return None if is_sentence else Reading("fragment", wanting(phrase))


def _is_noun_phrase(clause: str) -> bool:
    """ "answer first", "code only", "example first": the verb-like word is the thing that is wanted."""
    return bool(
        re.match(r"^(?:comments?|summary|text|name|code|format)\s+(?:is|are|only|should|must)\b", clause, re.IGNORECASE)
    )
