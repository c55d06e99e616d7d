"""Placebo controls: each replaces one part of `rag` or `rag_vector` by something that should not help."""

import json
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from pydantic import FilePath

from pum.core.errors import InputError
from pum.core.rng import generator, key
from pum.core.schemas import Decision
from pum.feedback.gate import gate
from pum.memory.card import Card
from pum.memory.state import UserState
from pum.methods import rag, rag_vector
from pum.methods.method import METHODS, Feedback, PromptContext
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
