"""Do two preferences say the same, or can they not both be met? Read from their words, without a language model.

A preference makes claims: this is wanted, that is not ("a table instead of a list" makes two). Two claims contradict
when one wants what the other does not, or when both fill one slot (`pum.memory.slots`) with different values.
The newer one's sentence may do away with more than its action says (`pum.memory.polarity`).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Literal, NamedTuple, Protocol

from pum.core.text_cache import cached_by_text
from pum.language.lexicon import WRITTEN_THINGS
from pum.language.words import STOP_WORDS, content_words
from pum.memory.polarity import Order, Part, changes, narrows, order_of, parts, taken_back
from pum.memory.slots import ADJECTIVES, OF_A_THING, OF_ANY_PART, OF_THE_WHOLE, chosen

Relation = Literal["same", "opposite", "other"]

Verdicts = Mapping[tuple[str, str], Relation]
"""What a language model said of an older note and a newer one, where words do not tell."""

NO_VERDICTS: Verdicts = {}


class Unclear(NamedTuple):
    """Notes that may be the same as a newer one, or the opposite, as far as words tell; the nearest first."""

    older: tuple[str, ...]
    newer: str


class PreferenceLike(Protocol):
    """What a card and a preference just heard have in common."""

    @property
    def condition(self) -> str: ...
    @property
    def action(self) -> str: ...
    @property
    def negated(self) -> bool: ...


class NewPreference(PreferenceLike, Protocol):
    """What was just said, with the sentence in which it was."""

    @property
    def span(self) -> str: ...


_KEPT = 8192
# What says how, when or to whom, but not what.
_EMPTY = frozenset(
    "now again any more anymore ever instead always often text word term way thing kind style answer repl respons "
    "messag me my i us am can may would lik prefer want need every each time still longer at all switch from then "
    "plain format language includ add using us mak let be one well about under up them over most least first last "
    "here there own afterward beforehand fin welcom okay back go forward start today these day sound".split()
) | {stem for word in STOP_WORDS for stem in content_words(word)}
# What one does in every conversation; "writing Python" and "writing SQL" have nothing in common.
_EVERYDAY = frozenset(
    "ask answer question repl respond respons writ giv show tell explain us work do discuss talk help problem task "
    "thing want need i you we me my your it is are when anyth someth everyth whatev speak chat".split()
)
_OF_ONE_FAMILY = {"explanation": "explain", "summar": "summari", "summaris": "summari", "warn": "warning"}
_NAMED = re.compile(r"\b(?:in|for|about|on|when|with|to|of|before|after)\s+(?P<thing>.+)$", re.IGNORECASE)
_ORDER, _POSITION = "order", "position"
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


def relation(old: PreferenceLike, new: NewPreference) -> Relation:
    """Of two preferences of one user; `new` was said later.

    A general wish does not touch what was said of one occasion, nor an exception the general wish; only to take
    something back ("no tables any more") goes for every occasion, and "only when" takes the general wish's place.
    """
    alike = same_occasion(old, new)
    before, now = claims(old.action, old.negated), claims(new.action, new.negated)
    if _narrowed(old, new) and any(_of_one_thing(it, by) for it, by in product(before, now)):
        return "opposite"
    if not alike and new.condition:
        return "other"
    against = (*now, *_done_away_with(new.span))
    if any(_contradict(it, by) for it, by in product(before, against) if alike or not (by.wanted or by.slot)):
        return "opposite"
    choices = [claim for claim in now if claim.slot]
    return "same" if alike and choices and all(any(map(claim.restates, before)) for claim in choices) else "other"


def same_occasion(old: PreferenceLike, new: PreferenceLike) -> bool:
    """Both for every occasion, or for much the same; "when you write code" is none beside "write tests with code"."""
    one, other = _occasion(old.condition), _occasion(new.condition)
    if one and other:
        return 2 * len(one & other) >= _SHARED_NEEDED * (len(one) + len(other))
    return one <= _topic(new.action) and other <= _topic(old.action)


def _narrowed(old: PreferenceLike, new: NewPreference) -> bool:
    """Whether the new one keeps to some occasions, and the old one does not."""
    return not old.condition and narrows(new.span) and not narrows(old.action)


def replaces(old: PreferenceLike, new: NewPreference) -> bool:
    """Whether `new`, which sounds much like `old`, takes its place: things change, and other words are said."""
    return changes(new.span) and bool(_topic(new.action) - _topic(old.action))


@cached_by_text(_KEPT)
def claims(action: str, negated: bool) -> tuple[Claim, ...]:
    """What an action ("use tables instead of lists") wants and does not want."""
    return tuple(claim for part in parts(action, negated) for claim in _claims(part))


@cached_by_text(_KEPT)
def _done_away_with(sentence: str) -> tuple[Claim, ...]:
    return tuple(claim for thing in taken_back(sentence) for claim in _claims(Part(thing, False)))


def _claims(part: Part) -> Iterator[Claim]:
    found, order = chosen(part.text), order_of(part.text)
    for slot, value in found.values:
        rest = found.bare if slot in ADJECTIVES else found.rest
        if slot != _POSITION or order is None:
            yield Claim(slot, value, part.wanted, _object(rest) if slot in OF_THE_WHOLE else _topic(rest))
    if order:
        yield from _of_order(order, part.wanted)
    if whole := _topic(part.text):
        yield Claim("", "", part.wanted, whole)


def _of_order(order: Order, wanted: bool) -> Iterator[Claim]:
    first, then = _topic(order.first), _topic(order.then)
    if first and then:
        yield Claim(_ORDER, " ".join(sorted(first)), wanted, first | then)
    for place, thing in order.fixed:
        yield Claim(_POSITION, place, wanted, _topic(chosen(thing).rest))


def _occasion(condition: str) -> frozenset[str]:
    return _topic(condition) - _EVERYDAY


@cached_by_text(_KEPT)
def _topic(text: str) -> frozenset[str]:
    """Stems of the words that say what; stemmed twice, since "summarises" takes two steps to get to "summar"."""
    words = {word for stem in content_words(text) for word in content_words(stem)} if text.strip() else set()
    return frozenset(_OF_ONE_FAMILY.get(word, word) for word in words) - _EMPTY


_WRITTEN = frozenset().union(*map(_topic, sorted(WRITTEN_THINGS)))


def _object(text: str) -> frozenset[str]:
    """Stems of the thing that a manner is for: "in" it, "for" it, or a thing that people have written."""
    named = _NAMED.search(text)
    return (_topic(named["thing"]) if named else frozenset()) | (_topic(text) & _WRITTEN)


def _contradict(one: Claim, other: Claim) -> bool:
    if one.slot != other.slot:
        return False
    if not one.slot:
        return one.wanted != other.wanted and _share(one.about, other.about) > _SHARED_NEEDED
    if one.slot == _ORDER:
        return one.about == other.about and (one.value != other.value) == (one.wanted == other.wanted)
    if one.slot in OF_A_THING and not (one.about and other.about):
        return False
    told_apart = one.slot in OF_ANY_PART or (one.about and other.about)
    if told_apart and one.about != other.about and _share(one.about, other.about) < _SHARED_NEEDED:
        return False
    return one.wanted != other.wanted if one.value == other.value else one.wanted and other.wanted


def _of_one_thing(one: Claim, other: Claim) -> bool:
    alike = (one.slot, one.value, one.wanted) == (other.slot, other.value, other.wanted)
    return alike and not one.slot and _share(one.about, other.about) > _SHARED_NEEDED


def _share(one: frozenset[str], other: frozenset[str]) -> float:
    """Of the smaller set's words, how many are in the other."""
    return len(one & other) / min(len(one), len(other)) if one and other else 0.0
