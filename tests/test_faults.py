"""Machines fail: no space, no right to write, a clock that goes back, a worker that is killed, two runs at once."""

import itertools
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from pum.core.concurrency import locked
from pum.core.errors import IncompleteRun, InputError
from pum.core.paths import work_folder
from pum.memory.store import FileStore
from pum.runner.batch import _play_share, run
from pum.runner.journal import Journal
from pum.runner.run_folder import RunFolder
from tests.small_assistant import WISHES, small_assistant
from tests.test_runner_run import config, same_bytes


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own with 1 MiB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)]
    if os.geteuid() or not shutil.which("mount") or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("mounting a small tmpfs takes root")
    yield disk
    subprocess.run(["umount", "--lazy", str(disk)], check=True)


def fill(disk: Path, leave: int = 0) -> Path:
    """A file that takes up all but `leave` bytes of the disk."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"\0" * 4096)
        except OSError:
            pass
    os.truncate(filler, max(0, filler.stat().st_size - leave))
    return filler


def test_a_full_disk_loses_no_turn_that_was_answered(small_disk: Path) -> None:
    assistant = small_assistant(store=FileStore(small_disk / "memory"))
    assistant.chat("ann", WISHES[0])
    before = assistant.export_user("ann")
    filler = fill(small_disk)
    for user in ("ann", "bob"):
        with pytest.raises(InputError, match=rf"{user}\.sqlite.*free some space"):
            assistant.chat(user, WISHES[1] * 50)
    filler.unlink()
    assert FileStore(small_disk / "memory").load("ann")["turn"] == before["turn"] == 1
    assert assistant.chat("ann", WISHES[1]).turn_id == "s0t1"


@pytest.mark.parametrize("leave", [0, 16 << 10, 64 << 10])
def test_a_run_on_a_full_disk_stops_in_a_line_and_goes_on_with_the_same_bytes(
    small_disk: Path, tmp_path: Path, leave: int
) -> None:
    small = config(profiles=2, sessions=2)
    run(small, tmp_path / "wanted", work=tmp_path / "work")
    filler = fill(small_disk, leave)
    with pytest.raises((IncompleteRun, InputError, OSError)) as stopped:
        run(small, small_disk / "out", work=small_disk / "work")
    assert "\n" not in str(stopped.value) and str(small_disk) in str(stopped.value)
    assert not (small_disk / "out" / "checkpoint.json").exists()
    filler.unlink()
    run(small, small_disk / "out", work=small_disk / "work")
    assert same_bytes(small_disk / "out", tmp_path / "wanted")


def test_a_full_disk_under_the_results_keeps_every_session(small_disk: Path, tmp_path: Path) -> None:
    small = config("vanilla", profiles=2, sessions=2)
    run(small, tmp_path / "wanted", work=tmp_path / "work")
    filler = fill(small_disk, 8192)
    with pytest.raises(OSError, match="No space"):
        run(small, small_disk / "out", work=tmp_path / "again")
    assert sum(RunFolder(small, tmp_path / "again").finished().values()) == 4
    assert not (small_disk / "out" / "checkpoint.json").exists()
    filler.unlink()
    run(small, small_disk / "out", work=tmp_path / "again")
    assert same_bytes(small_disk / "out", tmp_path / "wanted")


def test_a_read_only_checkout_keeps_caches_elsewhere(small_disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    assert work_folder(small_disk) == small_disk / ".pum_work"
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    assert work_folder(small_disk) == Path("/somewhere/pum")


def test_a_read_only_disk_is_refused_before_a_session_is_played(small_disk: Path, tmp_path: Path) -> None:
    (small_disk / "out").mkdir()
    (small_disk / "out" / "results.json").write_text("earlier results")
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(InputError, match="cannot write there"):
        run(config("vanilla"), small_disk / "out", work=tmp_path / "work")
    assert (small_disk / "out" / "results.json").read_text() == "earlier results"
    with pytest.raises(InputError, match=r"ann\.sqlite"):
        small_assistant(store=FileStore(small_disk / "memory")).chat("ann", "Hello")


def test_a_clock_that_goes_back_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small = config("rag", profiles=1, sessions=2)
    run(small, tmp_path / "wanted", work=tmp_path / "work")
    now = time.time()
    monkeypatch.setattr("time.time", lambda: now - random.uniform(0, 1e9))
    run(small, tmp_path / "out", work=tmp_path / "work")
    assert same_bytes(tmp_path / "out", tmp_path / "wanted")


def test_two_runs_into_one_output_are_refused(tmp_path: Path) -> None:
    output = tmp_path / "out"
    output.mkdir()
    with locked(output, "busy"), pytest.raises(InputError, match="another run is writing its results there"):
        run(config("vanilla", profiles=1, sessions=1), output, work=tmp_path / "work")
    assert list(output.iterdir()) == []


@pytest.mark.slow
def test_a_worker_killed_for_want_of_memory_is_told_in_a_line_and_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kernel kills with SIGKILL, whatever the worker is at; here when its first session is in the journal."""
    monkeypatch.setattr("pum.runner.batch._MIN_SESSIONS_FOR_POOL", 0)
    run(config("vanilla"), tmp_path / "wanted", work=tmp_path / "work")
    twice = config("vanilla", workers=2)
    with monkeypatch.context() as patched:
        patched.setattr("pum.runner.batch._play_share", killed_after_a_session)
        with pytest.raises(IncompleteRun, match="want of memory"):
            run(twice, tmp_path / "out", work=tmp_path / "again")
    folder = RunFolder(twice, tmp_path / "again")
    assert 1 <= sum(folder.finished().values()) < folder.scheduled
    run(twice, tmp_path / "out", work=tmp_path / "again")
    assert same_bytes(tmp_path / "out", tmp_path / "wanted")


