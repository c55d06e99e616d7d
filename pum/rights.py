"""What people may ask of what is kept about them: to see it, to have it all back, to change a card, to be forgotten.

No model is loaded for any of it. A process that is talking with the same person notices at the next turn.
"""

import fcntl
import json
import os
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from pum.errors import InputError
from pum.llm.cache import REPLIES
from pum.memory.card import Card, Source
from pum.memory.keeper import Keeper
from pum.memory.params import MemoryParams
from pum.memory.store import FileStore, check_user_id
from pum.paths import CACHE, WORK
from pum.retrieval.embed import CachedEmbedder
from pum.retrieval.hashing import HashingEmbedder

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
    return _keeper(store).cards(user_id)


def change_card(user_id: str, card_id: str, change: Callable[[Card, Source], Card], store: FileStore) -> Card:
    """Put `change(card, now)` in the card's place; InputError when this user has no such card."""
    return _keeper(store).change_card(user_id, card_id, change)


def _keeper(store: FileStore) -> Keeper:
    """As the assistant's, with an encoder that has no weights: to show a card or to change one, nothing is encoded."""
    return Keeper(CachedEmbedder(HashingEmbedder()), None, MemoryParams(), store)


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

    A kept run with this person among its profiles goes as a whole, and so does a log that names them. Cached replies
    name nobody, so that all of them go. InputError, and nothing removed, while a run of theirs is going on.
    """
    check_user_id(user_id)
    own = [path for folder in (places.work, places.cache) for path in _own_files(user_id, folder)]
    for path in own:
        _check_at_rest(path.parent.parent)
    gone = [*FileStore(places.memory).delete(user_id), *dict.fromkeys(own)]
    for path in gone:
        path.unlink(missing_ok=True)
    for folder in list(_kept_runs(user_id, places.work)):
        shutil.rmtree(folder)
        gone.append(folder)
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


def _check_at_rest(run: Path) -> None:
    lock = run.with_suffix(".lock")
    if lock.exists():
        with lock.open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise InputError(f"{run}: this run is going on, with this user in it; stop it first") from None


def _kept_runs(user_id: str, work: Path) -> Iterator[Path]:
    """Folders of results in which the user is a profile; one that cannot be read may be such."""
    for checkpoint in (path for path in _files(work) if path.name == "checkpoint.json"):
        try:
            users = {name.split("/")[-1] for name in json.loads(checkpoint.read_bytes())["sessions_per_profile"]}
        except (ValueError, KeyError, TypeError):
            users = {user_id}
        if user_id in users:
            yield checkpoint.parent


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
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=60)) as db:
            tables = {
                "sessions": [json.loads(row) for (row,) in db.execute("SELECT row FROM sessions ORDER BY session")],
                "turns": [json.loads(row) for (row,) in db.execute("SELECT row FROM turns ORDER BY session, turn")],
                "state": {part: json.loads(value) for part, value in db.execute("SELECT part, value FROM state")},
            }
    except (sqlite3.Error, ValueError) as error:
        raise InputError(f"{path}: not a readable journal ({error})") from None
    return {"journal": str(path.relative_to(work)), **tables}
