"""Oracles: `rag` or `rag_vector`, told one truth each about the turn under way. Each shows what its truth is worth."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np

from pum.core.schemas import Decision
from pum.memory.card import Card
from pum.memory.state import UserState
from pum.methods import rag, rag_vector
from pum.methods.ground_truth import GroundTruth
from pum.methods.method import METHODS, Feedback, PromptContext, Resources
from pum.user_model.learner import Choice, LearnerParams


@METHODS.register("oracle_choice", rag.Settings)
class OracleChoice(rag.Rag):
    """Told which of the retrieved cards truly apply: one for each preference, those of the J most important. The
    ceiling of any choice among cards."""

    needs_ground_truth = True

    def prepare_prompt(self, state: UserState, message: str) -> PromptContext:
        cards = [state.cards[card_id].note for card_id in self._candidates(state, self._queries(state, message))]
        notes: list[str] = []
        for wanted in map(self.truth.label_note, self.truth.applicable_notes(state.user_id)):
            notes += [note for note in cards if note not in notes and self.truth.label_note(note) & wanted][:1]
        return PromptContext(Decision(notes=tuple(notes[: self.settings.top_j])))


class _ToldLearner(rag_vector.RagVector):
    """`_told`: by user, the truth about the turn under way alone, since a session is journaled as a whole."""

    needs_ground_truth = True

    def __init__(self, settings: rag_vector.Settings, resources: Resources) -> None:
        super().__init__(settings, resources)
        self._told: dict[str, Any] = {}

    def _applicable(self, state: UserState) -> frozenset[str]:
        return _labels(self.truth, self.truth.applicable_notes(state.user_id))


@METHODS.register("oracle_reward", rag_vector.Settings)
class OracleReward(_ToldLearner):
    """Told whether the injected set was right: reward 2 s - 1, where s is the share of the applicable preferences in
    memory (at most J) that were injected.

    Where none in memory applies no set is right or wrong, and there is no reward. What was asked for is still read from
    the user's words.
    """

    def prepare_prompt(self, state: UserState, message: str) -> PromptContext:
        context = super().prepare_prompt(state, message)
        applicable = self._applicable(state)
        held = _labels(self.truth, (card.note for card in state.cards.active)) & applicable
        possible = min(len(held), self.settings.top_j)
        injected = len(_labels(self.truth, context.decision.notes) & applicable)
        self._told[state.user_id] = min(1.0, 2 * injected / possible - 1) if possible else None
        return context

    def learn(self, state: UserState, decision: Decision, feedback: Feedback) -> bool:
        reward = self._told[state.user_id]
        return reward is not None and super().learn(state, decision, replace(feedback, reward=reward, gate=1.0))


@METHODS.register("oracle_preferences", rag_vector.Settings)
class OraclePreferences(_ToldLearner):
    """Told at every reaction all preferences that applied, voiced or not: credits each turn with their cards, as if the
    user had asked for each, and with those that the user did ask for, which may have had no card before."""

    def prepare_prompt(self, state: UserState, message: str) -> PromptContext:
        applicable = self._applicable(state)
        cards = state.cards.active
        self._told[state.user_id] = [card for card in cards if self.truth.label_note(card.note) & applicable]
        return super().prepare_prompt(state, message)

    def learn(self, state: UserState, decision: Decision, feedback: Feedback) -> bool:
        wanted = {card.card_id: card for card in (*self._told[state.user_id], *feedback.requested)}
        return super().learn(state, decision, replace(feedback, requested=tuple(wanted.values())))


_MOST_TAGS = 16
"""More than any request has; what a learner keeps of requests grows with it."""


@METHODS.register("oracle_request", rag_vector.Settings)
class OracleRequest(_ToldLearner):
    """Its learner sees what a request truly is, in place of its words: its tags (of the task, and of what is asked
    about it), each a sentence along an axis of its own in the item space. A learner that keeps few sentences of a
    request keeps all here; in all else it is as it is set."""

    def __init__(self, settings: rag_vector.Settings, resources: Resources) -> None:
        learner = _with_room(settings.user_model, resources.item_space.rank)
        super().__init__(settings.model_copy(update={"user_model": learner}), resources)

    def prepare_prompt(self, state: UserState, message: str) -> PromptContext:
        self._told[state.user_id] = self.truth.request_tags(state.user_id)
        return super().prepare_prompt(state, message)

    def _choice(self, state: UserState, message: str, cards: list[Card]) -> Choice:
        axes = np.eye(self.item_space.rank)
        # A small item space has fewer axes than there are tags; some then share one.
        tags = [place % self.item_space.rank for place in self._told[state.user_id]]
        return replace(super()._choice(state, message, cards), request=axes[tags])


def _with_room(learner: LearnerParams, rank: int) -> LearnerParams:
    """With room for every tag. Other limits would cut tags off, which is no truth about the request."""
    room = {"dims": rank, "sentences": _MOST_TAGS}
    return learner.model_copy(update={name: most for name, most in room.items() if name in type(learner).model_fields})


def _labels(truth: GroundTruth, notes: Iterable[str]) -> frozenset[str]:
    """All that any of the notes asks for."""
    return frozenset().union(*map(truth.label_note, notes))
