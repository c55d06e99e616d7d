"""Does a preference hold everywhere, or under a condition?"""

import re
from typing import Literal

_QUANTIFIERS = frozenset(
    "all any anything always every everything everywhere general generally regardless whatever whichever whenever "
    "universally".split()
)
_ABOUT_TALKING = frozenset(
    "a an the of in for to on at by from with i me my you your we our us it is are be do does no matter what which "
    "kind sort "
    "type ask asked asking say request requests answer answers answering reply replies replying respond responding "
    "response "
    "responses message messages question questions conversation conversations chat chats session sessions topic "
    "topics subject "
    "time times speaking about task tasks ever i'm i'd case cases".split()
)
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?|\d+")


def scope_of(condition: str) -> Literal["global", "conditional"]:
    """`global` without a condition, or when all that the condition says is "always", "in any answer", "whatever I ask".

    One word that narrows it ("any response with code", "always when debugging") makes it `conditional`.
    """
    words = _WORD.findall(condition.lower())
    if not condition.strip():
        return "global"
    quantified = any(word in _QUANTIFIERS for word in words) or {"no", "matter"} <= set(words)
    if quantified and all(word in _QUANTIFIERS or word in _ABOUT_TALKING for word in words):
        return "global"
    return "conditional"