def killed_after_a_session(folder: RunFolder, user_ids: list[str]) -> dict[tuple[int, str], str]:
    """For a worker process, which imports it afresh: there `_play_share` is the real one, and the journal a deadly one.

    The worker with the first profile is killed; the other ends with it.
    """
    commit = Journal.commit

    def last_commit(journal: Journal, *session: object) -> None:
        commit(journal, *session)
        os.kill(os.getpid(), signal.SIGKILL)

    if "user_000" in user_ids:
        Journal.commit = last_commit
    return _play_share(folder, user_ids)


@pytest.mark.parametrize("workers", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_memory_that_runs_out_is_told_in_a_line_and_blamed_on_no_session(
    workers: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With one worker here, with two in processes of their own."""
    monkeypatch.setattr("pum.runner.batch._MIN_SESSIONS_FOR_POOL", 0)
    small = config("vanilla", profiles=2, sessions=2, workers=workers)
    run(config("vanilla", profiles=2, sessions=2), tmp_path / "wanted", work=tmp_path / "work")
    with monkeypatch.context() as patched:
        if workers == 1:
            patched.setattr("pum.runner.batch.play_session", no_memory)
        else:
            patched.setattr("pum.runner.batch._play_share", without_memory)
        with pytest.raises(IncompleteRun, match=r"vanilla: there is no memory left; .*fewer executor\.workers"):
            run(small, tmp_path / "out", work=tmp_path / "again")
    assert sum(RunFolder(small, tmp_path / "again").finished().values()) == 0
    run(small, tmp_path / "out", work=tmp_path / "again")
    assert same_bytes(tmp_path / "out", tmp_path / "wanted")


async def no_memory(*_: object) -> None:
    raise MemoryError


def without_memory(folder: RunFolder, user_ids: list[str]) -> dict[tuple[int, str], str]:
    """For a worker process, as above."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pum.runner.batch.play_session", no_memory)
        return _play_share(folder, user_ids)


def test_a_journal_whose_process_is_killed_while_making_it_is_this_runs(tmp_path: Path) -> None:
    """At its first statement, at its second one, and so on, until a process lives."""
    for statement in range(100):
        path = tmp_path / f"seed-{statement}" / "user_000.sqlite"
        child = os.fork()
        if not child:
            killed_at(statement)
            try:
                Journal(path, "digest").close()
            finally:
                os._exit(0)
        lives = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        journal = Journal(path, "digest")
        assert (journal.finished(), journal.state()) == (0, {})
        journal.close()
        with pytest.raises(InputError, match="belongs to another run"):
            Journal(path, "another digest")
        if lives:
            break
    assert 10 < statement < 99


def killed_at(statement: int) -> None:
    """Kill this process at the start of a statement of SQLite, counted from now."""
    connect, left = sqlite3.connect, itertools.count(statement, -1)

    def traced(*arguments: object, **options: object) -> sqlite3.Connection:
        db = connect(*arguments, **options)
        db.set_trace_callback(lambda _: next(left) or os.kill(os.getpid(), signal.SIGKILL))
        return db

    sqlite3.connect = traced


class Memory(RuleBasedStateMachine):
    """The store against a dictionary, whatever is saved, forgotten and read in whatever order, by two processes."""

    users = st.sampled_from(["ann", "bob", "c-3"])
    folder: Path

    def __init__(self) -> None:
        super().__init__()
        shutil.rmtree(self.folder, ignore_errors=True)
        self.stores = [FileStore(self.folder), FileStore(self.folder)]
        self.kept: dict[str, dict] = {}

    @rule(user=users, value=st.text(), at=st.sampled_from([0, 1]))
    def save(self, user: str, value: str, at: int) -> None:
        state = {"user_id": user, "said": value}
        self.stores[at].save(user, state, after=self.stores[1 - at].version(user))
        self.kept[user] = state

    @rule(user=users, value=st.text(min_size=1))
    def save_too_late(self, user: str, value: str) -> None:
        from pum.memory.store import Conflict

        with pytest.raises(Conflict):
            self.stores[0].save(user, {"said": value}, after="of long ago")

    @rule(user=users)
    def forget(self, user: str) -> None:
        self.stores[0].delete(user)
        self.kept.pop(user, None)

    @invariant()
    def is_what_was_saved_last(self) -> None:
        for user in ("ann", "bob", "c-3"):
            assert all(store.load(user) == self.kept.get(user) for store in self.stores)


class Journaled(RuleBasedStateMachine):
    """A journal against a list: sessions are kept in order, all or nothing, over any number of reopenings.

    A failed session leaves the state as it was; the last ones of the list may be dropped, if all of them failed.
    """

    path: Path

    def __init__(self) -> None:
        super().__init__()
        for file in self.path.parent.glob("*"):
            file.unlink()
        self.journal, self.rows = Journal(self.path, "digest"), []
        self.state: dict[str, dict] = {}
        self.failed = 0  # of the last sessions

    @rule(text=st.text(), turns=st.integers(0, 3))
    def play(self, text: str, turns: int) -> None:
        row = {"session": len(self.rows), "text": text.encode(errors="replace").decode()}
        self.state, self.failed = {"assistant": row, "said": {"text": text.encode(errors="replace").decode()}}, 0
        self.journal.commit_json([row], [{**row, "turn": turn} for turn in range(turns)], self.state)
        self.rows.append((row, turns))

    @rule()
    def fail(self) -> None:
        row = {"session": len(self.rows), "error": "refused"}
        self.journal.commit_json([row], [], self.state)
        self.rows.append((row, 0))
        self.failed += 1

    @rule(kept=st.integers(0, 3))
    def drop_failed(self, kept: int) -> None:
        kept = min(kept, self.failed)
        del self.rows[len(self.rows) - self.failed + kept :]
        self.journal.drop_from(len(self.rows))
        self.failed = kept

    @rule()
    def play_twice(self) -> None:
        if self.rows:
            with pytest.raises(IncompleteRun):
                self.journal.commit_json([self.rows[0][0]], [], {"assistant": {}})

    @rule()
    def reopen(self) -> None:
        self.journal.close()
        self.journal = Journal(self.path, "digest")

    @invariant()
    def holds_what_was_played(self) -> None:
        assert self.journal.finished() == len(self.rows)
        assert self.journal.sessions(99) == [row for row, _ in self.rows]
        assert len(self.journal.turns(99)) == sum(turns for _, turns in self.rows)
        assert self.journal.state() == self.state

    def teardown(self) -> None:
        self.journal.close()


_FEW = settings(max_examples=8, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck))


def test_the_store_is_a_dictionary(tmp_path: Path) -> None:
    run_state_machine_as_test(type("Here", (Memory,), {"folder": tmp_path / "memory"}), settings=_FEW)


def test_the_journal_is_a_list(tmp_path: Path) -> None:
    (tmp_path / "seed-0").mkdir()
    path = tmp_path / "seed-0" / "user_000.sqlite"
    run_state_machine_as_test(type("Here", (Journaled,), {"path": path}), settings=_FEW)
