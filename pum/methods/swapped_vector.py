"""`swapped_vector`: a control. `rag_vector` with what another user's learner ended with, from the start, unchanged."""

import json
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import FilePath

from pum.errors import InputError
from pum.memory.state import UserState
from pum.methods import rag
from pum.methods.base import Draft, Method, Resources
from pum.schemas import Decision, Reward
from pum.user_model.learners import build_learner
from pum.user_model.vectors import UserVectors

if TYPE_CHECKING:
    import pandas as pd


class Settings(rag.LearnedSettings):
    """As `rag_vector`. `vectors`: the users.parquet of a finished run of the same learner."""

    vectors: FilePath


class SwappedVector(rag.Rag):
    """Each user gets the vectors of the one half the list away; a user that was not in that run gets none."""

    settings: Settings

    def prepare_prompt(self, state: UserState, message: str) -> Draft:
        if (state.session, state.turn) == (0, 0):
            state.vectors = self._learned.get(state.user_id, state.vectors)
        return super().prepare_prompt(state, message)

    def learn(self, state: UserState, decision: Decision, reward: Reward, gate: float, asked: object = ()) -> bool:
        return False

    @cached_property
    def _learned(self) -> dict[str, UserVectors]:
        """user id -> another's vectors; of the run's first seed, z_short is over."""
        table = _read(self.settings.vectors)
        table = table[table.seed == table.seed.min()].sort_values("user_id")
        states = [UserVectors.from_json(json.loads(text)["assistant"]["vectors"]) for text in table.state]
        away = max(1, len(states) // 2)
        return {user: states[(place + away) % len(states)] for place, user in enumerate(table.user_id)}


def _read(path: Path) -> "pd.DataFrame":
    import pandas as pd

    try:
        return pd.read_parquet(path, columns=["seed", "user_id", "state"])
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: no users of a finished run there ({error})") from None


def build(settings: Settings, resources: Resources) -> Method:
    return SwappedVector(*rag.parts(settings, resources), build_learner(settings.user_model, settings.temperature))
