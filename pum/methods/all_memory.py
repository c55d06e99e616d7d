"""`all_memory`: every active card is injected, in the order in which it was first heard."""

from pum.memory.state import UserState
from pum.methods.base import Draft, Method, MethodSettings, Resources
from pum.schemas import Decision


class Settings(MethodSettings):
    """Nothing to set."""


class AllMemory(Method):
    uses_cards = True

    def prepare_prompt(self, state: UserState, message: str) -> Draft:
        return Draft(Decision(notes=tuple(card.note for card in state.cards.active)))


def build(settings: Settings, resources: Resources) -> Method:
    return AllMemory()
