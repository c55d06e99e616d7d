"""What words say is wanted, and what is not: bans and what they reach, changes of mind, and what comes before what."""

import re
from typing import Literal, NamedTuple

from pum.core.text_cache import cached_by_text

LEAD = re.compile(
    r"^(?:(?:i(?:'ve| have)? changed my mind|on second thoughts?|actually|scrap that|forget (?:that|it)|never ?mind"
    r"|come to think of it|on reflection|i(?:'ve| have) decided(?: that)?|i was wrong(?: about that)?)\b[\s:,.;]*)+",
    re.IGNORECASE,
)
"""How people begin when they say something else than before."""

_CHANGE = re.compile(
    # What was is named as past, or as left for the new.
    r"\b(?:changed? (?:my mind|to)|second thoughts?|instead|rather|switch(?:ed)?|return to|scrap|replace|what i said"
    r"|(?:go|going|went|moved?|back) (?:back )?to|no longer|any ?more|any longer|after all"
    r"|tak(?:e|ing) (?:that|it) back|used to (?:like|want|prefer)|not .{3,40} but|up to now|until now|so far"
    # From here on it is so.
    r"|from (?:now|here|today|this point)|as (?:of|from) (?:now|today)|starting (?:now|today)|now|going forward|by now"
    r"|these days|today|in (?:the )?future|henceforth|for a change|this time|let's (?:try|use|move)"
    # It is allowed, as it was not before; or it alone is wanted.
    r"|feel free|fine|welcome|you (?:may|can)|just|only|enough)\b",
    re.IGNORECASE,
)
# What was said of everything is now said of less.
_LESS_OFTEN = re.compile(
    r"\b(?:only (?:when|if|for|in|with|during|while|on|where)|unless|except (?:when|if|for|in|during)"
    r"|only\b.{3,60}\b(?:when|if|while))\b",
    re.IGNORECASE,
)
# A wish that comes beside what was said, not in its place.
_BESIDE = re.compile(r"\b(?:also|too|as well|in addition|additionally|besides|on top of that|plus)\b", re.IGNORECASE)


def changes(sentence: str) -> bool:
    """Whether it says that something is otherwise from now on ("switch to", "no longer"), and not merely so, too."""
    if _BESIDE.search(sentence):
        return False
    return any(pattern.search(sentence) for pattern in (LEAD, _CHANGE, _LESS_OFTEN))


def narrows(sentence: str) -> bool:
    """Whether it keeps to some occasions what may have been wished for all: "only when", "unless"."""
    return bool(_LESS_OFTEN.search(sentence))


_FIRST_THEN = re.compile(
    r"^(?P<one>.+?)\s+first\b[\s,]*(?:(?:and|but|only|then|after(?:wards)?|followed by)\s+)+(?P<two>.+)$"
    r"|^(?:start|begin|open|lead) with (?P<start>.+?)[\s,]+(?:(?:and|but|only) )*(?:then|followed by)\s+(?P<next>.+)$",
    re.IGNORECASE,
)
_BEFORE = re.compile(r"^(?P<one>.+?)\s+(?:before|ahead of|above)\s+(?P<two>.+)$", re.IGNORECASE)
_AFTER = re.compile(r"^(?P<two>.+?)\s+(?:after|below)\s+(?P<one>.+)$", re.IGNORECASE)
_AFTER_IT = re.compile(r"\s+(?:(?:after|below) (?:it|that|this|them)|afterwards|later|second|last)\W*$", re.IGNORECASE)

Place = Literal["first", "last"]


class Order(NamedTuple):
    """`fixed`: what is put at the beginning or the end by that, as pairs of place and thing. "The imports before the
    code" puts neither there; "the conclusion after the arguments" has it late."""

    first: str
    then: str
    fixed: tuple[tuple[Place, str], ...]


