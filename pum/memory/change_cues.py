"""The words with which people say that they want something else than before."""

import re

LEAD = re.compile(
    r"^(?:(?:i(?:'ve| have)? changed my mind|on second thoughts?|actually|scrap that|forget (?:that|it)"
    r"|come to think of it|never ?mind|i was wrong(?: about that)?)\b[\s:,.;]*)+",
    re.IGNORECASE,
)
"""How people begin when they say something else than before."""

# What was is named as past, or as left for the new.
_TURNED = re.compile(
    r"\b(?:changed? (?:my mind|to)|second thoughts?|instead|rather|switch(?:ed)?(?: (?:to|over))?"
    r"|(?:go|going|went|moved?|back) (?:back )?to|return to"
    r"|no longer|any ?more|any longer|after all|scrap|not .{3,40} but"
    r"|replace)\b",
    re.IGNORECASE,
)
# From here on it is so; which people also say when nothing was said before.
_FROM_HERE = re.compile(
    r"\b(?:from (?:now|here|today|this point)(?: on(?:wards?)?)?|now|going forward|starting (?:now|today)|these days"
    r"|in (?:the )?future|by now|for a change|this time|today|henceforth|just|only|enough|(?:can|may) (?:now )?be"
    r"|feel free|fine|welcome|could you .*\binstead)\b",
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
    return any(pattern.search(sentence) for pattern in (LEAD, _TURNED, _FROM_HERE, _LESS_OFTEN))


def narrows(sentence: str) -> bool:
    """Whether it keeps to some occasions what may have been wished for all: "only when", "unless"."""
    return bool(_LESS_OFTEN.search(sentence))
