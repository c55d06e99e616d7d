"""What people may ask of what is kept about them: to see it, to have it all back, to change a card, to be forgotten.

No model is loaded for any of it. A process that is talking with the same person notices at the next turn.
"""

import json
import os
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from pum.core.concurrency import locked
from pum.core.errors import InputError
from pum.core.paths import CACHE, WORK
from pum.core.sqlite_file import read_only
from pum.llm.client_pool import REPLIES
from pum.memory.card import Card, MemoryParams, Source
from pum.memory.store import FileStore, check_user_id
from pum.memory.user_states import UserStateManager
from pum.retrieval.embed import CachedEmbedder, HashingEmbedder

# Weights and environments: large, and nobody's words.
_IMPERSONAL = ("models", "venvs")


@dataclass(frozen=True)
class Places:
    """Where something of a person may lie: the assistant's `memory`, and the working and cache folders, which hold the
    journals, kept runs and logs of those who are a study's profile."""

    memory: Path
    work: Path = WORK
    cache: Path = CACHE


def cards_of(user_id: str, store: FileStore) -> tuple[Card, ...]:
    """Those of the past too, in the order in which they were first heard."""
    return _user_states(store).cards(user_id)


def change_card(user_id: str, card_id: str, change: Callable[[Card, Source], Card], store: FileStore) -> Card:
    """Put `change(card, now)` in the card's place; InputError when this user has no such card."""
    return _user_states(store).change_card(user_id, card_id, change)


def _user_states(store: FileStore) -> UserStateManager:
    """As the assistant's, with an encoder that has no weights: to show a card or to change one, nothing is encoded."""
    return UserStateManager(CachedEmbedder(HashingEmbedder()), None, MemoryParams(), store)


def export(user_id: str, places: Places) -> dict:
    """All that is kept of a person, as plain data: `memory` (None: nothing) as the assistant keeps it, and of each
    journal of a run in which the person is a profile its tables, row by row."""
    return {
        "user_id": check_user_id(user_id),
        "memory": FileStore(places.memory).load(user_id),
        "runs": [_journal(path, places.work) for path in _own_files(user_id, places.work) if path.suffix == ".sqlite"],
    }


def forget(user_id: str, places: Places) -> list[str]:
    """Remove whatever `places` hold of a person; returns a line for each thing that is gone.

    Results of a run with this person among its profiles go as a whole, finished or not, and so do results that cannot
    be read, and a log that names them. Cached replies name nobody, so that all of them go. InputError, and nothing
    removed, while a run of theirs is going on.
    """
    check_user_id(user_id)
    own = [path for folder in (places.work, places.cache) for path in _own_files(user_id, folder)]
    results = dict(_results_with(user_id, places.work))
    for path in own:
        _check_at_rest(path.parent.parent, path.parent.parent.with_suffix(".lock"))
    for folder in results:
        _check_at_rest(folder, folder)
    gone = [*FileStore(places.memory).delete(user_id), *dict.fromkeys(own)]
    for path in gone:
        path.unlink(missing_ok=True)
    for folder, why in results.items():
        if folder.exists():  # it may have gone with one above it
            shutil.rmtree(folder)
        gone.append(f"{folder}{why}")
    for log in [log for log in _files(places.work) if log.suffix == ".log" and _names(log, user_id)]:
        log.unlink()
        gone.append(log)
    return [*map(str, gone), *_emptied(places)]


def _files(folder: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in _IMPERSONAL)
        yield from (Path(parent, name) for name in sorted(names))


def _own_files(user_id: str, folder: Path) -> list[Path]:
    """Files called after the user (an id holds no dot): journals with their write-ahead logs, exports."""
    return [path for path in _files(folder) if path.name.split(".")[0] == user_id]


def _check_at_rest(run: Path, lock: Path) -> None:
    """InputError while a process holds `lock`, as one does that plays a run, or writes a run's results."""
    if lock.exists():
        with locked(lock, f"{run}: this run is going on, with this user in it; stop it first"):
            pass


