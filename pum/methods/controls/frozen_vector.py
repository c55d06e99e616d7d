"""`frozen_vector`: a control. `rag_vector`, whose learner never learns: what its exploration alone would change."""

from collections.abc import Sequence

from pum.core.schemas import Decision, Reward
from pum.memory.card import Card
from pum.memory.state import UserState
from pum.methods import rag
from pum.methods.method import Method, Resources
from pum.user_model.learners import build_learner

Settings = rag.LearnedSettings


class FrozenVector(rag.Rag):
    """Stays at the start of a new user."""

    def learn(
        self, state: UserState, decision: Decision, reward: Reward, gate: float, asked: Sequence[Card] = ()
    ) -> bool:
        return False


def build(settings: Settings, resources: Resources) -> Method:
    return FrozenVector(*rag.parts(settings, resources), build_learner(settings.user_model, settings.temperature))
