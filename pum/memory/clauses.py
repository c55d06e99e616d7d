"""From a user's clause to an instruction: "I'd like it if you ended with a summary" -> "end with a summary"."""

import re
from dataclasses import dataclass
from typing import Literal

from pum.memory.clause_patterns import (
    ANNOYING,
    ASKING,
    ASKING_SUBJECT,
    ASKING_US,
    BACK_REFERENCE,
    DID_NOT,
    DO_NOT,
    FRAGMENT,
    GIVEN,
    KEEP_DOING,
    LACKING,
    LEAVE_OUT,
    LETS,
    MIND,
    MISSING,
    MOMENT,
    MY_PREFERENCE,
    OBJECT_PRONOUN,
    OMITTED,
    OPPOSITES,
    OUTCOME,
    PRIZED,
    RECALLED_QUESTION,
    SAID,
    SHOULD,
    STOP,
    SUBJECT,
    TOO,
    UNWISH,
    WELCOME,
    WISH,
)
from pum.memory.lexicon import FORM, MANNER_VERBS, ORDER, RELATED, base_form

Kind = Literal["imperative", "request", "wish", "should", "prohibition", "complaint", "fragment"]


@dataclass(frozen=True)
class Reading:
    """`action`: an imperative phrase. `negated`: it prohibits or takes back."""

    kind: Kind
    action: str
    negated: bool = False


def read_clause(clause: str, marked: bool = False) -> Reading | None:
    """What the clause asks for, whether or not it is about answers; None when it asks for nothing.

    `marked`: a word such as "please" or "from now on" stood beside it, so that a mere phrase is an order too.
    """
    for reader in (_read_wish, _read_complaint, _read_prohibition, _read_request, _read_should):
        if reading := reader(clause):
            return reading
    return _read_imperative(clause, marked)


def _read_wish(clause: str) -> Reading | None:
    if match := UNWISH.match(clause):
        return Reading("wish", _negative(match["rest"]), True)
    if match := ANNOYING.match(clause):
        return Reading("wish", _negative(match["rest"]), True)
    if match := PRIZED.match(clause):
        return _wished(match["rest"]) or _read_should_be(match["rest"])
    if match := WELCOME.match(clause):
        return Reading("wish", _wanting(match["rest"]))
    if match := MY_PREFERENCE.match(clause):
        return Reading("wish", _wanting(re.sub(r"^(?:that|to|for)\s+", "", match["rest"])))
    if match := WISH.match(clause):
        return _wished(match["rest"])
    return None


def _wished(rest: str) -> Reading | None:
    rest = re.sub(r"^it\s+(?:very much\s+)?(?=if|when)", "", rest)
    if match := re.match(r"^not\s+(?:to\s+)?(?:see|have|get|read)?\s*(\S.*)$", rest, re.IGNORECASE):
        return Reading("wish", _negative(match[1]), True)
    if match := re.match(
        r"^(?:for\s+)?(?:if|when|that)?\s*(?:you|u)\s+(?:not\s+to|to\s+not|didn't|did not|don't|do not)\s+(\S.*)$",
        rest,
        re.I,
    ):
        return Reading("wish", "do not " + _verb_phrase(match[1]), True)
    if match := re.match(
        r"^(?:for\s+)?(?:if\s+|when\s+|that\s+)?(?:you|u)\s+(?:to\s+|could\s+|would\s+|can\s+|always\s+)*(\S.*)$",
        rest,
        re.I,
    ):
        return Reading("wish", _verb_phrase(match[1]))
    if match := re.match(r"^(?:if|when|that)\s+(\S.*)$", rest, re.IGNORECASE):
        return _read_should_be(match[1])
    if match := re.match(r"^to\s+(?:see|have|get|read|be given)\s+(\S.*)$", rest, re.IGNORECASE):
        return Reading("wish", _wanting(match[1]))
    if re.match(r"^to\s+\w", rest, re.IGNORECASE):
        return None
    return Reading("wish", _wanting(rest))


def _read_should_be(clause: str) -> Reading | None:
    """ "every answer came with a summary", "units are written out": the answer as the subject."""
    match = re.match(
        r"^(?P<subject>.{1,60}?)\s+(?P<verb>are|is|was|were|be|came|comes|come|ha[sd]|have|had|open|start|end"
        r"|begin|\w+ed)\s+(?P<rest>\S.*)$",
        clause,
        re.I,
    )
    if match is None:
        return None
    if base_form(match["verb"]) == "be":
        return Reading("wish", f"have {match['subject']} {match['rest']}")
    return Reading("wish", f"have {match['subject']} {base_form(match['verb'])} {match['rest']}")