def order_of(text: str) -> Order | None:
    """The two things that are put in an order."""
    if match := _FIRST_THEN.match(text):
        one, two = match["one"] or match["start"], _AFTER_IT.sub("", match["two"] or match["next"])
        return Order(one, two, (("first", one), ("last", two)))
    text = _AFTER_IT.sub("", text)
    if match := _BEFORE.match(text):
        return Order(match["one"], match["two"], ())
    if match := _AFTER.match(text):
        return Order(match["one"], match["two"], (("last", match["two"]),))
    return None


_KEPT = 8192
# A sentence goes on in a hostile message; nobody takes anything back beyond this.
_LONGEST = 600
# The extractor makes "use skip the examples" of a wish that began with no verb it knows.
_FILLERS = re.compile(
    r"^(?:(?:please|just|simply|also|then|so|and|but|you (?:can|may|could|should)|feel free to"
    r"|it'?s (?:fine|ok|okay) to|let'?s"
    r"|(?:use|give|add|be|have|make|keep)(?= (?:skip|drop|omit|cut|lose|hide|no|leave|fewer|less)\b)),?\s+)+",
    re.IGNORECASE,
)
# "Don't forget the units", "not only the result": no bans.
_NOT = r"(?:do not|don't|dont|not|never)(?! (?:ever )?(?:only|just|forget|hesitate|sure|bad)\b)"
_BANS = (
    rf"(?:{_NOT}|fewer|less|(?:you )?(?:no longer (?:need|have) to|need(?:n't| not))"
    r"|no(?! (?:problem|worries|matter)\b)(?: (?:longer|more|need (?:for|to)))?|without|stop|quit|cease|avoid|drop|skip"
    r"|omit|ditch|hide|remove|lose|cut(?: out)?(?! (?:it|them|this|that)\b)|leave (?:out|off|away)"
    r"|forget(?: (?:about|what i said about))?"
    r"|refrain from|(?:stay|keep|steer) (?:away from|clear of)|get rid of|do (?:without|away with)|spare me"
    r"|enough (?:of|with)|bother (?:with|to)|there'?s no need (?:for|to))\b"
)
_BAN = re.compile(rf"^{_BANS}\s*", re.IGNORECASE)
_USE = re.compile(
    r"^(?:use|using|include|including|add|adding|give|giving|write|writing|mention(?:ing)?|need|have to)\b",
    re.IGNORECASE,
)
# "leave the tests to me", "leave names unformatted": what stands between is not wanted.
_LEFT = re.compile(
    r"^leave (?!out\b|off\b|away\b|a\b|an\b|one\b|some\b)(?P<thing>.+?) (?:out|off|away|aside|alone|to me|for me|as is"
    r"|un\w+ed)\b",
    re.IGNORECASE,
)
# "the legend can be left out", "sources aren't needed any more".
_SPARED = re.compile(
    r"^(?:keep |have )?(?P<thing>.+?) (?:(?:can|may|could|should|must) (?:be (?:left (?:out|off|away)|dropped|skipped"
    r"|omitted|cut|removed)|go\b)|(?:are|is)(?:n't| not| no longer) (?:needed|necessary|required|wanted)"
    r"|(?:are|is) (?:unnecessary|unneeded|superfluous|not for me))",
    re.IGNORECASE,
)
# "a table, not a list", "a table instead of a list", "answers free of lists": the second one is not wanted.
_INSTEAD = re.compile(
    rf"(?!^)\s*,?\s*\b(?:instead of|in place of|rather than|as opposed to|(?<!or )(?<!whether ){_NOT}|but no|without"
    r"|free (?:of|from)|no longer)\s+|(?<=\s)\bno\s+",
    re.IGNORECASE,
)
_PREFER = re.compile(r"^prefer\s+(?P<wanted>.+?)\s+(?:to|over)\s+(?P<unwanted>.+)$", re.IGNORECASE)
_REPLACE = re.compile(
    r"^(?:replace|swap|exchange)\s+(?P<unwanted>.+?)\s+(?:with|by|for)\s+(?P<wanted>.+)$", re.IGNORECASE
)
_CLAUSE = re.compile(r"\s*[,;:.!?()]+\s*|\s+(?:and|but|so)\s+", re.IGNORECASE)
# "Just give me the answer": then what else an answer may have is not wanted.
_ONLY_RESULTS = re.compile(
    r"\b(?:just|only|nothing but)\s+(?:(?:give|show|tell|send|want|need|me|the|a|final|bare|plain)\s+)*"
    r"(?:answer|result|code|number|command|solution|translation|definition|conclusion)s?\b(?! (?:first|that|which)\b)",
    re.IGNORECASE,
)
_BESIDE_RESULTS = ("explanation", "reasoning", "the steps", "derivation", "background", "intermediate results")
# Where the next thing to do, or not to do, begins: "cut the praise and keep to the facts", "show it and hide the rest".
_NEXT = re.compile(
    r"\s*(?:[,;]|\s(?=(?:and|but|then|so)\s))\s*(?:(?:and|but|then|so|just|only|also|instead)\s+)*"
    rf"(?=(?:{_BANS}|keep|use|write|give|go|make|show|put|tell|let|start|explain|answer|add|include|fix|carry|stick)\b"
    r"|leave )",
    re.IGNORECASE,
)


