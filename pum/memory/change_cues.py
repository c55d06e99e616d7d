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
    r"|(?:go|going|went|moved?|back) (?:back )?to|return to|no longer|any ?more|any longer|after all|scrap|not .{3,40} but|replace)\b",
    re.IGNORECASE,
)
# From here on it is so; which people also say when nothing was said before.
_FROM_HERE = re.compile(
    r"\b(?:from (?:now|here|today|this point)(?: on(?:wards?)?)?|now|going forward|starting (?:now|today)|these days"
    r"|in (?:the )?future|by now|for a change|this time|today|henceforth|just|only|enough|(?:can|may) (?:now )?be"
    r"|feel free|fine|welcome|could you .*\binstead)\b",
    re.IGNORECASE,
)
# A wish that comes beside what was said, not in its place.
_BESIDE = re.compile(r"\b(?:also|too|as well|in addition|additionally|besides|on top of that|plus)\b", re.IGNORECASE)


def turns(sentence: str) -> bool:
    """Whether it says that something takes the place of something else: "switch to", "no longer", "instead"."""
    return bool(_TURNED.search(sentence) or LEAD.match(sentence)) and not _BESIDE.search(sentence)


def starts_anew(sentence: str) -> bool:
    """Whether it says that something is so from now on, which it may or may not have been before."""
    return turns(sentence) or (bool(_FROM_HERE.search(sentence)) and not _BESIDE.search(sentence))
