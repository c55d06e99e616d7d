"""`all_memory`: every active card is injected, in the order in which it was first heard."""

from pum.core.schemas import Decision
from pum.memory.state import UserState
from pum.methods.method import Draft, Method, MethodSettings, Resources


class Settings(MethodSettings):
    """Nothing to set."""


class AllMemory(Method):
    uses_cards = True

    def prepare_prompt(self, state: UserState, message: str) -> Draft:
        return Draft(Decision(notes=tuple(card.note for card in state.cards.active)))


def build(settings: Settings, resources: Resources) -> Method:
    return AllMemory()