def _read_complaint(clause: str) -> Reading | None:
    if (match := SAID.match(clause)) and not (RECALLED_QUESTION.match(clause) or BACK_REFERENCE.match(match["rest"])):
        rest = OUTCOME.sub("", match["rest"])
        rest = re.sub(r"^(?:to|about)\s+", "", rest)
        if re.match(r"^forget what", clause, re.IGNORECASE):
            return Reading("complaint", _negative(rest), True)
        inner = _read_prohibition(rest) or _read_imperative(re.sub(r"^(?:you\s+)?(?:to\s+)?", "", rest))
        return Reading("complaint", inner.action, inner.negated) if inner else Reading("complaint", _wanting(rest))
    if match := OMITTED.match(clause):
        rest = re.sub(r"^to\s+", "", match["rest"])
        return Reading("complaint", _verb_phrase(rest) if rest != match["rest"] else f"include {_lacked(rest)}")
    if match := DID_NOT.match(clause):
        return Reading("complaint", _verb_phrase(match["rest"]))
    if match := KEEP_DOING.match(clause):
        return Reading("complaint", "do not " + _verb_phrase(match["rest"]), True)
    match = LACKING.match(clause) or MISSING.match(clause)
    # "Where is the error?" is a question; "where are the bullets?" is not.
    if match and (FORM.search(match["rest"]) or not clause.lower().startswith("where")):
        return Reading("complaint", f"include {_lacked(match['rest'])}")
    if match := TOO.match(clause):
        what = match["what"].lower()
        return Reading("complaint", OPPOSITES.get(what) or f"use less {what.split()[-1]}")
    return None


def _lacked(thing: str) -> str:
    """ "the docstring again", "type hints here": the thing without the moment at which it was missed."""
    return MOMENT.sub("", thing)


def _read_prohibition(clause: str) -> Reading | None:
    if match := DO_NOT.match(clause):
        rest = match["rest"]
        return Reading("prohibition", "do not " + (_verb_phrase(rest) if " " in rest else rest), True)
    if match := LEAVE_OUT.match(clause):
        return Reading("prohibition", f"do not include {match['rest']}", True)
    if match := STOP.match(clause):
        return Reading("prohibition", _negative(match["rest"]), True)
    return None


def _read_request(clause: str) -> Reading | None:
    if match := MIND.match(clause):
        return Reading("request", _verb_phrase(match["rest"]))
    if match := ASKING.match(clause):
        rest = re.sub(
            r"^(?:be so kind and|be so kind to|try to|make sure to|make sure you)\s+", "", match["rest"], flags=re.I
        )
        rest = rest.rsplit(", ", 1)[-1] if re.match(r"^if\b", rest, re.I) else rest
        if prohibited := _read_prohibition(re.sub(r"^not\s+", "do not ", rest)):
            return prohibited
        return Reading("request", _verb_phrase(rest))
    for pattern in (ASKING_US, LETS):
        if match := pattern.match(clause):
            verb = match["verb"].lower()
            return Reading(
                "request", _wanting(match["rest"]) if verb in ("get", "have", "see") else f"{verb} {match['rest']}"
            )
    if match := ASKING_SUBJECT.match(clause):
        return Reading("request", _with_subject(match["subject"], match["rest"]))
    return None


def _read_should(clause: str) -> Reading | None:
    match = SHOULD.match(clause)
    if match is None:
        return None
    rest, negated = re.subn(r"^(?:not|never)\s+", "", match["rest"], flags=re.IGNORECASE)
    rest = re.sub(r"^always\s+", "", rest, flags=re.IGNORECASE)
    rest = f"{base_form(rest.split(' ', 1)[0])} {rest.partition(' ')[2]}".strip()
    action = rest if match["subject"].lower() == "you" else _with_subject(match["subject"], rest)
    return Reading("should", f"do not {action}" if negated else action, bool(negated))


