"""The logged decisions of a run, and replays that learn from them again.

A replay changes the learning rates, or how reactions are interpreted. What the user saw stays as it was, so a replay
shows what would have been learned from this log, not what would have happened.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from pum.analysis.sessions import provenance_of
from pum.bench.types import Preference
from pum.feedback.gate import gate
from pum.results.files import made
from pum.user_model.reinforce import Reinforce
from pum.user_model.vectors import UserVectors


@dataclass(frozen=True)
class LoggedTurn:
    """One turn with n candidates (perhaps none), in the order of the log.

    `items` (n, k); `base` (n,) standardised, `bonus` (n,), `probability` (n,), softmax of the scores;
    `chosen`: indices; `right` (n,): does the card's preference truly apply?
    `reward` and `label` come from the user's next message; None and "" if it says nothing about this turn.
    `enforced`: that message asked for a preference.
    """

    session: int
    turn: int
    items: np.ndarray
    base: np.ndarray
    bonus: np.ndarray
    probability: np.ndarray
    chosen: tuple[int, ...]
    right: np.ndarray
    similarity: float | None
    reward: float | None
    label: str
    enforced: bool

    @property
    def open(self) -> bool:
        """Was there a choice, that is, was any candidate left out?"""
        return 0 < len(self.chosen) < len(self.base)


@dataclass(frozen=True)
class LoggedUser:
    """One user's turns in one repetition, in order, and the vector z_long at the end of the run."""

    seed: int
    user_id: str
    turns: tuple[LoggedTurn, ...]
    z_long: np.ndarray


def load_logged(
    folder: Path, items_of: Callable[[Sequence[str]], np.ndarray], catalogue: Sequence[Preference]
) -> list[LoggedUser]:
    """Read the logged users from a run's results; InputError if there are none."""
    turns, users = (pd.read_parquet(made(folder / f"{name}.parquet")) for name in ("turns", "users"))
    return logged_users(turns, users, items_of, {preference.note: preference.id for preference in catalogue})


def logged_users(
    turns: pd.DataFrame,
    users: pd.DataFrame,
    items_of: Callable[[Sequence[str]], np.ndarray],
    catalogue_notes: Mapping[str, str],
) -> list[LoggedUser]:
    """All users with transcripts. `items_of`: notes -> (n, k) item vectors; `catalogue_notes`: note -> preference."""
    states = {(row.seed, row.user_id): json.loads(row.state)["assistant"] for row in users.itertuples(index=False)}
    grouped = list(turns.groupby(["seed", "user_id"], sort=True))
    notes = sorted({card["wordings"][0] for who, _ in grouped for card in states[who]["cards"]})
    item = dict(zip(notes, items_of(notes), strict=True))
    found = []
    for (seed, user_id), mine in grouped:
        mine, state = mine.sort_values(["session", "turn"]), states[seed, user_id]
        meaning = provenance_of(mine, state, catalogue_notes).meaning
        note = {card["card_id"]: card["wordings"][0] for card in state["cards"]}
        rows = list(mine.itertuples(index=False))
        read = tuple(
            _turn(row, after, note, item, meaning)
            for row, after in zip(rows, rows[1:], strict=False)
            if after.session == row.session
        )
        found.append(LoggedUser(int(seed), user_id, read, np.array(state["vectors"]["z_long"])))
    return found


def _turn(
    row: object,
    after: object,
    note: Mapping[str, str],
    item: Mapping[str, np.ndarray],
    meaning: Mapping[str, str],
) -> LoggedTurn:
    candidates, applicable = json.loads(row.candidates), set(json.loads(row.applicable))
    notes = [note[candidate["card_id"]] for candidate in candidates]
    rank = len(next(iter(item.values()), ()))
    columns = ([c[name] for c in candidates] for name in ("base_score", "bonus", "probability"))
    base, bonus, probability = (np.array(column, dtype=np.float64) for column in columns)
    return LoggedTurn(
        session=row.session,
        turn=row.turn,
        items=np.array([item[text] for text in notes]).reshape(len(notes), rank),
        base=base,
        bonus=bonus,
        probability=probability,
        chosen=tuple(index for index, candidate in enumerate(candidates) if candidate["chosen"]),
        right=np.array([meaning.get(text) in applicable for text in notes], dtype=bool),
        similarity=None if pd.isna(row.max_similarity) else float(row.max_similarity),
        reward=None if pd.isna(after.reward) else float(after.reward),
        label=after.reward_label,
        enforced=after.enforced != "[]",
    )


# Logged scores have six decimals.
_DECIMALS = 6

# (reward, gate) with which a turn is credited; None: it gets no credit.
Credit = tuple[float, float] | None
Reading = Callable[[LoggedUser, LoggedTurn], Credit]


@dataclass(frozen=True)
class Replayed:
    """The vectors a user would end with, and the bonus (n,) that each turn's candidates would have had."""

    final: UserVectors
    bonus: tuple[np.ndarray, ...]


def as_logged(user: LoggedUser, turn: LoggedTurn) -> Credit:
    return None if turn.reward is None else (turn.reward, gate(turn.reward, turn.similarity))


def replay(user: LoggedUser, learner: Reinforce, reading: Reading = as_logged) -> Replayed:
    """Replay a user's turns; as in the run, each turn is scored with what was learned before it."""
    vectors = UserVectors.zero(len(user.z_long))
    bonuses, session = [], None
    for turn in user.turns:
        if turn.session != session:
            session = turn.session
            vectors = replace(vectors, z_short=np.zeros_like(vectors.z_short))
        bonuses.append(learner.bonus(vectors, turn.items))
        credit = reading(user, turn)
        if credit is not None and turn.chosen:
            reward, strength = credit
            vectors = learner.update(vectors, turn.items, turn.probability, turn.chosen, reward, strength)
    return Replayed(vectors, tuple(bonuses))


def best(turn: LoggedTurn, bonus: np.ndarray | float, top_j: int) -> tuple[int, ...]:
    """The set that the policy would inject with this bonus; ties keep the candidates' order, as in the run."""
    return tuple(np.argsort(-np.round(turn.base + bonus, _DECIMALS), kind="stable")[:top_j].tolist())
