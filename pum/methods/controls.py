"""Experiment controls: `rag` or `rag_vector` with one part replaced, which shows what that part contributes.

First placebos, which should not help: random notes, a learner that never learns, rewards of other turns, the vectors of
another user. Then oracles, which get one piece of ground truth about the current turn. Sections of `variants` in
params.yaml name them as their `method`.
"""

import json
from collections.abc import Iterable
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from pydantic import FilePath

from pum.core.errors import InputError
from pum.core.rng import generator, key
from pum.core.schemas import Decision, Note
from pum.feedback.gate import gate
from pum.memory.card import Card
from pum.memory.state import UserState
from pum.methods import rag, rag_vector
from pum.methods.method import METHODS, Feedback, GroundTruth, PromptContext, Resources
from pum.user_model.learner import CardChoice, LearnerParams
from pum.user_model.vectors import UserVectors

if TYPE_CHECKING:
    import pandas as pd


@METHODS.register("random_notes", rag.Settings)
class RandomNotes(rag.Rag):
    """J random notes of the user's active cards (or all, if fewer), whatever the message.

    The draw depends on user and turn only, so repetitions agree.
    """

    def prepare_prompt(self, state: UserState, message: str) -> PromptContext:
        notes = [card.as_note() for card in state.cards.active]
        order = generator("random notes", state.user_id, state.turn_id).permutation(len(notes))
        return PromptContext.injecting(notes[place] for place in order[: self.settings.top_j])


@METHODS.register("frozen_vector", rag_vector.Settings)
class FrozenVector(rag_vector.RagVector):
    """The learner never learns, and stays in its initial state; it shows the effect of exploration alone."""

    def learn(self, state: UserState, decision: Decision, feedback: Feedback) -> bool:
        return False


_MOST_CARDS = 8
"""At most so many cards of a reaction are remembered."""


@METHODS.register("shuffled_reward", rag_vector.Settings)
class ShuffledReward(rag_vector.RagVector):
    """Each turn is credited with a random earlier reaction of the same user.

    The draw depends on user and turn only, so repetitions agree.
    """

    def learn(self, state: UserState, decision: Decision, feedback: Feedback) -> bool:
        earlier = state.method_state.get("shuffled_reward", [])
        changed = False
        if earlier:
            drawn = earlier[key("shuffled reward", state.user_id, state.turn_id) % len(earlier)]
            cards = tuple(card for card in state.cards if card.number in drawn["cards"])
            shuffled = Feedback(drawn["reward"], gate(drawn["reward"], decision.max_similarity), cards)
            changed = super().learn(state, decision, shuffled)
        reaction = {"reward": feedback.reward, "cards": [card.number for card in feedback.requested][:_MOST_CARDS]}
        state.method_state["shuffled_reward"] = [*earlier, reaction]
        return changed


class SwappedVectorSettings(rag_vector.Settings):
    """The settings of `rag_vector`, and `vectors`: users.parquet of a finished run of the same learner."""

    vectors: FilePath


class _Learned(NamedTuple):
    """A user's final vectors, and the first wording of each card, by its number."""

    vectors: UserVectors
    notes: tuple[str, ...]


@METHODS.register("swapped_vector", SwappedVectorSettings)
class SwappedVector(rag_vector.RagVector):
    """Each user starts with the final vectors of another user, half the list away, which then never change.

    What the learner knows of a single card of the other user applies to the most similar card of this user, in the
    item space. A user that was not in that run gets no vectors. InputError for a run of a single user.
    """

    settings: SwappedVectorSettings

    def prepare_prompt(self, state: UserState, message: str) -> PromptContext:
        if (state.session, state.turn) == (0, 0):
            donor = self._donors.get(state.user_id)
            state.vectors = donor.vectors if donor else state.vectors
        return super().prepare_prompt(state, message)

    def learn(self, state: UserState, decision: Decision, feedback: Feedback) -> bool:
        return False

    def _bonus(self, state: UserState, message: str, cards: list[Card]) -> np.ndarray:
        return self.learner.score(self._on_own_cards(state), self._choice(state, message, cards))

    def _on_own_cards(self, state: UserState) -> UserVectors:
        """The other user's vectors, with each card replaced by the most similar card of this user."""
        evidence, donor = state.vectors.evidence, self._donors.get(state.user_id)
        if "card" not in evidence or donor is None:
            return state.vectors
        own = state.cards.active
        alike = np.einsum("nk,mk->nm", self._items(donor.notes), self._items([card.first_said for card in own]))
        nearest = np.array([card.number for card in own])[np.round(alike, 9).argmax(axis=1)]
        return replace(state.vectors, evidence={**evidence, "card": nearest[evidence["card"]]})

    @cached_property
    def _donors(self) -> dict[str, _Learned]:
        """User id -> the final state of another user, of the run's first seed."""
        table = _read(self.settings.vectors)
        table = table[table.seed == table.seed.min()].sort_values("user_id")
        if len(table) < 2:
            raise InputError(f"{self.settings.vectors}: a run of one user; there is nobody to take vectors from")
        states = [json.loads(text)["assistant"] for text in table.state]
        users = [
            _Learned(UserVectors.from_json(it["vectors"]), tuple(card["wordings"][0] for card in it["cards"]))
            for it in states
        ]
        away = len(users) // 2
        return {user: users[(place + away) % len(users)] for place, user in enumerate(table.user_id)}


def _read(path: Path) -> "pd.DataFrame":
    import pandas as pd

    try:
        return pd.read_parquet(path, columns=["seed", "user_id", "state"])
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: no users of a finished run there ({error})") from None


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
    return frozenset().union(*map(truth.label_note, notes))
