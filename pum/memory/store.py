"""Where users' states are kept: one SQLite file per user, so that forgetting is deleting a file."""

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
"""The version of a user of whom nothing is saved."""


class Conflict(RuntimeError):
    """Another process has saved this user meanwhile: nothing was written; play the turn again on what is there now."""


class Saved(NamedTuple):
    """What is kept of a user (None: nothing), and a version that changes with it."""

    state: dict | None
    version: str


def check_user_id(user_id: str) -> str:
    """The id itself, when it is safe as a file name and cannot be mistaken for another; InputError otherwise."""
    if not isinstance(user_id, str) or not _USER_ID.fullmatch(user_id):
        shown = repr(user_id)[:80].encode("ascii", "backslashreplace").decode()
        raise InputError(f"user id {shown}: use 1 to 64 of a-z, 0-9, _ and -, starting with a letter or digit")
    return user_id


class FileStore:
    """`<folder>/<user_id>.sqlite`, each save one transaction. Threads and processes may share the folder.

    InputError, naming the file, for one that cannot be read or written; what it holds then stays as it is.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def load(self, user_id: str) -> dict | None:
        return self.read(user_id).state

    def read(self, user_id: str) -> Saved:
        """The state that was saved last, and its version."""
        with self._open(user_id) as db:
            row = db.execute("SELECT value, digest FROM state").fetchone() if db else None
            if row is None:
                return Saved(None, EMPTY_VERSION)
            if not isinstance(row[0], str) or _digest(row[0]) != row[1]:
                raise sqlite3.DatabaseError("its contents are damaged")
            state = json.loads(row[0])
        if not isinstance(state, dict):
            raise InputError(f"{self._path(user_id)}: no memory, but JSON of another kind")
        if (owner := state.get("user_id", user_id)) != user_id:
            raise InputError(f"{self._path(user_id)}: this memory is that of {check_user_id(owner)}; it is not shown")
        return Saved(state, row[1])

    def version(self, user_id: str) -> str:
        """Of what is saved now; equal versions mean equal states."""
        with self._open(user_id) as db:
            row = db.execute("SELECT digest FROM state").fetchone() if db else None
            return row[0] if row else EMPTY_VERSION

    def save(self, user_id: str, state: dict, after: str | None = None) -> str:
        """Keep `state`, and return its version. Conflict when another version than `after` is there (None: any goes).

        ValueError for a number that is none (NaN): JSON has no word for it.
        """
        text = json.dumps(state, sort_keys=True, allow_nan=False)
        with self._open(user_id, create=True) as db:
            db.execute("BEGIN IMMEDIATE")
            found = db.execute("SELECT digest FROM state").fetchone()
            if after is not None and (found[0] if found else EMPTY_VERSION) != after:
                db.execute("ROLLBACK")
                raise Conflict(f"{user_id}: another process has changed this memory meanwhile; prepare the turn again")
            db.execute("INSERT OR REPLACE INTO state VALUES (0, ?, ?)", (text, _digest(text)))
            db.execute("COMMIT")
        return _digest(text)

    def delete(self, user_id: str) -> list[Path]:
        """Remove whatever lies in the folder under the user's name (an id holds no dot); returns what that was."""
        files = sorted(self.folder.glob(f"{check_user_id(user_id)}.*"))
        for file in files:
            file.unlink(missing_ok=True)
        return files

    def _path(self, user_id: str) -> Path:
        return self.folder / f"{check_user_id(user_id)}.sqlite"

    @contextmanager
    def _open(self, user_id: str, create: bool = False) -> Iterator[sqlite3.Connection | None]:
        """None for a user without a file, unless it is to be created."""
        path = self._path(user_id)
        if not create and not path.exists():
            yield None
            return
        try:
            # No word that was taken back is left in free pages, or in a file beside this one.
            with closing(connect(path, _SCHEMA, wal=False, secure_delete=True)) as db:
                yield db
        except (sqlite3.Error, OSError) as error:
            raise InputError(
                f"{path}: cannot be read or written as the memory of {user_id} ({error}); "
                "put back a copy or free some space, or forget this user"
            ) from None


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
