"""`oracle_reward`: `rag_vector`, whose learner is told the truth: was the injected set right?"""

from collections.abc import Sequence

from pum.core.errors import InputError
from pum.core.schemas import Decision, Reward
from pum.memory.card import Card
from pum.memory.state import UserState
from pum.methods import rag
from pum.methods.method import Draft, Method, Resources
from pum.user_model.learners import build_learner

Settings = rag.LearnedSettings


class OracleReward(rag.Rag):
    """Reward 2 s - 1, where s is the share of the applicable preferences in memory (at most J) that were injected.

    Where none in memory applies no set is right or wrong, and there is no reward. What was asked for is still read from
    the user's words.
    """

    def __init__(self, *parts: object, resources: Resources) -> None:
        super().__init__(*parts)
        self._peek, self._meaning = resources.peek, resources.meaning
        # Of the turn under way alone: a session is journaled as a whole.
        self._truth: dict[str, float | None] = {}

    def prepare_prompt(self, state: UserState, message: str) -> Draft:
        draft = super().prepare_prompt(state, message)
        applicable = frozenset().union(*map(self._meaning, self._peek(state.user_id)))
        held = self._all(card.note for card in state.cards.active) & applicable
        possible = min(len(held), self.settings.top_j)
        injected = len(self._all(draft.decision.notes) & applicable)
        self._truth[state.user_id] = min(1.0, 2 * injected / possible - 1) if possible else None
        return draft

    def learn(
        self, state: UserState, decision: Decision, reward: Reward, gate: float, asked: Sequence[Card] = ()
    ) -> bool:
        return super().learn(state, decision, Reward(self._truth[state.user_id], "oracle"), 1.0, asked)

    def _all(self, notes: Sequence[str]) -> frozenset[str]:
        return frozenset().union(*map(self._meaning, notes))


def build(settings: Settings, resources: Resources) -> Method:
    if resources.peek is None or resources.meaning is None:
        raise InputError("method oracle_reward: it needs simulated users, whose true preferences are known")
    learner = build_learner(settings.user_model, settings.temperature)
    return OracleReward(*rag.parts(settings, resources), learner, resources=resources)
