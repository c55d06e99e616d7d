"""Which card goes when a user has too many."""

from collections.abc import Iterable

from pum.memory.card import Card

# Strengths are compared at this precision, so that the last bits of a float cannot decide.
_DECIMALS = 9


def strength(card: Card, session: int, retention_half_life: float) -> float:
    """(confidence + successes) * 2 ** (-age / retention_half_life), `age` in sessions since its last mention or use."""
    last = max(card.sources[-1].session, -1 if card.last_use is None else card.last_use)
    return round((card.confidence + card.successes) * 2.0 ** (-(session - last) / retention_half_life), _DECIMALS)


def weakest(cards: Iterable[Card], session: int, retention_half_life: float) -> Card:
    """Of equally weak ones, the one first heard; ValueError without cards."""
    return min(cards, key=lambda card: strength(card, session, retention_half_life))
