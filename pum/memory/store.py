"""Stores users' states: one SQLite file per user, so that forgetting a user means deleting a file."""

import fcntl
import hashlib
import json
import os
import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

from pum.core.errors import InputError

# Layout 1 has a row for each large part of a state, and for each item of those that are lists, because a turn changes
# few of them. Layout 0, of earlier versions, has one text for the whole state. An earlier version refuses a file of
# layout 1 as a memory of another format.
_LAYOUT = 1
_SCHEMA = """
CREATE TABLE IF NOT EXISTS state (id INTEGER PRIMARY KEY CHECK (id = 0), value TEXT NOT NULL, digest TEXT);
CREATE TABLE IF NOT EXISTS items (
    part TEXT, place INTEGER, value TEXT NOT NULL, digest TEXT NOT NULL, PRIMARY KEY (part, place)
) WITHOUT ROWID;
"""
_PARTS = ("cards", "history", "vectors", "method_state")
_USER_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")

EMPTY_VERSION = ""
"""The version of a user without saved state."""


class Conflict(ValueError):
    """This user's memory has changed in the meantime. Nothing was written; repeat the turn on the new state."""


class Saved(NamedTuple):
    """A user's saved state (None: nothing is saved) and its version, which changes with it."""

    state: dict | None
    version: str


class Changed(NamedTuple):
    """A list of `length` items that differs from the saved one in `items` (place -> item) and in its length.

    With a `length` of None it stands for a value that is no list.
    """

    length: int | None
    items: Mapping[int, object]


UNCHANGED = Changed(None, {})
"""Stands for a value that is the saved one."""


def check_user_id(user_id: str) -> str:
    """The id itself if it is a safe, unambiguous file name; InputError otherwise."""
    if not isinstance(user_id, str) or not _USER_ID.fullmatch(user_id):
        shown = repr(user_id)[:80].encode("ascii", "backslashreplace").decode()
        raise InputError(f"user id {shown}: use 1 to 64 of a-z, 0-9, _ and -, starting with a letter or digit")
    return user_id


class FileStore:
    """Stores each user in `<folder>/<user_id>.sqlite`. Each save is one transaction; processes may share the folder.

    One process at a time has a user's file open, and holds a lock on `<user_id>.lock` meanwhile.
    InputError, naming the file, when it cannot be read or written; its contents stay unchanged. InputError as well when
    the folder is no longer the one that this store has used before: it was unmounted, moved or deleted.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._identity: tuple[int, int] | None = None  # device and inode of the folder

    def load(self, user_id: str) -> dict | None:
        return self.read(user_id).state

    def read(self, user_id: str) -> Saved:
        """The saved state and its version."""
        with self._open(user_id) as db:
            saved = _read(db) if db else Saved(None, EMPTY_VERSION)
        if saved.version == EMPTY_VERSION:
            return saved
        if not isinstance(saved.state, dict):
            raise InputError(f"{self._path(user_id)}: not a memory, but other JSON")
        if (owner := saved.state.get("user_id", user_id)) != user_id:
            raise InputError(f"{self._path(user_id)}: this memory belongs to {check_user_id(owner)}; it is not shown")
        return saved

    def version(self, user_id: str) -> str:
        """The version of the saved state. Equal versions mean equal states."""
        with self._open(user_id) as db:
            row = _row(db) if db else None
            return row[1] if row else EMPTY_VERSION

    def save(self, user_id: str, state: dict, after: str | None = None) -> str:
        """Save `state` and return its version. Conflict when the saved version is not `after` (None: any version).

        A part of the state may be `Changed` from the one in the version `after`. A save that drops anything leaves no
        byte of it, nor of what changed items said before. ValueError for NaN and infinities, which JSON does not have.
        """
        parts = {name: state[name] for name in _PARTS if name in state}
        partly = [name for name, part in parts.items() if isinstance(part, Changed)]
        if partly and after is None:
            raise ValueError("a change needs the version that it follows")
        rows = {name: _rows(name, part) for name, part in parts.items()}
        envelope = {
            "lengths": {name: _length(part) for name, part in parts.items()},
            "state": {name: value for name, value in state.items() if name not in parts},
            "written": _digest(" ".join(row[-1] for name in parts for row in rows[name])),
        }
        json.dumps(envelope, allow_nan=False)  # what cannot be saved is refused before a file is touched
        with self._open(user_id, create=True) as db:
            db.execute("BEGIN IMMEDIATE")
            found = _row(db)
            before = found[1] if found else EMPTY_VERSION
            if after is not None and before != after:
                db.execute("ROLLBACK")
                raise Conflict(f"{user_id}: another process has changed this memory; prepare the turn again")
            dropped = found is not None and _layout(db) == 0
            if dropped:
                whole = json.loads(found[0])
                _insert(db, [row for name in partly for row in _rows(name, whole[name])])
            db.execute(f"PRAGMA user_version = {_LAYOUT}")
            for name in _PARTS:
                kept = _count(parts[name].length) if name in partly else 0
                dropped |= db.execute("DELETE FROM items WHERE part = ? AND place >= ?", (name, kept)).rowcount > 0
            _insert(db, [row for name in parts for row in rows[name]])
            value = json.dumps({**envelope, "after": before}, sort_keys=True, allow_nan=False)
            db.execute("INSERT OR REPLACE INTO state VALUES (0, ?, ?)", (value, _digest(value)))
            db.execute("COMMIT")
            if dropped:
                # SQLite overwrites what it deletes, but not the copies that it left behind when it split pages.
                db.execute("VACUUM")
        return _digest(value)

    def files(self, user_id: str) -> list[Path]:
        """All of the user's files in the folder, whatever they hold. (An id has no dot.)"""
        return sorted(set(self.folder.glob(f"{check_user_id(user_id)}.*")) - {self._path(user_id, ".lock")})

    def delete(self, user_id: str) -> list[Path]:
        """Delete the user's files, when no process has them open, and return their paths."""
        check_user_id(user_id)
        if not self._folder_is_there():
            return []
        with self._alone(user_id):
            files = self.files(user_id)
            for file in files:
                file.unlink(missing_ok=True)
        return files

    def _path(self, user_id: str, suffix: str = ".sqlite") -> Path:
        return self.folder / f"{check_user_id(user_id)}{suffix}"

    @contextmanager
    def _open(self, user_id: str, create: bool = False) -> Iterator[sqlite3.Connection | None]:
        """A connection to the user's file; None if there is no file and `create` is not set."""
        path = self._path(user_id)
        try:
            if not self._folder_is_there(create) or not (create or path.exists()):
                yield None
                return
            with self._alone(user_id):
                if create:
                    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
                elif not path.exists():
                    yield None
                    return
                with closing(_connect(path)) as db:
                    if _layout(db) > _LAYOUT:
                        raise InputError(f"{path}: this memory was saved by a newer version of pum")
                    if create:
                        db.executescript(_SCHEMA)
                    yield db
        except (sqlite3.Error, OSError) as error:
            if isinstance(error, sqlite3.Error) and not path.exists():
                raise Conflict(f"{user_id}: somebody has deleted this memory; prepare the turn again") from None
            raise InputError(
                f"{path}: cannot be read or written as the memory of {user_id} ({error}); "
                "put back a copy or free some space, or forget this user"
            ) from None

    def _folder_is_there(self, create: bool = False) -> bool:
        if create and self._identity is None:
            self.folder.mkdir(parents=True, exist_ok=True)
        found = self.folder.stat() if self.folder.is_dir() else None
        identity = (found.st_dev, found.st_ino) if found else None
        self._identity = self._identity or identity
        if identity != self._identity:
            raise InputError(
                f"{self.folder.absolute()}: no longer the folder in which memories were kept (unmounted, moved or "
                "deleted?); put it back, or start the assistant again"
            )
        return identity is not None

    @contextmanager
    def _alone(self, user_id: str) -> Iterator[None]:
        """Hold the user's lock, and wait for it. Where nothing can be written, nothing changes, and no lock is needed.

        The lock's file goes with its last holder: who waited for it tries again with the next one.
        """
        if not os.access(self.folder, os.W_OK):
            yield
            return
        lock = self._path(user_id, ".lock")
        while True:
            descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                if _is(lock, descriptor):
                    try:
                        yield
                        return
                    finally:
                        lock.unlink(missing_ok=True)
            finally:
                os.close(descriptor)


