"""`oracle_wishes`: `rag_vector`, whose learner is told at every reaction all wishes that applied, voiced or not."""

from collections.abc import Sequence

from pum.core.errors import InputError
from pum.core.schemas import Decision, Reward
from pum.memory.card import Card
from pum.memory.state import UserState
from pum.methods import rag
from pum.methods.method import Draft, Method, Resources
from pum.user_model.learners import build_learner

Settings = rag.LearnedSettings


class OracleWishes(rag.Rag):
    """Credits each turn with all cards whose preference truly applied to it, as if the user had asked for each, and
    with those that the user did ask for: a wish said for the first time has had no card when the turn was prepared."""

    def __init__(self, *parts: object, resources: Resources) -> None:
        super().__init__(*parts)
        self._peek, self._meaning = resources.peek, resources.meaning
        # Of the turn under way alone: a session is journaled as a whole.
        self._wanted: dict[str, tuple[Card, ...]] = {}

    def prepare_prompt(self, state: UserState, message: str) -> Draft:
        applicable = frozenset().union(*map(self._meaning, self._peek(state.user_id)))
        self._wanted[state.user_id] = tuple(it for it in state.cards.active if self._meaning(it.note) & applicable)
        return super().prepare_prompt(state, message)

    def learn(
        self, state: UserState, decision: Decision, reward: Reward, gate: float, asked: Sequence[Card] = ()
    ) -> bool:
        wanted = {card.card_id: card for card in (*self._wanted[state.user_id], *asked)}
        return super().learn(state, decision, reward, gate, tuple(wanted.values()))


def build(settings: Settings, resources: Resources) -> Method:
    if resources.peek is None or resources.meaning is None:
        raise InputError("method oracle_wishes: it needs simulated users, whose true preferences are known")
    learner = build_learner(settings.user_model, settings.temperature)
    return OracleWishes(*rag.parts(settings, resources), learner, resources=resources)
