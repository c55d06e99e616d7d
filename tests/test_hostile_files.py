"""Damaged, foreign and hostile files: named in one line, and nothing good overwritten."""

import contextlib
import io
import json
import random
import shutil
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from pum.assistant.data_rights import user_states
from pum.bench.profiles import read_profiles
from pum.bench.tasks.collection import read_tasks
from pum.config.params import load_params
from pum.core.errors import IncompleteRun, InputError
from pum.core.paths import DATA, ROOT
from pum.memory.store import FileStore
from pum.runner.batch import run
from pum.runner.checkpoint import check_continuable, seed_journals
from pum.runner.journal import Journal
from pum.runner.run_folder import RunFolder
from pum.runner.world import load_world
from tests.small_assistant import WISHES, small_assistant
from tests.test_memory_store import old_file
from tests.test_runner_run import config

BOMBS = [
    b"", b"\x00" * 4096, b"\xff\xfe\x00", b"[" * 100_000, b'{"a":' * 100_000, b"- " * 2_000, b"{" * 2_000, b"9" * 5000,
    b"NaN", b"null", b"[]", b"{}", b'{"a": NaN}', b"1e999", b"\xed\xa0\x80", b"SQLite format 3\x00" + b"\xa5" * 5000,
    b"a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c]",
    b"!!python/object/apply:os.system ['true']", b"<?xml version='1.0'?>", b"PK\x03\x04" + b"\x00" * 100,
]  # fmt: skip