def _read_imperative(clause: str, marked: bool = False) -> Reading | None:
    marked = marked or bool(FRAGMENT.search(clause))
    clause = re.sub(
        r"^(afterwards?|finally|lastly|at the end|at the start|first of all),?\s+(\S.*)$",
        r"\2 \1",
        clause,
        flags=re.IGNORECASE,
    )
    clause = re.sub(
        r"^(?:(?:just|only|try to|be sure to|make sure to|make sure (?:that )?you|also|always|simply|rather|you"
        r"|to)\s+)+",
        "",
        clause,
        flags=re.I,
    )
    first = re.match(r"[\w-]+", clause)
    if first and first.group().lower() in MANNER_VERBS | {"be"} and " " in clause and not _is_noun_phrase(clause):
        return Reading("imperative", _standing_alone(clause))
    formal = FORM.search(clause) or (marked and RELATED.search(clause) and ORDER.search(clause))
    if formal and not _STATEMENT.match(clause) and len(clause.split()) <= 10 and (marked or _AMOUNT_ONLY.match(clause)):
        return Reading("fragment", _wanting(re.sub(r"\s+(?:is|are) enough.*$", " at most", clause, flags=re.I)))
    if re.match(r"^make sure that\s", clause, re.IGNORECASE):
        return Reading("imperative", clause)
    return None


_STATEMENT = re.compile(
    r"^(?:i|you|u|that|this|it|there|who|what|which|how|why|when|where|is|are|was|do|does|did|we|he|she|they"
    r"|with|of|and|or|aside)\b",
    re.IGNORECASE,
)
_AMOUNT_ONLY = re.compile(
    r"^(?:(?:plain|short|simple|\w+ed|\w+er|one|two|three|\d+)\s+)?(?:[\w-]+\s+)?[\w-]+$", re.IGNORECASE
)


def _is_noun_phrase(clause: str) -> bool:
    """ "answer first", "code only", "example first": the verb-like word is the thing that is wanted."""
    return bool(
        re.match(r"^(?:comments?|summary|text|name|code|format)\s+(?:is|are|only|should|must)\b", clause, re.IGNORECASE)
    )


def _with_subject(subject: str, rest: str) -> str:
    if match := re.match(r"^be\s+(\S.*)$", rest, re.IGNORECASE):
        return f"keep {subject} {match[1]}"
    return f"have {subject} {rest}"


def _verb_phrase(phrase: str) -> str:
    first, _, rest = phrase.partition(" ")
    if first.lower() in ("not", "never") and rest:
        return "do not " + _verb_phrase(rest)
    return _standing_alone(f"{base_form(first)} {rest}".strip())


def _standing_alone(action: str) -> str:
    """A card outlives its conversation, so "put those in a list" must name what "those" are."""
    return OBJECT_PRONOUN.sub(lambda match: f"{match[1]} the answer", action)


def _wanting(phrase: str) -> str:
    """A wanted thing as an instruction."""
    if not phrase[1:2].isupper():
        phrase = phrase[:1].lower() + phrase[1:]
    phrase = re.sub(r"^(?:a bit of|some|to have|to see)\s+", "", phrase, flags=re.IGNORECASE)
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
        return _verb_phrase(phrase)
    return f"give {phrase}" if GIVEN.search(phrase) else f"use {phrase}"


def _negative(phrase: str) -> str:
    """An unwanted thing, or doing, as a prohibition."""
    phrase = re.sub(
        r"^(?:it\s+)?(?:to see|to have|having|seeing|any|any more|the use of|using|so many|all those|the)\s+",
        "",
        phrase,
        flags=re.I,
    )
    if match := re.match(
        r"^(?:it\s+)?(?:when|if|that)?\s*(?:you|u)\s+(?:to\s+|always\s+|keep\s+)*(\S.*)$", phrase, re.IGNORECASE
    ):
        return "do not " + _verb_phrase(match[1])
    if match := re.match(
        r"^(?:it\s+)(?:when|if)\s+(\S+(?:\s+\S+)?)\s+(open|start|end|begin|contain|have|use|repeat|include|are"
        r"|is)s?\s+(\S.*)$",
        phrase,
        re.I,
    ):
        return f"do not have {match[1]} {base_form(match[2])} {match[3]}"
    first = phrase.split(" ", 1)[0]
    if first.lower().endswith("ing") and (base_form(first) in MANNER_VERBS or " " in phrase):
        return "do not " + _verb_phrase(phrase)
    phrase = re.sub(r"\s+(?:any ?more|any longer|again)$", "", phrase, flags=re.IGNORECASE)
    return f"do not use {phrase}"
