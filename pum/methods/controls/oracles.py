"""Oracles: `rag` or `rag_vector` with one piece of ground truth about the current turn; each shows its value."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np

from pum.core.schemas import Decision, Note
from pum.memory.card import Card
from pum.memory.state import UserState
from pum.methods import rag, rag_vector
from pum.methods.method import METHODS, Feedback, GroundTruth, PromptContext, Resources
from pum.user_model.learner import CardChoice, LearnerParams


@METHODS.register("oracle_choice", rag.Settings)
class OracleChoice(rag.Rag):
    """Knows which retrieved cards apply: injects one card for each of the J most important preferences.

    It is the upper bound of any choice among the retrieved cards.
    """

    needs_ground_truth = True

    def prepare_prompt(self, state: UserState, message: str) -> PromptContext:
        found = self._candidates(state, self._queries(state, message))
        cards = [state.cards[card_id].as_note(met=True) for card_id in found]
        notes: list[Note] = []
        for true in self.truth.applicable_notes(state.user_id):
            wanted = self.truth.label_note(true.text)
            notes += [note for note in cards if note not in notes and self.truth.label_note(note.text) & wanted][:1]
        return PromptContext.injecting(notes[: self.settings.top_j])


class _OracleLearner(rag_vector.RagVector):
    """`_truths`: by user, the truth about the current turn; no more is needed, as the journal has whole sessions."""

    needs_ground_truth = True

    def __init__(self, settings: rag_vector.Settings, resources: Resources) -> None:
        super().__init__(settings, resources)
        self._truths: dict[str, Any] = {}

    def _applicable(self, state: UserState) -> frozenset[str]:
        return _labels(self.truth, (note.text for note in self.truth.applicable_notes(state.user_id)))


@METHODS.register("oracle_reward", rag_vector.Settings)
class OracleReward(_OracleLearner):
    """Knows whether the injected set was right.

    The reward is 2 s - 1, where s is the share of the applicable preferences in memory (at most J) that were injected.
    Without an applicable preference in memory there is no reward. The user's requests are still read from the message.
    """

    def prepare_prompt(self, state: UserState, message: str) -> PromptContext:
        context = super().prepare_prompt(state, message)
        applicable = self._applicable(state)
        held = _labels(self.truth, (card.note for card in state.cards.active)) & applicable
        possible = min(len(held), self.settings.top_j)
        injected = len(_labels(self.truth, context.decision.notes) & applicable)
        self._truths[state.user_id] = min(1.0, 2 * injected / possible - 1) if possible else None
        return context

    def learn(self, state: UserState, decision: Decision, feedback: Feedback) -> bool:
        reward = self._truths[state.user_id]
        return reward is not None and super().learn(state, decision, replace(feedback, reward=reward, gate=1.0))


@METHODS.register("oracle_preferences", rag_vector.Settings)
class OraclePreferences(_OracleLearner):
    """Knows all preferences that applied, whether the user mentioned them or not.

    It credits each turn with their cards, as if the user had asked for each, and with the cards of actual requests,
    which may be new.
    """

    def prepare_prompt(self, state: UserState, message: str) -> PromptContext:
        applicable = self._applicable(state)
        cards = state.cards.active
        self._truths[state.user_id] = [card for card in cards if self.truth.label_note(card.note) & applicable]
        return super().prepare_prompt(state, message)

    def learn(self, state: UserState, decision: Decision, feedback: Feedback) -> bool:
        wanted = {card.card_id: card for card in (*self._truths[state.user_id], *feedback.requested)}
        return super().learn(state, decision, replace(feedback, requested=tuple(wanted.values())))


_MOST_TAGS = 16
"""No request has more; the learner's memory of requests grows with it."""


@METHODS.register("oracle_request", rag_vector.Settings)
class OracleRequest(_OracleLearner):
    """The learner sees the true tags of a request (of task and request type) in place of its words.

    Each tag is a sentence along an axis of its own in the item space. The learner keeps all sentences of a request; its
    other settings stay.
    """

    def __init__(self, settings: rag_vector.Settings, resources: Resources) -> None:
        learner = _with_room(settings.user_model, resources.item_space.rank)
        super().__init__(settings.model_copy(update={"user_model": learner}), resources)

    def prepare_prompt(self, state: UserState, message: str) -> PromptContext:
        self._truths[state.user_id] = self.truth.request_tags(state.user_id)
        return super().prepare_prompt(state, message)

    def _choice(self, state: UserState, message: str, cards: list[Card]) -> CardChoice:
        axes = np.eye(self.item_space.rank)
        # In a small item space there are fewer axes than tags, so some tags share one.
        tags = [place % self.item_space.rank for place in self._truths[state.user_id]]
        return replace(super()._choice(state, message, cards), request=axes[tags])


def _with_room(learner: LearnerParams, rank: int) -> LearnerParams:
    """The settings with room for every tag, since a smaller limit would drop tags."""
    room = {"dims": rank, "sentences": _MOST_TAGS}
    return learner.model_copy(update={name: most for name, most in room.items() if name in type(learner).model_fields})


def _labels(truth: GroundTruth, notes: Iterable[str]) -> frozenset[str]:
    """All styles that any of the notes asks for."""
    return frozenset().union(*map(truth.label_note, notes))
