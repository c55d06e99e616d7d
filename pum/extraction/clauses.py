"""From a user's clause to an instruction: "I'd like it if you ended with a summary" -> "end with a summary"."""

import re

from pum.extraction.clause_patterns import (
    ABUNDANCE,
    ALLOWING,
    ANNOYING,
    ASKING,
    ASKING_SUBJECT,
    ASKING_US,
    BACK_REFERENCE,
    DID_NOT,
    DO_NOT,
    DO_NOT_FORGET,
    HABIT,
    HELPFUL,
    KEEP_DOING,
    LACKING,
    LEARNING,
    LEAVE_OUT,
    LETS,
    MIND,
    MISSING,
    MOMENT,
    MY_PREFERENCE,
    NEEDLESS,
    OMITTED,
    OPPOSITES,
    OUTCOME,
    PRAISING,
    PRIZED,
    RECALLED_QUESTION,
    SAID,
    SHOULD,
    STOP,
    THE_BETTER,
    TOO,
    UNWISH,
    WELCOME,
    WISH,
)
from pum.extraction.phrases import Reading, negative, read_imperative, verb_phrase, wanting, with_subject
from pum.language.lexicon import FORM, RELATED, base_form


def read_clause(clause: str, marked: bool = False) -> Reading | None:
    """What the clause asks for, whether or not it is about answers; None when it asks for nothing.

    `marked`: a word such as "please" or "from now on" stood beside it, so that a mere phrase is an order too.
    """
    for reader in (_read_wish, _read_complaint, _read_prohibition, _read_request, _read_should):
        if reading := reader(clause):
            return reading
    return read_imperative(clause, marked)


def _read_wish(clause: str) -> Reading | None:
    if match := UNWISH.match(clause):
        return Reading("wish", negative(match["rest"] or match["other"] or match["spared"]), True)
    if match := ANNOYING.match(clause):
        return Reading("wish", negative(match["rest"]), True)
    if match := PRIZED.match(clause):
        return _wished(match["rest"]) or _read_should_be(match["rest"])
    if (match := WELCOME.match(clause)) and not _POINTER_ALONE.match(match["rest"]):
        return Reading("wish", wanting(match["rest"]))
    if match := THE_BETTER.match(clause) or LEARNING.match(clause):
        return Reading("wish", wanting(match["rest"]))
    if match := MY_PREFERENCE.match(clause):
        return Reading("wish", wanting(re.sub(r"^(?:that|to|for)\s+", "", match["rest"])))
    if PRAISING.match(clause):
        return None
    if match := WISH.match(clause):
        return _wished(match["rest"])
    if match := HELPFUL.match(clause):
        thing = match["rest"] or match["thing"]
        return None if _POINTER_ALONE.match(thing) else Reading("wish", wanting(thing))
    return None


_POINTER_ALONE = re.compile(
    r"^(?:it|this|that|which|what|these|those|they|there|and|or|he|she|we|you|i)\b|^\S+$", re.IGNORECASE
)


def _wished(rest: str) -> Reading | None:
    rest = re.sub(r"^it\s+(?:very much\s+)?(?=if|when)", "", rest)
    if match := re.match(r"^not\s+(?:to\s+)?(?:see|have|get|read)?\s*(\S.*)$", rest, re.IGNORECASE):
        return Reading("wish", negative(match[1]), True)
    if match := re.match(
        r"^(?:for\s+)?(?:if|when|that)?\s*(?:you|u)\s+(?:not\s+to|to\s+not|didn't|did not|don't|do not)\s+(\S.*)$",
        rest,
        re.I,
    ):
        return Reading("wish", "do not " + verb_phrase(match[1]), True)
    if match := re.match(
        r"^(?:for\s+)?(?:if\s+|when\s+|that\s+)?(?:you|u)(?:'d)?\s+(?:to\s+|could\s+|would\s+|can\s+|always\s+)*(\S.*)$",
        rest,
        re.I,
    ):
        return Reading("wish", verb_phrase(match[1]))
    if match := re.match(r"^(?:if|when|that)\s+(\S.*)$", rest, re.IGNORECASE):
        return _read_should_be(match[1])
    if match := re.match(r"^to\s+(?:see|have|get|read|be given)\s+(\S.*)$", rest, re.IGNORECASE):
        return Reading("wish", wanting(match[1]))
    if match := re.match(
        r"^to\s+((?:hear|know|be|agree|confirm|approve|decide|choose|try|sign)\b.*)$", rest, re.IGNORECASE
    ):
        return Reading("wish", f"let me {match[1]}")
    if re.match(r"^to\s+\w", rest, re.IGNORECASE):
        return None
    return Reading("wish", wanting(rest))


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
            return Reading("complaint", negative(rest), True)
        inner = _read_prohibition(rest) or read_imperative(re.sub(r"^(?:you\s+)?(?:to\s+)?", "", rest))
        return Reading("complaint", inner.action, inner.negated) if inner else Reading("complaint", wanting(rest))
    if (match := OMITTED.match(clause)) and not re.match(r"^(?:from|to\s+line|over)\b", match["rest"], re.IGNORECASE):
        rest = re.sub(r"^to\s+", "", match["rest"])
        return Reading("complaint", verb_phrase(rest) if rest != match["rest"] else f"include {_lacked(rest)}")
    if match := DID_NOT.match(clause):
        return Reading("complaint", verb_phrase(match["rest"]))
    if match := KEEP_DOING.match(clause):
        return Reading("complaint", "do not " + verb_phrase(match["rest"]), True)
    match = LACKING.match(clause) or MISSING.match(clause)
    # "Where is the error?" is a question; "where are the bullets?" is not.
    if match and _DESCRIBED.match(clause) and not (FORM.search(match["rest"]) or _MISSED_PART.search(match["rest"])):
        return None
    if match and (
        _MISSED_PART.search(match["rest"]) or FORM.search(match["rest"]) or not clause.lower().startswith("where")
    ):
        return Reading("complaint", f"include {_lacked(match['rest'])}")
    if match := TOO.match(clause):
        what = match["what"].lower()
        return Reading("complaint", OPPOSITES.get(what) or f"use less {what.split()[-1]}")
    return None