class Part(NamedTuple):
    text: str
    wanted: bool


@cached_by_text(_KEPT)
def parts(action: str, negated: bool) -> tuple[Part, ...]:
    """Of an action ("use tables instead of lists, and drop the summary"), what it wants and what it does not."""
    action = _FILLERS.sub("", LEAD.sub("", action))
    for pattern in (_PREFER, _REPLACE):
        if match := pattern.match(action):
            return Part(match["wanted"], not negated), Part(match["unwanted"], negated)
    first, *others = _NEXT.split(action)
    found = _pieces(first, negated)
    for clause in others:
        for part in _pieces(clause, False):
            # Only where the sign changes does the next clause begin something else.
            if found and found[-1].wanted == part.wanted:
                part = Part(f"{found.pop().text} {part.text}", part.wanted)
            found.append(part)
    return tuple(found)


def _pieces(clause: str, negated: bool) -> list[Part]:
    """At most two: what comes first, and what it is set against."""
    for left in (_LEFT, _SPARED):
        if match := left.match(clause):
            return [Part(match["thing"], negated)]
    bans, rest = _without_bans(clause)
    wanted = (bans or int(negated)) % 2 == 0
    pieces = [(number, piece) for number, piece in enumerate(_INSTEAD.split(rest)) if piece.strip()]
    return [Part(piece, wanted if number == 0 else not wanted) for number, piece in pieces[:2]]


def is_ban(action: str, negated: bool) -> bool:
    """Whether an action, as a whole, is one not to do, whatever the extractor made of its first word."""
    found = parts(action, negated)
    return not found[0].wanted if found else negated


@cached_by_text(_KEPT)
def taken_back(sentence: str) -> tuple[str, ...]:
    """The things that clauses of a sentence do away with: in "forget the theory, I want recipes", the theory."""
    text = " ".join(sentence.split())[:_LONGEST]
    clauses = (_FILLERS.sub("", clause) for clause in _CLAUSE.split(LEAD.sub("", text)))
    banned = (pieces[0].text for clause in clauses if (pieces := _pieces(clause, False)) and not pieces[0].wanted)
    return (*banned, *(_BESIDE_RESULTS if _ONLY_RESULTS.search(text) else ()))


def _without_bans(text: str) -> tuple[int, str]:
    """How many bans it begins with ("don't leave out": two, which is none), and what they are of."""
    bans = 0
    while match := _BAN.match(text):
        bans, text = bans + 1, _FILLERS.sub("", text[match.end() :])
    return bans, _USE.sub("", text).strip() if bans else text
