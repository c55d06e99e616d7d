"""What a person may do to one of their own cards: reword it, or have it never used again."""

from dataclasses import replace

from pum.core.errors import InputError
from pum.extraction.rules import LONGEST_ACTION, RuleExtractor, note_of
from pum.memory.card import Card, Source


def disabled(card: Card, now: Source) -> Card:
    """No more valid from `now` on; the end of a card of the past stays what it was."""
    return replace(card, until=now) if card.active else card


def edited(card: Card, text: str) -> Card:
    """The card with `text` in the place of what it said: as the rules read it if they find one preference in it, else
    in these very words, for every occasion. InputError when it is empty, too long, or the card is one of the past."""
    note = " ".join(text.split())
    if not 0 < len(note) <= LONGEST_ACTION:
        raise InputError(f"a card says something in 1 to {LONGEST_ACTION} characters, not {len(note)}")
    if not card.active:
        raise InputError(f"{card.card_id} is not used any more; say what you want instead, and it will be a new card")
    read = RuleExtractor().extract(note)
    if len(read) != 1:
        return replace(card, note=note, wordings=(note,), condition="", action=note, scope="global", negated=False)
    (said,) = read
    return replace(
        card,
        note=note_of(said),
        wordings=(note_of(said),),
        condition=said.condition,
        action=said.action,
        scope=said.scope,
        negated=said.negated,
        confidence=max(card.confidence, said.confidence),
    )
