"""Where users' states are kept: one SQLite file per user, so that forgetting is deleting a file."""

import json
import re
import sqlite3
from pathlib import Path

from pum.errors import InputError

_SCHEMA = "CREATE TABLE IF NOT EXISTS state (id INTEGER PRIMARY KEY CHECK (id = 0), value TEXT NOT NULL)"
_USER_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


def check_user_id(user_id: str) -> str:
    """The id itself, when it is safe as a file name; InputError otherwise."""
    if not _USER_ID.fullmatch(user_id):
        raise InputError(f"user id {user_id[:80]!r}: use 1 to 64 of a-z, 0-9, _ and -, starting with a letter or digit")
    return user_id


class FileStore:
    """`<folder>/<user_id>.sqlite`, each save one transaction."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def load(self, user_id: str) -> dict | None:
        path = self._path(user_id)
        if not path.exists():
            return None
        with sqlite3.connect(path, timeout=30) as db:
            db.execute(_SCHEMA)
            row = db.execute("SELECT value FROM state").fetchone()
        db.close()
        return json.loads(row[0]) if row else None

    def save(self, user_id: str, state: dict) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        with sqlite3.connect(self._path(user_id), timeout=30) as db:
            db.execute(_SCHEMA)
            db.execute("INSERT OR REPLACE INTO state VALUES (0, ?)", (json.dumps(state, sort_keys=True),))
        db.close()

    def delete(self, user_id: str) -> None:
        path = self._path(user_id)
        for file in (path, path.with_name(f"{path.name}-journal")):
            file.unlink(missing_ok=True)

    def _path(self, user_id: str) -> Path:
        return self.folder / f"{check_user_id(user_id)}.sqlite"
