"""`random_notes`: a control. J notes of cards drawn at random, as long as there are as many; it never abstains."""

from pum.core.rng import generator
from pum.core.schemas import Decision
from pum.memory.state import UserState
from pum.methods import rag
from pum.methods.method import Draft, Method, Resources

Settings = rag.Settings


class RandomNotes(rag.Rag):
    """Any of the user's active cards, whatever the message; by luck of user and turn, alike in repetitions."""

    def prepare_prompt(self, state: UserState, message: str) -> Draft:
        notes = [card.note for card in state.cards.active]
        order = generator("random notes", state.user_id, state.turn_id).permutation(len(notes))
        return Draft(Decision(notes=tuple(notes[place] for place in order[: self.settings.top_j])))


def build(settings: Settings, resources: Resources) -> Method:
    return RandomNotes(*rag.parts(settings, resources))
