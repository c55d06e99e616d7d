"""The journal: one SQLite file per user and seed of a run, written in one transaction per finished session.

A run that was killed finds here every finished session and the state after it, and continues from there.
"""

import json
import sqlite3
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from pum.core.errors import InputError
from pum.core.sqlite_file import SqliteFile
from pum.results.files import SessionRow, TurnRow, compact_json

FORMAT = "4"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS sessions (
    session INTEGER PRIMARY KEY, turns INTEGER NOT NULL, row TEXT NOT NULL, crc INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS turns (
    session INTEGER, turn INTEGER, row TEXT NOT NULL, crc INTEGER NOT NULL, PRIMARY KEY (session, turn)
);
CREATE TABLE IF NOT EXISTS state (
    part TEXT PRIMARY KEY, session INTEGER NOT NULL, value TEXT NOT NULL, crc INTEGER NOT NULL
);
"""


class Journal:
    """One user's finished sessions and turns, and the state after the last one (a JSON row for each part).

    Each row has a checksum, because SQLite only notices damage to its own structures. Sessions say how many turns they
    have, and states which session they follow, because a power cut may keep one table and lose another's last rows, if
    the journal is not `durable`. InputError if the file is damaged or belongs to another run or user; IncompleteRun if
    it cannot be written.
    """

    def __init__(self, path: Path, digest: str, *, durable: bool = False) -> None:
        self.path = path
        self._file = SqliteFile(path, _SCHEMA, durable=durable, if_damaged="delete it to run this user again")
        try:
            self._check(digest)
        except BaseException:
            self.close()
            raise

    def finished(self) -> int:
        """How many sessions are finished; their numbers are 0 to finished() - 1."""
        with self._file.use() as db:
            count, last, scheduled = db.execute("SELECT COUNT(*), MAX(session), TOTAL(turns) FROM sessions").fetchone()
            if count and last != count - 1:
                raise sqlite3.DatabaseError(f"{count} sessions, the last of them number {last}")
            (turns,) = db.execute("SELECT COUNT(*) FROM turns").fetchone()
            (others,) = db.execute("SELECT COUNT(*) FROM state WHERE session IS NOT ?", (last,)).fetchone()
            if turns != scheduled or others:
                raise sqlite3.DatabaseError(f"turns or the state are not those of its {count} sessions")
        return count

    def commit(self, session: SessionRow, turns: list[TurnRow], state: dict) -> None:
        """Store a finished session, completely or not at all."""
        self.commit_json([vars(session)], list(map(vars, turns)), state)

    def commit_json(self, sessions: list[dict], turns: list[dict], state: dict) -> None:
        """Store sessions with their turns, and the state after the last one, in one transaction."""
        turns_of = Counter(row["session"] for row in turns)
        last = max((row["session"] for row in sessions), default=None)
        with self._file.transaction() as db:
            db.executemany(
                "INSERT INTO sessions VALUES (?, ?, ?, ?)",
                _checked((row["session"], turns_of[row["session"]], row) for row in sessions),
            )
            db.executemany(
                "INSERT INTO turns VALUES (?, ?, ?, ?)", _checked((row["session"], row["turn"], row) for row in turns)
            )
            db.executemany(
                "INSERT OR REPLACE INTO state VALUES (?, ?, ?, ?)",
                _checked((part, last, value) for part, value in state.items()),
            )

    def drop_from(self, session: int) -> None:
        """Forget this session and later ones. All must have failed: a failed session leaves the state as it was."""
        state = self.state() if session else {}
        with self._file.transaction() as db:
            for table in ("sessions", "turns"):
                db.execute(f"DELETE FROM {table} WHERE session >= ?", (session,))
            db.execute("DELETE FROM state")
            db.executemany(
                "INSERT INTO state VALUES (?, ?, ?, ?)",
                _checked((part, session - 1, value) for part, value in state.items()),
            )

    def state(self) -> dict:
        return {part: value for part, _, value in self._read("SELECT part, session, value, crc FROM state")}

    def sessions(self, limit: int) -> list[dict]:
        query = "SELECT session, turns, row, crc FROM sessions WHERE session < ? ORDER BY session"
        return [row for _, _, row in self._read(query, limit)]

    def turns(self, limit: int) -> list[dict]:
        query = "SELECT session, turn, row, crc FROM turns WHERE session < ? ORDER BY session, turn"
        return [row for _, _, row in self._read(query, limit)]

    def close(self) -> None:
        self._file.close()

    def _read(self, query: str, *values: object) -> Iterator[tuple]:
        """Rows without their checksums; the last value is parsed from JSON."""
        with self._file.use() as db:
            for *row, crc in db.execute(query, values):
                if _checksum(row) != crc:
                    raise sqlite3.DatabaseError(f"a checksum is wrong, at {row[:-1]}")
                yield (*row[:-1], json.loads(row[-1]))

    def _check(self, digest: str) -> None:
        wanted = {"format": FORMAT, "digest": digest, "owner": f"{self.path.parent.name}/{self.path.stem}"}
        with self._file.transaction() as db:  # a process killed here leaves all of `wanted`, or nothing
            (health,) = db.execute("PRAGMA integrity_check").fetchone()
            if health != "ok":
                raise sqlite3.DatabaseError(health.splitlines()[0])
            found = dict(db.execute("SELECT key, value FROM meta"))
            if not found:
                db.executemany("INSERT INTO meta VALUES (?, ?)", wanted.items())
            elif found != wanted:
                raise InputError(f"{self.path}: belongs to another run (journal {found}, this run {wanted}); delete it")


def _checked(rows: Iterable[tuple]) -> list[tuple]:
    """Rows with their last value as JSON, and a checksum."""
    texts = ((*keys, compact_json(value)) for *keys, value in rows)
    return [(*row, _checksum(row)) for row in texts]


def _checksum(row: Sequence[object]) -> int:
    """CRC-32 of a row's keys and JSON, so that swapped rows are noticed too."""
    *keys, text = row
    return zlib.crc32(text.encode(), zlib.crc32(json.dumps(keys).encode()))
