"""The journal: one SQLite file per user and seed of a run. A finished session is one transaction.

A run killed at any instant finds here every finished session with the state that followed it, and goes on from there.
"""

import json
import sqlite3
from pathlib import Path

from pum.errors import InputError
from pum.runner.records import SessionRow, TurnRow

FORMAT = "1"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS sessions (session INTEGER PRIMARY KEY, row TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS turns (session INTEGER, turn INTEGER, row TEXT NOT NULL, PRIMARY KEY (session, turn));
CREATE TABLE IF NOT EXISTS state (part TEXT PRIMARY KEY, value TEXT NOT NULL);
"""


class Journal:
    """`state` is kept in parts, each a row of JSON, and is that after the last finished session."""

    def __init__(self, path: Path, digest: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._db = sqlite3.connect(path, timeout=60, isolation_level=None)
        try:
            # WAL with NORMAL survives a killed process at any point; only a power cut may lose the last sessions.
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=NORMAL")
            self._db.executescript(_SCHEMA)
            (health,) = self._db.execute("PRAGMA quick_check").fetchone()
            if health != "ok":
                raise sqlite3.DatabaseError(health.splitlines()[0])
            self._check(digest)
        except sqlite3.DatabaseError as error:
            raise InputError(f"{path}: not a readable journal ({error}); delete it to run this user again") from None

    def finished(self) -> int:
        """How many sessions are done; they are numbers 0 to finished() - 1."""
        return self._db.execute("SELECT COUNT(*) FROM sessions").fetchone()[0]

    def commit(self, session: SessionRow, turns: list[TurnRow], state: dict) -> None:
        """Keep a finished session, all of it or nothing."""
        self.commit_json([session.to_json()], [turn.to_json() for turn in turns], state)

    def commit_json(self, sessions: list[dict], turns: list[dict], state: dict) -> None:
        """Keep sessions with their turns, and the state after the last of them, in one transaction."""
        parts = [(part, _dump(value)) for part, value in state.items()]
        self._db.execute("BEGIN IMMEDIATE")
        try:
            self._db.executemany(
                "INSERT INTO sessions VALUES (?, ?)", [(row["session"], _dump(row)) for row in sessions]
            )
            self._db.executemany(
                "INSERT INTO turns VALUES (?, ?, ?)", [(row["session"], row["turn"], _dump(row)) for row in turns]
            )
            self._db.executemany("INSERT OR REPLACE INTO state VALUES (?, ?)", parts)
        except sqlite3.Error:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def state(self) -> dict:
        return {part: json.loads(value) for part, value in self._db.execute("SELECT part, value FROM state")}

    def sessions(self, limit: int) -> list[dict]:
        rows = self._db.execute("SELECT row FROM sessions WHERE session < ? ORDER BY session", (limit,))
        return [json.loads(row) for (row,) in rows]

    def turns(self, limit: int) -> list[dict]:
        rows = self._db.execute("SELECT row FROM turns WHERE session < ? ORDER BY session, turn", (limit,))
        return [json.loads(row) for (row,) in rows]

    def close(self) -> None:
        self._db.close()

    def _check(self, digest: str) -> None:
        wanted = {"format": FORMAT, "digest": digest}
        found = dict(self._db.execute("SELECT key, value FROM meta"))
        if not found:
            self._db.execute("INSERT INTO meta VALUES ('format', ?), ('digest', ?)", (FORMAT, digest))
        elif found != wanted:
            raise InputError(f"{self.path}: belongs to another run (journal {found}, this run {wanted}); delete it")


def _dump(value: object) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
