"""Do two preferences say the same, or can they not both be met? Read from their words, without a language model.

A preference makes claims: this is wanted, that is not ("a table instead of a list" makes two). Two claims contradict
when one wants what the other does not, or when both fill one slot (`pum.memory.alternatives`) with different values.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Literal, NamedTuple, Protocol

from pum.memory.alternatives import chosen
from pum.memory.extraction_quality import STOP_WORDS, content_words

Relation = Literal["same", "opposite", "other"]

Verdicts = Mapping[tuple[str, str], Relation]
"""What a language model said of an older note and a newer one, where words do not tell."""

NO_VERDICTS: Verdicts = {}


class Unclear(NamedTuple):
    """Notes that may be the same as a newer one, or the opposite, as far as words tell; the nearest first."""

    older: tuple[str, ...]
    newer: str


class Preference(Protocol):
    """What a card and a preference just heard have in common."""

    @property
    def condition(self) -> str: ...
    @property
    def action(self) -> str: ...
    @property
    def negated(self) -> bool: ...


_KEPT = 8192
_BAN = re.compile(
    r"^(?:please\s+)?(?:do not|don't|no|not|never|stop|avoid|drop|skip|leave out|without)\b\s*"
    r"(?:(?:use|using|include|including|add|adding|give|giving|write|writing)\b)?",
    re.IGNORECASE,
)
# How people begin when they say something else than before.
_LEAD = re.compile(
    r"^(?:i(?:'ve| have)? changed my mind|on second thoughts?|actually|scrap that|forget (?:that|it))\b[\s:,.;]*",
    re.IGNORECASE,
)
# "a table, not a list", "a table instead of a list", "prefer tables to lists": the second one is not wanted.
_INSTEAD = re.compile(
    r"\s*,?\s*\b(?:instead of|rather than|(?<!or )(?<!whether )not(?! only\b)|but no|without|no longer|don't|do not)\s+"
    r"|(?<=\s)\bno\s+",
    re.IGNORECASE,
)
_PREFER = re.compile(r"^prefer\s+(?P<wanted>.+?)\s+to\s+(?P<unwanted>.+)$", re.IGNORECASE)
# What says how, when or to whom, but not what.
_EMPTY = frozenset(
    "now again any more anymore ever instead always often text word term way thing kind style answer repl respons "
    "messag me my i us am can may would lik prefer want need every each time still longer at all switch from then "
    "plain format language includ add using us mak let be one well about under up them over most least".split()
) | {stem for word in STOP_WORDS for stem in content_words(word)}
# What one does in every conversation; "writing Python" and "writing SQL" have nothing in common.
_EVERYDAY = frozenset(
    "ask answer question repl respond respons writ giv show tell explain us work do discuss talk help problem task "
    "thing want need i you we me my your it is are when anything something".split()
)
_OF_ONE_FAMILY = {"explanation": "explain", "summar": "summari", "summaris": "summari", "warn": "warning"}
# Slots that any part of an answer has: short names and long answers go together.
_OF_ANY_PART = frozenset({"length", "case"})
_SHARED_NEEDED = 0.5


@dataclass(frozen=True)
class Claim:
    """`value` of `slot` is wanted, or is not; `about` are stems of what it is said of. Without slot, `about` is it."""

    slot: str
    value: str
    wanted: bool
    about: frozenset[str]

    def restates(self, other: "Claim") -> bool:
        alike = self.about == other.about or _share(self.about, other.about) > _SHARED_NEEDED
        return alike and (self.slot, self.value, self.wanted) == (other.slot, other.value, other.wanted)


def relation(old: Preference, new: Preference) -> Relation:
    """Of two preferences of one user; `new` was said later.

    A general wish does not touch what was said of one occasion, nor an exception the general wish; only to take
    something back ("no tables any more") goes for every occasion.
    """
    alike = same_occasion(old, new)
    if not alike and new.condition:
        return "other"
    before, now = claims(old.action, old.negated), claims(new.action, new.negated)
    if any(_contradict(one, other) for one, other in product(before, now) if alike or not (other.wanted or other.slot)):
        return "opposite"
    choices = [claim for claim in now if claim.slot]
    return "same" if alike and choices and all(any(map(claim.restates, before)) for claim in choices) else "other"


def same_occasion(old: Preference, new: Preference) -> bool:
    """Both for every occasion, or for much the same; "when you write code" is none beside "write tests with code"."""
    one, other = _occasion(old.condition), _occasion(new.condition)
    if one and other:
        return 2 * len(one & other) >= _SHARED_NEEDED * (len(one) + len(other))
    return one <= _topic(new.action) and other <= _topic(old.action)


@lru_cache(maxsize=_KEPT)
def claims(action: str, negated: bool) -> tuple[Claim, ...]:
    """What an action ("use tables instead of lists") wants and does not want."""
    found: list[Claim] = []
    for text, wanted in _parts(action, negated):
        values, rest = chosen(text)
        about = _topic(rest)
        found += [Claim(slot, value, wanted, about) for slot, value in values]
        if whole := _topic(text):
            found.append(Claim("", "", wanted, whole))
    return tuple(found)


def _parts(action: str, negated: bool) -> list[tuple[str, bool]]:
    action = _LEAD.sub("", action)
    if match := _PREFER.match(action):
        return [(match["wanted"], not negated), (match["unwanted"], negated)]
    ban = _BAN.match(action)
    pieces = _INSTEAD.split(action[ban.end() :] if ban else action)
    return [(piece, (index > 0) == bool(ban or negated)) for index, piece in enumerate(pieces) if piece.strip()][:2]


@lru_cache(maxsize=_KEPT)
def _occasion(condition: str) -> frozenset[str]:
    return _topic(condition) - _EVERYDAY


def _topic(text: str) -> frozenset[str]:
    """Stems of the words that say what; stemmed twice, since "summarises" takes two steps to get to "summar"."""
    words = {word for stem in content_words(text) for word in content_words(stem)} if text.strip() else set()
    return frozenset(_OF_ONE_FAMILY.get(word, word) for word in words) - _EMPTY


def _contradict(one: Claim, other: Claim) -> bool:
    if one.slot != other.slot:
        return False
    if not one.slot:
        return one.wanted != other.wanted and _share(one.about, other.about) > _SHARED_NEEDED
    told_apart = one.slot in _OF_ANY_PART or (one.about and other.about)
    if told_apart and one.about != other.about and _share(one.about, other.about) < _SHARED_NEEDED:
        return False
    return one.wanted != other.wanted if one.value == other.value else one.wanted and other.wanted


def _share(one: frozenset[str], other: frozenset[str]) -> float:
    """Of the smaller set's words, how many are in the other."""
    return len(one & other) / min(len(one), len(other)) if one and other else 0.0
