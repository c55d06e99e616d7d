"""Data rights: show, export, change and delete what is stored about a person.

None of this loads a model. A running conversation with the same person picks up changes at its next turn.
"""

import json
import os
import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from pum.core.concurrency import lock_of, locked
from pum.core.errors import InputError
from pum.core.paths import CACHE, WORK
from pum.core.sqlite_file import read_only
from pum.llm.client_pool import REPLIES
from pum.memory.card import MemoryParams
from pum.memory.edit import Change, holds, quotes_of
from pum.memory.store import FileStore, check_user_id
from pum.memory.user_states import UserStateManager
from pum.retrieval.embed import CachedEmbedder, HashingEmbedder

# Weights and environments: large, and without personal data.
_IMPERSONAL = ("models", "venvs")


@dataclass(frozen=True)
class Places:
    """The folders with personal data: the assistant's `memory`, and the working and cache folders with the journals,
    cached runs and logs of studies in which the person is a profile."""

    memory: Path
    work: Path = WORK
    cache: Path = CACHE


def user_states(store: FileStore) -> UserStateManager:
    """Shows and changes stored cards. Its embedder has no weights, because neither encodes anything."""
    return UserStateManager(CachedEmbedder(HashingEmbedder()), None, MemoryParams(), store)


def check_memory(folder: Path) -> None:
    """InputError for a folder that is not there: it may be misspelt, or not mounted."""
    if not folder.is_dir():
        raise InputError(f"{folder.absolute()}: no such folder; name the one with the memories (--memory)")


def change_card(user_id: str, card_id: str, change: Change, places: Places) -> None:
    """Change a stored card, and erase what it said before: in the memory, in logs that quote it, and in cached replies,
    which do not say what they are about. InputError when this user has no such card."""
    states = user_states(FileStore(places.memory))
    before = states.latest(user_id)
    quotes = quotes_of(before.cards.known(card_id), before.to_json())
    states.change_card(user_id, card_id, change)
    for log in _logs(places.work):
        if holds(log.read_text(errors="replace"), quotes):
            log.unlink()
    for _ in _emptied(places):
        pass


def export(user_id: str, places: Places) -> dict:
    """Everything stored about a person, as plain data: the assistant's `memory` (None: nothing is stored), and the
    tables of each journal of a run in which the person is a profile. InputError when there is no journal, and no folder
    `memory` either."""
    check_user_id(user_id)
    runs = [_journal(path, places.work) for path in _own_files(user_id, places.work) if path.suffix == ".sqlite"]
    if not runs:
        check_memory(places.memory)
    return {"user_id": user_id, "memory": FileStore(places.memory).load(user_id), "runs": runs}


def forget(user_id: str, places: Places) -> list[str]:
    """Delete everything that `places` hold about a person, and return a line for each deleted thing.

    The results of a run with this person among its profiles are deleted as a whole, finished or not. So are results
    that cannot be read, and logs that name the person. Cached replies do not say whose they are, so all are deleted.
    InputError, without deleting anything, while a run with this person is in progress.
    """
    check_user_id(user_id)
    own = [path for folder in (places.work, places.cache) for path in _own_files(user_id, folder)]
    results = dict(_results_with(user_id, places.work))
    for path in own:
        _check_at_rest(path.parent.parent)
    for folder in results:
        _check_at_rest(folder)
    logs = [log for log in _logs(places.work) if _names(log, user_id)]
    gone = [*FileStore(places.memory).delete(user_id), *dict.fromkeys(own)]
    if not (gone or results or logs):
        return []
    for path in gone:
        path.unlink(missing_ok=True)
    for folder, why in results.items():
        if folder.exists():  # not deleted with a folder above it
            shutil.rmtree(folder)
        gone.append(f"{folder}{why}")
    for log in logs:
        log.unlink()
        gone.append(log)
    return [*map(str, gone), *_emptied(places)]


def _files(folder: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in _IMPERSONAL)
        yield from (Path(parent, name) for name in sorted(names))


def _logs(work: Path) -> list[Path]:
    return [path for path in _files(work) if path.suffix == ".log"]


def _own_files(user_id: str, folder: Path) -> list[Path]:
    """Files named after the user (an id has no dot): journals with SQLite's own files beside them, exports."""
    return [path for path in _files(folder) if path.name.split(".")[0] == user_id]


def _check_at_rest(run: Path) -> None:
    """InputError while a process holds the lock of a run's folder or of its results."""
    if lock_of(run).exists():
        with locked(run, f"{run}: this run is in progress and includes this user; stop it first"):
            pass


def _results_with(user_id: str, work: Path) -> Iterator[tuple[Path, str]]:
    """Folders of results with the user among the profiles; also unreadable ones, with a remark that says so."""
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
    """The users in a file of results; None if it cannot be read, for example because it is damaged or incomplete."""
    try:
        return set(_RESULTS[_finished_name(path)](path))
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None


def _finished_name(path: Path) -> str:
    """The final name of a file: a killed process leaves the temporary name behind."""
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


# File name -> a function that reads the users in this file of results.
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
        vectors = sorted(folder.glob("embeddings-*.sqlite"))  # earlier versions stored texts in them
        for path, table in [(folder / REPLIES, "replies"), *((path, "vectors") for path in vectors)]:
            if path.exists() and _empty(path, table):
                yield f"{path} (emptied)"


def _empty(path: Path, table: str) -> bool:
    """Erase a table's rows from the file; False if there are none."""
    try:
        with closing(sqlite3.connect(path, timeout=60, isolation_level=None)) as db:
            there = db.execute("SELECT COUNT(*) FROM sqlite_master WHERE name = ?", (table,)).fetchone()[0]
            rows = db.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0] if there else 0
            if rows:
                db.execute(f"DELETE FROM {table}")
                db.execute("VACUUM")
            return rows > 0
    except sqlite3.Error as error:
        raise InputError(f"{path}: cannot be emptied ({error}); stop the process that uses it, or delete it") from None


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
