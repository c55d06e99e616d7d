"""`oracle_request`: `rag_vector`, whose learner sees what a request truly is, in place of its words."""

from dataclasses import replace

import numpy as np

from pum.core.errors import InputError
from pum.memory.card import Card
from pum.memory.state import UserState
from pum.methods import rag
from pum.methods.method import Draft, Method, Resources
from pum.user_model.learner import Choice
from pum.user_model.learners import LearnerParams, build_learner

Settings = rag.LearnedSettings

_MOST_TRAITS = 16
"""More than any request has; what a learner keeps of requests grows with it."""


class OracleRequest(rag.Rag):
    """A request is its true traits (of the task, and of what is asked about it), each a sentence along an axis of
    its own in the item space. A learner that keeps few of them keeps all here; in all else it is as it is set."""

    def __init__(self, *parts: object, resources: Resources) -> None:
        super().__init__(*parts)
        self._traits_of = resources.traits
        # Of the turn under way alone: a session is journaled as a whole.
        self._traits: dict[str, tuple[int, ...]] = {}

    def prepare_prompt(self, state: UserState, message: str) -> Draft:
        self._traits[state.user_id] = self._traits_of(state.user_id)
        return super().prepare_prompt(state, message)

    def _choice(self, state: UserState, message: str, cards: list[Card]) -> Choice:
        axes = np.eye(self.item_space.rank)
        # A small item space has fewer axes than there are traits; some then share one.
        traits = [place % self.item_space.rank for place in self._traits[state.user_id]]
        return replace(super()._choice(state, message, cards), request=axes[traits])


def build(settings: Settings, resources: Resources) -> Method:
    if resources.traits is None:
        raise InputError("method oracle_request: it needs simulated users, whose requests' traits are known")
    learner = build_learner(_all_kept(settings.user_model, resources.item_space.rank), settings.temperature)
    return OracleRequest(*rag.parts(settings, resources), learner, resources=resources)


def _all_kept(learner: LearnerParams, rank: int) -> LearnerParams:
    """With room for every trait. Other limits would cut traits off, which is no truth about the request."""
    room = {"dims": rank, "sentences": _MOST_TRAITS}
    return learner.model_copy(update={name: most for name, most in room.items() if name in type(learner).model_fields})
