"""`oracle_items`: `rag_vector`, whose learner sees which preference a card truly is, in place of its words."""

from pum.errors import InputError
from pum.memory.card import Card
from pum.methods import rag
from pum.methods.base import Method, Resources
from pum.rng import key
from pum.user_model.learners import build_learner

Settings = rag.LearnedSettings


class OracleItems(rag.Rag):
    """For a learner in the space `cards`: cards of one preference are one item, however they are worded."""

    def __init__(self, *parts: object, resources: Resources) -> None:
        super().__init__(*parts)
        self._meaning = resources.meaning

    def _number(self, card: Card) -> int:
        # Half of the 64 bits fit an array's integers; a note of no known meaning is an item of its own.
        return key(*sorted(self._meaning(card.note) or {card.note})) >> 1


def build(settings: Settings, resources: Resources) -> Method:
    if resources.meaning is None:
        raise InputError("method oracle_items: it needs simulated users, whose true preferences are known")
    if getattr(settings.user_model, "space", None) != "cards":
        raise InputError("methods.oracle_items.user_model.space: only `cards` tells items apart by what they truly are")
    learner = build_learner(settings.user_model, settings.temperature)
    return OracleItems(*rag.parts(settings, resources), learner, resources=resources)