def _results_with(user_id: str, work: Path) -> Iterator[tuple[Path, str]]:
    """Folders of results, whole or in part, in which the user is a profile, or may be: then with what hides it."""
    folders: dict[Path, list[Path]] = {}
    for path in _files(work):
        if _finished_name(path) in _RESULTS:
            folders.setdefault(path.parent, []).append(path)
    for folder, files in folders.items():
        users = [_users_in(path) for path in files]
        if any(user_id in known for known in users if known is not None):
            yield folder, ""
        elif unreadable := [path.name for path, known in zip(files, users, strict=True) if known is None]:
            yield folder, f" (who is in {', '.join(unreadable)} cannot be read)"


def _users_in(path: Path) -> set[str] | None:
    """Whose sessions a file of results is about; None when it does not say, as one that was damaged or cut off."""
    try:
        return set(_RESULTS[_finished_name(path)](path))
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None


def _finished_name(path: Path) -> str:
    """A file is written under another name first, which a killed process leaves."""
    return path.name.removesuffix(".part")


def _in_checkpoint(path: Path) -> list[str]:
    return [name.split("/")[1] for name in json.loads(path.read_bytes())["sessions_per_profile"]]


def _in_sessions(path: Path) -> list[str]:
    data = json.loads(path.read_bytes())
    place = data["columns"].index("user_id")
    return [row[place] for row in data["rows"]]


def _in_table(path: Path) -> list[str]:
    from pyarrow.lib import ArrowException
    from pyarrow.parquet import read_table

    try:
        return read_table(path, columns=["user_id"]).column("user_id").to_pylist()
    except ArrowException as error:
        raise ValueError(error) from None


# What a run leaves, and how to tell whose it is.
_RESULTS = {
    "checkpoint.json": _in_checkpoint,
    "results.json": _in_sessions,
    "turns.parquet": _in_table,
    "users.parquet": _in_table,
}


def _names(log: Path, user_id: str) -> bool:
    return bool(re.search(rb"(?<![\w-])%b(?![\w-])" % user_id.encode(), log.read_bytes()))


def _emptied(places: Places) -> Iterator[str]:
    for folder in dict.fromkeys((places.work, places.cache)):
        for path, table in [
            (folder / REPLIES, "replies"),
            *((path, "vectors") for path in sorted(folder.glob("embeddings-*.sqlite"))),  # of earlier versions, by text
        ]:
            if path.exists() and _empty(path, table):
                yield f"{path} (emptied)"


def _empty(path: Path, table: str) -> bool:
    """Leave no byte of a table's rows, neither in the file nor in its write-ahead log; False when it has none."""
    try:
        with closing(sqlite3.connect(path, timeout=60, isolation_level=None)) as db:
            there = db.execute("SELECT COUNT(*) FROM sqlite_master WHERE name = ?", (table,)).fetchone()[0]
            rows = db.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0] if there else 0
            if rows:
                db.execute(f"DELETE FROM {table}")
                db.execute("VACUUM")
                db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return rows > 0
    except sqlite3.Error as error:
        raise InputError(f"{path}: cannot be emptied ({error}); stop what uses it, or delete it") from None


def _journal(path: Path, work: Path) -> dict:
    try:
        with read_only(path) as db:
            tables = {
                "sessions": [json.loads(row) for (row,) in db.execute("SELECT row FROM sessions ORDER BY session")],
                "turns": [json.loads(row) for (row,) in db.execute("SELECT row FROM turns ORDER BY session, turn")],
                "state": {part: json.loads(value) for part, value in db.execute("SELECT part, value FROM state")},
            }
    except (sqlite3.Error, ValueError) as error:
        raise InputError(f"{path}: not a readable journal ({error})") from None
    return {"journal": str(path.relative_to(work)), **tables}