def _is(path: Path, descriptor: int) -> bool:
    """Is the open file still the one that lies at `path`?"""
    try:
        return os.path.samestat(os.stat(path), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _connect(path: Path) -> sqlite3.Connection:
    """A connection to an existing file, in autocommit mode and with a rollback journal."""
    db = sqlite3.connect(f"{path.resolve().as_uri()}?mode=rw", uri=True, timeout=60, isolation_level=None)
    db.execute("PRAGMA secure_delete = ON")
    db.execute("PRAGMA temp_store = MEMORY")  # nobody's words in temporary files
    return db


def _layout(db: sqlite3.Connection) -> int:
    return db.execute("PRAGMA user_version").fetchone()[0]


def _row(db: sqlite3.Connection) -> tuple[str, str] | None:
    """The row of `state`: its value and its version. None in an empty file."""
    if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'state'").fetchone():
        return None
    return db.execute("SELECT value, digest FROM state").fetchone()


def _read(db: sqlite3.Connection) -> Saved:
    """DatabaseError when a text is not the one that was written."""
    row = _row(db)
    if row is None:
        return Saved(None, EMPTY_VERSION)
    value, version = row
    if not isinstance(value, str) or _digest(value) != version:
        raise sqlite3.DatabaseError("its contents are damaged")
    whole = json.loads(value)
    if _layout(db) == 0:
        return Saved(whole, version)
    parts = {}
    for name, length in whole["lengths"].items():
        rows = db.execute("SELECT * FROM items WHERE part = ? ORDER BY place", (name,)).fetchall()
        if len(rows) != _count(length) or any(row != _signed(name, place, row[2]) for place, row in enumerate(rows)):
            raise sqlite3.DatabaseError("its contents are damaged")
        items = [json.loads(row[2]) for row in rows]
        parts[name] = items[0] if length is None else items
    return Saved(whole["state"] | parts, version)


def _length(part: object) -> int | None:
    """The length of a list; None for other values."""
    return part.length if isinstance(part, Changed) else len(part) if isinstance(part, list) else None


def _count(length: int | None) -> int:
    """The number of a part's rows."""
    return 1 if length is None else length


def _rows(name: str, part: object) -> list[tuple[str, int, str, str]]:
    """The rows of the table `items` for a part of a state."""
    placed = part.items.items() if isinstance(part, Changed) else enumerate(part if isinstance(part, list) else [part])
    return [_signed(name, place, json.dumps(item, sort_keys=True, allow_nan=False)) for place, item in placed]


def _signed(name: str, place: int, value: str) -> tuple[str, int, str, str]:
    return name, place, value, _digest(f"{name} {place} {value}")


def _insert(db: sqlite3.Connection, rows: list[tuple[str, int, str, str]]) -> None:
    db.executemany("INSERT OR REPLACE INTO items VALUES (?, ?, ?, ?)", rows)


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
