"""Which part of an answer comes before which: "the code first, then the reasons", "the code after the reasons"."""

import re
from typing import Literal, NamedTuple

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