def damaged(content: bytes, rng: random.Random) -> bytes:
    """Cut short, bits flipped, a stretch lost, doubled or made noise; or something else altogether."""
    at = rng.randrange(len(content))
    length = min(rng.choice((1, 7, 100, 4096)), len(content) - at)
    kind = rng.randrange(7)
    if kind == 0:
        return content[:at]
    if kind == 1:
        return content[:at] + content[at + length :]
    if kind == 2:
        return content[: at + length] + content[at:]
    if kind == 3:
        return content[:at] + rng.randbytes(length) + content[at + length :]
    if kind == 4:
        return rng.choice(BOMBS)
    flipped = bytearray(content)
    for _ in range(rng.choice((1, 1, 3))):
        flipped[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
    return bytes(flipped)


def _profiles(path: Path) -> object:
    return read_profiles(path)


def _tasks(path: Path) -> object:
    return read_tasks(path)


def _params(path: Path) -> object:
    return load_params(path)


def _memory(path: Path) -> object:
    """What the store gives, and what an assistant makes of it."""
    store = FileStore(path.parent)
    state = store.load("ann")
    cards = user_states(store).cards("ann")
    small_assistant(store=store).chat_prepare("ann", "What are my options for lunch?")
    return state and (state, cards)


def _journal(path: Path) -> object:
    journal = Journal(path, "digest")
    try:
        return (journal.sessions(9), journal.turns(9), journal.state()) if journal.finished() else None
    finally:
        journal.close()


def _checkpoint(path: Path, folder: RunFolder) -> object:
    """What a longer run would start from."""
    check_continuable(path.parent, folder.config, load_world(folder.config))
    shutil.rmtree(folder.path, ignore_errors=True)
    seed_journals(path.parent, folder)
    return folder.finished()


@pytest.fixture(scope="module")
def good(tmp_path_factory) -> dict[str, tuple[Path, Callable[[Path], object], bool]]:
    """Kind of file -> a good one, how it is read, and whether every change of what it says must be noticed."""
    folder = tmp_path_factory.mktemp("good")
    for name, lines in (("profiles", 3), ("tasks", 5)):
        text = (DATA / f"{name}.jsonl").read_text().splitlines(keepends=True)[:lines]
        (folder / f"{name}.jsonl").write_text("".join(text))
    assistant = small_assistant(store=FileStore(folder / "memory"))
    for wish in WISHES:
        assistant.chat("ann", wish)
    journal = Journal(folder / "seed-0" / "user_000.sqlite", "digest")
    for number in range(5):
        row = {"session": number, "text": "x" * 500}
        journal.commit_json([row], [{**row, "turn": turn} for turn in range(3)], {"assistant": row, "said": ["x"] * 50})
    journal._file._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    journal.close()
    small = config("vanilla", profiles=1, sessions=1)
    run(small, folder / "run", work=folder / "work")
    continued = partial(_checkpoint, folder=RunFolder(config("vanilla", profiles=1, sessions=2), folder / "work"))
    return {
        "profiles": (folder / "profiles.jsonl", _profiles, False),
        "tasks": (folder / "tasks.jsonl", _tasks, False),
        "params": (ROOT / "params.yaml", _params, False),
        "memory": (folder / "memory" / "ann.sqlite", _memory, True),
        "journal": (folder / "seed-0" / "user_000.sqlite", _journal, True),
        "checkpoint.json": (folder / "run" / "checkpoint.json", continued, False),
        "results.json": (folder / "run" / "results.json", continued, True),
        "turns.parquet": (folder / "run" / "turns.parquet", continued, True),
        "users.parquet": (folder / "run" / "users.parquet", continued, True),
    }


def fuzz(good: dict, kinds: list[str], count: int, folder: Path) -> Counter:
    """Damage a copy, read it, and see that it is refused in a line, or reads as before where that matters."""
    rng, seen = random.Random(0), Counter()
    for number in range(count):
        kind = kinds[number % len(kinds)]
        path, read, must_notice = good[kind]
        place = folder / path.parent.name
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(path.parent, place) if path.parent != ROOT else place.mkdir()
        copy = place / path.name
        wanted = read(copy) if must_notice else None
        content = damaged(path.read_bytes(), rng)
        for side in place.glob(f"{path.name}-*"):
            side.unlink()
        copy.write_bytes(content)
        started = time.process_time()
        try:
            with contextlib.redirect_stderr(io.StringIO()):
                found = read(copy)
            assert not must_notice or found == wanted or not found, f"{kind} {number}: taken for something else"
            seen["read as before" if found == wanted else "empty: starts anew" if not found else "still valid"] += 1
        except (InputError, IncompleteRun) as error:
            named = path.name.split(".")[0] in str(error) or str(place) in str(error)
            assert named and "\n" not in str(error), f"{kind} {number}: {error}"
            assert copy.read_bytes() == content, f"{kind} {number}: overwritten"
            seen["refused by name"] += 1
        assert time.process_time() - started < 5, f"{kind} {number}: too slow"
    print(f"{count} damaged files: {dict(seen)}")
    return seen


QUICK = ["profiles", "memory", "journal"]
ALL = [*QUICK, "tasks", "params", "checkpoint.json", "results.json", "turns.parquet", "users.parquet"]


def test_damaged_files_are_refused_by_name(good: dict, tmp_path: Path) -> None:
    assert fuzz(good, QUICK, 50, tmp_path)["refused by name"] > 20


@pytest.mark.slow
def test_200_damaged_files_of_every_kind_are_refused_by_name(good: dict, tmp_path: Path) -> None:
    assert fuzz(good, ALL, 200, tmp_path)["refused by name"] > 160


@pytest.mark.parametrize("kind", ["profiles", "tasks", "params", "checkpoint.json", "memory", "journal"])
def test_bombs_are_defused(good: dict, kind: str, tmp_path: Path) -> None:
    path, read, _ = good[kind]
    (tmp_path / "seed-0").mkdir()
    for bomb in BOMBS:
        copy = tmp_path / "seed-0" / path.name
        copy.write_bytes(bomb)
        if bomb or kind not in ("memory", "journal", "tasks"):  # an empty file is an empty memory, journal, list
            with pytest.raises(InputError, match=path.name.split(".")[0]) as refused:
                read(copy)
            assert "\n" not in str(refused.value) and len(str(refused.value)) < 600


@pytest.mark.parametrize("kind", ["memory", "journal"])
def test_another_version_is_refused_and_kept(good: dict, kind: str, tmp_path: Path) -> None:
    path, read, _ = good[kind]
    (tmp_path / "seed-0").mkdir()
    copy = tmp_path / "seed-0" / path.name
    if kind == "memory":
        FileStore(copy.parent).save("ann", {**FileStore(path.parent).load("ann"), "format": 99})
    else:
        shutil.copy(path, copy)
        journal = Journal(copy, "digest")
        journal._file._db.execute("UPDATE meta SET value = '99' WHERE key = 'format'")
        journal.close()
    before = copy.read_bytes()
    with pytest.raises(InputError, match="format"):
        read(copy)
    assert copy.read_bytes() == before


def test_a_journal_of_another_user_or_run_is_refused(good: dict, tmp_path: Path) -> None:
    (tmp_path / "seed-0").mkdir()
    shutil.copy(good["journal"][0], tmp_path / "seed-0" / "user_001.sqlite")
    with pytest.raises(InputError, match="belongs to another run"):
        _journal(tmp_path / "seed-0" / "user_001.sqlite")


def test_rows_of_a_journal_that_changed_places_are_refused(good: dict, tmp_path: Path) -> None:
    """Each is whole, with the checksum that was written beside it."""
    (tmp_path / "seed-0").mkdir()
    copy = shutil.copy(good["journal"][0], tmp_path / "seed-0" / good["journal"][0].name)
    journal = Journal(copy, "digest")
    rows = journal._file._db.execute("SELECT session, row, crc FROM sessions ORDER BY session LIMIT 2").fetchall()
    for (session, *_), (_, row, crc) in zip(rows, reversed(rows), strict=True):
        journal._file._db.execute("UPDATE sessions SET row = ?, crc = ? WHERE session = ?", (row, crc, session))
    journal.close()
    with pytest.raises(InputError, match="checksum"):
        _journal(copy)


def test_json_in_a_memory_that_is_no_memory_is_refused(tmp_path: Path) -> None:
    for state in ({"format": 1}, {"format": 1, "user_id": "ann", "cards": 3}, json.loads("[1]")):
        old_file(tmp_path, "ann", state)
        with pytest.raises(InputError):
            _memory(tmp_path / "ann.sqlite")
