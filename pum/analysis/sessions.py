"""Runs as tables, one row per session: outcomes, injected and applicable notes, and why users had to ask.

The true preference of a card follows from its first source: it is the one that the user enforced in that message. This
is known whenever users follow rules, and needs no judgement of texts. The oracle's notes are those of the catalogue.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import pandas as pd

from pum.bench.types import Preference
from pum.core.errors import InputError
from pum.results.files import FAILURES, Outcome, SessionRow, read_results

CAUSES = ("never_said", "not_remembered", "not_injected", "not_followed")
"""Why a preference had to be asked for: the user had not said it before; it was said, but no card was made; its card
was not injected; its card was in the prompt, but the agent did not follow it."""

PARTIAL = [
    column.name
    for column in fields(SessionRow)
    if column.type in (int, float, bool) and column.name not in ("seed", "session", "success")
]
"""What a failed session has only in part."""

_KEYS = ["seed", "user_id"]
_READ = [*_KEYS, "session", "turn", "enforced", "applicable", "notes"]


def load_sessions(study: Path, methods: Sequence[str]) -> pd.DataFrame:
    """Sessions of all methods of a study, with `method`, `timeout` and `failed` columns.

    A failed session counts as out of turns and as no success. What it had of all else until it failed is less than a
    whole session has, and would flatter its method: there it is NaN, and counts in no mean.
    """
    frames = []
    for method in methods:
        data = read_results(study / method)
        frame = pd.DataFrame(data["sessions"]).assign(method=method)
        if len(frame) != data["scheduled"]:
            raise InputError(f"{study / method}: {len(frame)} sessions of {data['scheduled']} scheduled ones")
        frames.append(frame)
    sessions = pd.concat(frames, ignore_index=True)
    failed = sessions.outcome.isin(FAILURES)
    if failed.any():
        sessions[PARTIAL] = sessions[PARTIAL].astype(float).mask(failed)
    return sessions.assign(
        timeout=sessions.outcome.isin((Outcome.TIMEOUT, *FAILURES)).astype(float),
        failed=failed,
        success=sessions.success.astype(float),
    )


@dataclass(frozen=True)
class Provenance:
    """One user's cards in a run. `meaning`: note -> preference; `since`: preference -> when its first card was made."""

    meaning: dict[str, str]
    since: dict[str, tuple[int, int]]

    def known(self, when: tuple[int, int]) -> set[str]:
        return {preference for preference, start in self.since.items() if start <= when}


def injected_by_session(turns: pd.DataFrame, users: pd.DataFrame, catalogue: Sequence[Preference]) -> pd.DataFrame:
    """One row per (seed, user_id, session) that has turns.

    Counts over the turns in which a preference applied: `judged` turns, notes `injected`, notes `right`, preferences
    `applicable`, `known` ones (a card holds them), and `reached` ones (known and injected; always 0 for methods without
    cards). Over the whole session: enforcements by cause.
    """
    notes = {preference.note: preference.id for preference in catalogue}
    states = {(row.seed, row.user_id): json.loads(row.state)["assistant"] for row in users.itertuples(index=False)}
    rows = []
    for (seed, user_id), mine in turns[_READ].groupby(_KEYS, sort=True):
        mine = mine.sort_values(["session", "turn"])
        for session, counts in _sessions(mine, provenance_of(mine, states[seed, user_id], notes)):
            rows.append({"seed": seed, "user_id": user_id, "session": session, **counts})
    return pd.DataFrame(rows)


def causes_by_method(study: Path, methods: Sequence[str], catalogue: Sequence[Preference]) -> pd.DataFrame:
    """Enforcements per session by cause, in sessions with transcripts; one row per method that keeps cards."""
    rows = {}
    for method in methods:
        users = pd.read_parquet(study / method / "users.parquet")
        if any(json.loads(state)["assistant"]["cards"] for state in users.state):
            turns = pd.read_parquet(study / method / "turns.parquet", columns=_READ)
            rows[method] = injected_by_session(turns, users, catalogue)[list(CAUSES)].mean()
    return pd.DataFrame(rows, index=list(CAUSES)).T


def provenance_of(turns: pd.DataFrame, state: dict, catalogue_notes: Mapping[str, str]) -> Provenance:
    """The provenance of one user's cards, from turns and final state; `catalogue_notes` is for the oracle's notes."""
    enforced = {(row.session, row.turn): json.loads(row.enforced) for row in turns.itertuples(index=False)}
    meaning = dict(catalogue_notes)
    since: dict[str, tuple[int, int]] = {}
    for card in state["cards"]:
        first = card["sources"][0]
        when = (first["session"], first["turn"])
        for preference in enforced.get(when, [])[:1]:
            meaning.update(dict.fromkeys(card["wordings"], preference))
            since[preference] = min(when, since.get(preference, when))
    return Provenance(meaning, since)


def _sessions(turns: pd.DataFrame, cards: Provenance) -> Iterator[tuple[int, dict[str, int]]]:
    said: set[str] = set()
    for session, mine in turns.groupby("session", sort=True):
        counts = dict.fromkeys(("judged", "injected", "right", "applicable", "known", "reached", *CAUSES), 0)
        before: set[str] = set()
        known: set[str] = set()
        for row in mine.itertuples(index=False):
            for preference in json.loads(row.enforced):
                counts[_cause(preference, said, known, before)] += 1
                said.add(preference)
            applicable = set(json.loads(row.applicable))
            known = cards.known((row.session, row.turn))
            notes = [cards.meaning.get(note) for note in json.loads(row.notes)]
            before = {preference for preference in notes if preference}
            if applicable:
                counts["judged"] += 1
                counts["injected"] += len(notes)
                counts["right"] += sum(preference in applicable for preference in notes)
                counts["applicable"] += len(applicable)
                counts["known"] += len(applicable & known)
                counts["reached"] += len(applicable & known & before)
        yield session, counts


def _cause(preference: str, said: set[str], known: set[str], injected: set[str]) -> str:
    if preference in injected:
        return "not_followed"
    if preference not in said:
        return "never_said"
    return "not_injected" if preference in known else "not_remembered"
