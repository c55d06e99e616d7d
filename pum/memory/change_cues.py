"""The words with which people say that they want something else than before."""

import re

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
