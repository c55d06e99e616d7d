"""Stores users' states: one SQLite file per user, so that forgetting a user means deleting a file."""

import hashlib
import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

from pum.core.errors import InputError
from pum.core.sqlite_file import connect

_SCHEMA = "CREATE TABLE IF NOT EXISTS state (id INTEGER PRIMARY KEY CHECK (id = 0), value TEXT NOT NULL, digest TEXT)"
_USER_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")

EMPTY_VERSION = ""
"""The version of a user without saved state."""


class Conflict(RuntimeError):
    """Another process has saved this user in the meantime. Nothing was written; repeat the turn on the new state."""


class Saved(NamedTuple):
    """A user's saved state (None: nothing is saved) and its version, which changes with it."""

    state: dict | None
    version: str


def check_user_id(user_id: str) -> str:
    """The id itself if it is a safe, unambiguous file name; InputError otherwise."""
    if not isinstance(user_id, str) or not _USER_ID.fullmatch(user_id):
        shown = repr(user_id)[:80].encode("ascii", "backslashreplace").decode()
        raise InputError(f"user id {shown}: use 1 to 64 of a-z, 0-9, _ and -, starting with a letter or digit")
    return user_id


class FileStore:
    """Stores each user in `<folder>/<user_id>.sqlite`. Each save is one transaction; processes may share the folder.

    InputError, naming the file, when it cannot be read or written; its contents stay unchanged.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def load(self, user_id: str) -> dict | None:
        return self.read(user_id).state

    def read(self, user_id: str) -> Saved:
        """The saved state and its version."""
        with self._open(user_id) as db:
            row = db.execute("SELECT value, digest FROM state").fetchone() if db else None
            if row is None:
                return Saved(None, EMPTY_VERSION)
            if not isinstance(row[0], str) or _digest(row[0]) != row[1]:
                raise sqlite3.DatabaseError("its contents are damaged")
            state = json.loads(row[0])
        if not isinstance(state, dict):
            raise InputError(f"{self._path(user_id)}: not a memory, but other JSON")
        if (owner := state.get("user_id", user_id)) != user_id:
            raise InputError(f"{self._path(user_id)}: this memory belongs to {check_user_id(owner)}; it is not shown")
        return Saved(state, row[1])

    def version(self, user_id: str) -> str:
        """The version of the saved state. Equal versions mean equal states."""
        with self._open(user_id) as db:
            row = db.execute("SELECT digest FROM state").fetchone() if db else None
            return row[0] if row else EMPTY_VERSION

    def save(self, user_id: str, state: dict, after: str | None = None) -> str:
        """Save `state` and return its version. Conflict when the saved version is not `after` (None: any version).

        ValueError for NaN and infinities, which JSON does not have.
        """
        text = json.dumps(state, sort_keys=True, allow_nan=False)
        with self._open(user_id, create=True) as db:
            db.execute("BEGIN IMMEDIATE")
            found = db.execute("SELECT digest FROM state").fetchone()
            if after is not None and (found[0] if found else EMPTY_VERSION) != after:
                db.execute("ROLLBACK")
                raise Conflict(f"{user_id}: another process has changed this memory; prepare the turn again")
            db.execute("INSERT OR REPLACE INTO state VALUES (0, ?, ?)", (text, _digest(text)))
            db.execute("COMMIT")
        return _digest(text)

    def delete(self, user_id: str) -> list[Path]:
        """Delete all of the user's files in the folder, and return their paths. (An id has no dot.)"""
        files = sorted(self.folder.glob(f"{check_user_id(user_id)}.*"))
        for file in files:
            file.unlink(missing_ok=True)
        return files

    def _path(self, user_id: str) -> Path:
        return self.folder / f"{check_user_id(user_id)}.sqlite"

    @contextmanager
    def _open(self, user_id: str, create: bool = False) -> Iterator[sqlite3.Connection | None]:
        """A connection to the user's file; None if there is no file and `create` is not set."""
        path = self._path(user_id)
        if not create and not path.exists():
            yield None
            return
        try:
            # Deleted text must not survive in free pages.
            with closing(connect(path, _SCHEMA, durable=True, secure_delete=True)) as db:
                yield db
        except (sqlite3.Error, OSError) as error:
            raise InputError(
                f"{path}: cannot be read or written as the memory of {user_id} ({error}); "
                "put back a copy or free some space, or forget this user"
            ) from None


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
