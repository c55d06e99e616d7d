"""From what a clause asks for to an imperative phrase: "answers to be short" -> "keep answers short"."""

import re

from pum.extraction.clause_patterns import GIVEN, OBJECT_PRONOUN, SUBJECT
from pum.language.verbs import MANNER_VERBS, base_form


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
