"""Edits a card, and erases what it said before, wherever the state holds it. When it was said is kept."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from pum.core.errors import InputError
from pum.extraction.rules import LONGEST_ACTION, RuleExtractor, note_of
from pum.memory.card import Card, Source

ERASED = "(erased)"
"""Stands where erased text stood."""

Change = Callable[[Card, Source], Card]
"""From a card and the present turn to the changed card."""


def disabled(card: Card, now: Source) -> Card:
    """The card without its words, not valid from `now` on. The end of a past card does not change."""
    return replace(_erased(card), until=card.until or now)


def edited(card: Card, text: str) -> Card:
    """The card with `text` as its new content, and its note in place of the request that it came from.

    If the rules extract exactly one preference from the text, the card gets this preference; otherwise the text itself,
    without a condition. InputError for an empty or too long text, and for a past card.
    """
    note = " ".join(text.split())
    if not 0 < len(note) <= LONGEST_ACTION:
        raise InputError(f"a card has 1 to {LONGEST_ACTION} characters, not {len(note)}")
    if not card.active:
        raise InputError(f"{card.card_id} is no longer used; tell the assistant what you want, and it makes a new card")
    read = RuleExtractor().extract(note)
    if len(read) != 1:
        content = {"condition": "", "action": note, "scope": "global", "negated": False}
    else:
        (found,) = read
        note = note_of(found)
        content = {name: getattr(found, name) for name in ("condition", "action", "scope", "negated")}
        content["confidence"] = max(card.confidence, found.confidence)
    return replace(card, note=note, wordings=(note,), query=note, **content)


def with_card(state: dict, card: Card) -> dict:
    """A state (of `UserState.to_json`) with `card` in place of the one with its id, whose words are erased.

    Erased are the messages of this session in which the card was stated, the replies to them, and every text that
    repeats such a message or a wording of the card. Other cards that are still valid keep their notes; from the same
    messages they lose the request. What a model wrote in words of its own stays.
    """
    cards = [Card.from_json(other) for other in state["cards"]]
    (old,) = (other for other in cards if other.card_id == card.card_id)
    quotes, turns = quotes_of(old, state), _turns_of(old, state)
    return {
        **state,
        "cards": [(card if other is old else _without(other, old, quotes)).to_json() for other in cards],
        "history": [
            {**message, "content": ERASED} if place // 2 in turns else _rid(message, quotes)
            for place, message in enumerate(state["history"])
        ],
        **{name: _rid(state[name], quotes) for name in ("pending", "request", "method_state")},
    }


def quotes_of(card: Card, state: dict) -> re.Pattern:
    """What finds the words of a card, for `holds`: its wordings, and the messages in which a state has them."""
    history, turns = state["history"], _turns_of(card, state)
    said = [message["content"] for place, message in enumerate(history) if place % 2 == 0 and place // 2 in turns]
    said += [text for text in _texts([history, state["method_state"]]) if _states(text, card.wordings)]
    plain = sorted({_plain(text) for text in (card.note, *card.wordings, *said)} - {"", ERASED})
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, plain))})(?!\w)" if plain else r"(?!)")


def holds(text: str, quotes: re.Pattern) -> bool:
    """Does the text hold one of the quotes, in any case and spacing?"""
    return bool(quotes.search(_plain(text)))


def _turns_of(card: Card, state: dict) -> set[int]:
    """The turns of the present session in which the card was stated."""
    return {source.turn for source in card.sources if source.session == state["session"]}


def _erased(card: Card) -> Card:
    return replace(card, note=ERASED, condition="", action="", query="", wordings=(ERASED,))


def _without(card: Card, old: Card, quotes: re.Pattern) -> Card:
    """Another card, without the words of `old`."""
    if not card.active and any(holds(text, quotes) for text in (card.note, card.action, *card.wordings)):
        return _erased(card)
    if set(card.sources) & set(old.sources) or holds(card.query, quotes):
        return replace(card, query=card.note if card.active else "")
    return card


def _states(message: str, wordings: tuple[str, ...]) -> bool:
    """Do the rules read a wording of the card out of this message?"""
    return any(note_of(preference) in wordings for preference in RuleExtractor().extract(message))


def _plain(text: str) -> str:
    return " ".join(text.casefold().split()).rstrip(".")


def _rid(value: object, quotes: re.Pattern) -> object:
    """JSON, with `ERASED` for each text that holds one of the quotes."""
    if isinstance(value, str):
        return ERASED if holds(value, quotes) else value
    if isinstance(value, dict):
        return {key: _rid(inner, quotes) for key, inner in value.items()}
    return [_rid(inner, quotes) for inner in value] if isinstance(value, list | tuple) else value


def _texts(value: object) -> Iterator[str]:
    """All texts in JSON."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list | tuple):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _texts(inner)
