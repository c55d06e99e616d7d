"""`swapped_vector`: a control. `rag_vector` with what another user's learner ended with, from the start, unchanged.

What a learner keeps of single cards is about the other user's: it counts for the present user's card that is most like
each of them, in the item space.
"""

import json
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from pydantic import FilePath

from pum.core.errors import InputError
from pum.core.schemas import Decision
from pum.memory.card import Card
from pum.memory.state import UserState
from pum.methods import rag_vector
from pum.methods.method import METHODS, Feedback, PromptContext
from pum.user_model.vectors import UserVectors

if TYPE_CHECKING:
    import pandas as pd


class Settings(rag_vector.Settings):
    """As `rag_vector`. `vectors`: the users.parquet of a finished run of the same learner."""

    vectors: FilePath


class _Learned(NamedTuple):
    """What a user's learner ended with, and what its cards, by their numbers, were first said as."""

    vectors: UserVectors
    notes: tuple[str, ...]


@METHODS.register("swapped_vector", Settings)
class SwappedVector(rag_vector.RagVector):
    """Each user gets the vectors of the one half the list away; a user that was not in that run gets none. InputError
    for the run of a single user, who would get the own ones."""

    settings: Settings

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
        """The other's vectors, as if what they hold of a card had been seen at this user's card most like it."""
        evidence, donor = state.vectors.evidence, self._donors.get(state.user_id)
        if "card" not in evidence or donor is None:
            return state.vectors
        own = state.cards.active
        alike = np.einsum("nk,mk->nm", self._items(donor.notes), self._items([card.first_said for card in own]))
        nearest = np.array([card.number for card in own])[np.round(alike, 9).argmax(axis=1)]
        return replace(state.vectors, evidence={**evidence, "card": nearest[evidence["card"]]})

    @cached_property
    def _donors(self) -> dict[str, _Learned]:
        """user id -> another's; of the run's first seed, z_short is over."""
        table = _read(self.settings.vectors)
        table = table[table.seed == table.seed.min()].sort_values("user_id")
        if len(table) < 2:
            raise InputError(f"{self.settings.vectors}: a run of one user; there is nobody to take vectors from")
        users = [_learned(json.loads(text)["assistant"]) for text in table.state]
        away = len(users) // 2
        return {user: users[(place + away) % len(users)] for place, user in enumerate(table.user_id)}


def _learned(state: dict) -> _Learned:
    return _Learned(UserVectors.from_json(state["vectors"]), tuple(card["wordings"][0] for card in state["cards"]))


def _read(path: Path) -> "pd.DataFrame":
    import pandas as pd

    try:
        return pd.read_parquet(path, columns=["seed", "user_id", "state"])
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: no users of a finished run there ({error})") from None