_MISSED_PART = re.compile(
    r"\b(?:examples?|recommendation|intuition|conclusion|explanation|reasoning|language)\b", re.IGNORECASE
)

_DESCRIBED = re.compile(r"^(?:the|your|this|that|it)\b", re.IGNORECASE)


def _lacked(thing: str) -> str:
    """ "the docstring again", "type hints here": the thing without the moment at which it was missed."""
    return MOMENT.sub("", thing)


def _read_prohibition(clause: str) -> Reading | None:
    if match := DO_NOT_FORGET.match(clause):
        if match["verb"]:
            return _read_prohibition(match["rest"]) or Reading("prohibition", verb_phrase(match["rest"]))
        return Reading("prohibition", f"include {match['rest']}")
    if match := STOP.match(clause):
        return Reading("prohibition", negative(match["rest"]), True)
    if match := NEEDLESS.match(clause):
        return Reading("prohibition", "do not " + verb_phrase(match["rest"]), True)
    if match := DO_NOT.match(clause):
        rest = re.sub(r"^(?:just|only|simply|always|even|ever)\s+", "", match["rest"], flags=re.IGNORECASE)
        return Reading("prohibition", "do not " + (verb_phrase(rest) if " " in rest else rest), True)
    if match := ABUNDANCE.match(clause):
        thing = match["rest"] or match["thing"]
        if not (FORM.search(thing) or RELATED.search(thing)):
            return None
        return Reading("prohibition", f"do not use {thing[:1].lower()}{thing[1:]}", True)
    if match := LEAVE_OUT.match(clause):
        return Reading("prohibition", f"do not include {match['rest']}", True)
    if match := ALLOWING.match(clause):
        return (
            Reading("request", match["rest"]) if match["rest"].startswith("be ") else _read_prohibition(match["rest"])
        )
    if match := HABIT.match(clause):
        return Reading("prohibition", "do not " + verb_phrase(match["rest"]), True)
    return None


def _read_request(clause: str) -> Reading | None:
    if match := MIND.match(clause):
        return Reading("request", verb_phrase(re.sub(r"^to\s+", "", match["rest"])))
    if match := ASKING.match(clause):
        rest = re.sub(
            r"^(?:be so kind and|be so kind to|try to|make sure to|make sure you|be able to)\s+",
            "",
            match["rest"],
            flags=re.I,
        )
        rest = rest.rsplit(", ", 1)[-1] if re.match(r"^if\b", rest, re.I) else rest
        if prohibited := _read_prohibition(re.sub(r"^not\s+", "do not ", rest)):
            return prohibited
        return Reading("request", verb_phrase(rest))
    for pattern in (ASKING_US, LETS):
        if match := pattern.match(clause):
            if LEAVE_OUT.match(f"{match.groupdict().get('ours')} {match['rest']}"):
                return Reading("prohibition", f"do not use {match['rest']}", True)
            verb = (match.groupdict().get("ours") or match["verb"]).lower()
            return Reading(
                "request", wanting(match["rest"]) if verb in ("get", "have", "see") else f"{verb} {match['rest']}"
            )
    if match := ASKING_SUBJECT.match(clause):
        if match["subject"].lower() in ("this", "that", "it"):
            made = re.match(r"^(?:be|come|have)\s+(?:as\s+)?(\S.*)$", match["rest"], re.IGNORECASE)
            return Reading("request", f"make the answer {made[1]}") if made and FORM.search(made[1]) else None
        return Reading("request", with_subject(match["subject"], match["rest"]))
    return None


def _read_should(clause: str) -> Reading | None:
    match = SHOULD.match(clause)
    if match is None:
        return None
    rest, negated = re.subn(r"^(?:not|never)\s+", "", match["rest"], flags=re.IGNORECASE)
    rest = re.sub(r"^always\s+", "", rest, flags=re.IGNORECASE)
    rest = f"{base_form(rest.split(' ', 1)[0])} {rest.partition(' ')[2]}".strip()
    action = rest if match["subject"].lower() == "you" else with_subject(match["subject"], rest)
    return Reading("should", f"do not {action}" if negated else action, bool(negated))
