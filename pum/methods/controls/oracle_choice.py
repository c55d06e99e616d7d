"""`oracle_choice`: `rag` that is told which of its cards truly apply: the ceiling of any choice among cards."""

from pum.core.errors import InputError
from pum.core.schemas import Decision
from pum.memory.state import UserState
from pum.methods import rag
from pum.methods.method import Draft, Method, Resources

Settings = rag.Settings


class OracleChoice(rag.Rag):
    """Of the cards whose preference applies, one a preference, those of the J most important."""

    def __init__(self, *parts: object, resources: Resources) -> None:
        super().__init__(*parts)
        self._peek, self._meaning = resources.peek, resources.meaning

    def prepare_prompt(self, state: UserState, message: str) -> Draft:
        cards = [state.cards[card_id].note for card_id in self._candidates(state, self._queries(state, message))]
        notes: list[str] = []
        for wanted in map(self._meaning, self._peek(state.user_id)):
            notes += [note for note in cards if note not in notes and self._meaning(note) & wanted][:1]
        return Draft(Decision(notes=tuple(notes[: self.settings.top_j])))


def build(settings: Settings, resources: Resources) -> Method:
    if resources.peek is None or resources.meaning is None:
        raise InputError("method oracle_choice: it needs simulated users, whose true preferences are known")
    parts = rag.parts(settings, resources)
    return OracleChoice(*parts, resources=resources)
