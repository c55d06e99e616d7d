"""Locks under the rules of NFSv4, and SQLite files that several hosts may share."""

import fcntl
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from pum.assistant.data_rights import forget
from pum.cluster.status import show
from pum.core import concurrency
from pum.core.concurrency import locked
from pum.core.errors import InputError
from pum.core.paths import ROOT
from pum.core.sqlite_file import SqliteFile, read_only
from pum.runner.batch import play_shard, run
from pum.runner.journal import Journal
from tests.test_cluster_ranges import job, merge
from tests.test_data_rights import places
from tests.test_runner_run import config


@pytest.fixture
def nfs(monkeypatch: pytest.MonkeyPatch) -> None:
    """flock(2): on NFS a lock is a byte-range lock, so a shared one takes a descriptor that is open for reading, and an
    exclusive one a descriptor that is open for writing. A folder is never open for writing."""
    flock = fcntl.flock

    def on_nfs(descriptor: int, operation: int) -> None:
        mode = fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_ACCMODE
        unfit = {fcntl.LOCK_SH: os.O_WRONLY, fcntl.LOCK_EX: os.O_RDONLY}
        if unfit.get(operation & ~fcntl.LOCK_NB) == mode:
            raise OSError(9, "Bad file descriptor")
        flock(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", on_nfs)
    monkeypatch.setattr(concurrency, "_PATIENCE_S", 0)


def test_runs_ranges_and_forgetting_work_on_nfs(nfs: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ranged = job(tmp_path / "work", profiles=2, sessions=1, size=1)
    play_shard(ranged.shard(0))
    show([ranged])
    assert "1/1" in capsys.readouterr().out
    folder = ranged.whole
    with folder.lock(), pytest.raises(InputError, match="is in progress"):
        forget("user_000", places(tmp_path))
    merge(ranged, tmp_path / "work" / "out")
    with locked(tmp_path / "work" / "out", "busy"), pytest.raises(InputError, match="is in progress"):
        forget("user_000", places(tmp_path))
    assert str(tmp_path / "work" / "out") in forget("user_000", places(tmp_path))


def test_shared_and_exclusive_locks_exclude_each_other(nfs: None, tmp_path: Path) -> None:
    path = tmp_path / "run"
    with locked(path, "busy", shared=True), locked(path, "busy", shared=True):
        with pytest.raises(InputError, match="busy"), locked(path, "busy"):
            pass
    with locked(path, "busy"), pytest.raises(InputError, match="busy"), locked(path, "busy", shared=True):
        pass
    with locked(path, "busy"):
        pass
    assert [file.name for file in tmp_path.iterdir()] == [".run.lock"]


def test_a_file_system_without_locks_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_: object) -> None:
        raise OSError(37, "No locks available")

    monkeypatch.setattr(fcntl, "flock", none)
    with pytest.raises(InputError, match=r"\.lock: no lock works on this file system \(No locks available\)"):
        run(config("vanilla", profiles=1, sessions=1), tmp_path / "out", work=tmp_path / "elsewhere")


@pytest.mark.parametrize("durable", [False, True])
def test_a_sqlite_file_needs_no_memory_that_processes_share(durable: bool, tmp_path: Path) -> None:
    """A write-ahead log would (`-wal`, `-shm`), so it does not work between hosts."""
    file = SqliteFile(tmp_path / "f.sqlite", "CREATE TABLE IF NOT EXISTS t (n INTEGER)", durable=durable)
    with file.transaction() as db:
        db.execute("INSERT INTO t VALUES (1)")
        assert db.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        assert db.execute("PRAGMA synchronous").fetchone() == (2 if durable else 0,)
        with read_only(file.path) as other:
            assert other.execute("SELECT COUNT(*) FROM t").fetchone() == (0,)
    assert {path.name for path in tmp_path.iterdir()} <= {"f.sqlite", "f.sqlite-journal"}
    file.close()


# Killed while a transaction is in the file already, but not committed.
_KILLED = """
import os, signal, sys; from pathlib import Path; from pum.core.sqlite_file import SqliteFile
file = SqliteFile(Path(sys.argv[1]), "CREATE TABLE IF NOT EXISTS t (n INTEGER, text TEXT)")
with file.transaction() as db:
    db.execute("INSERT INTO t VALUES (1, 'kept')")
with file.transaction() as db:
    db.execute("PRAGMA cache_size=1")
    db.executemany("INSERT INTO t VALUES (?, ?)", [(n, "x" * 5000) for n in range(50)])
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_process_left_half_written_is_rolled_back_by_whoever_reads(tmp_path: Path) -> None:
    path = tmp_path / "f.sqlite"
    killed = subprocess.run([sys.executable, "-c", _KILLED, str(path)], cwd=ROOT)
    assert killed.returncode == -signal.SIGKILL and path.with_name("f.sqlite-journal").exists()
    with read_only(path) as db:
        assert db.execute("SELECT text FROM t").fetchall() == [("kept",)]
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            db.execute("DELETE FROM t")


@pytest.mark.parametrize("lost", ["DELETE FROM turns WHERE session = 1", "UPDATE state SET session = 0, crc = ?"])
def test_a_table_that_a_power_cut_left_behind_is_noticed(lost: str, tmp_path: Path) -> None:
    """Every row is whole, and with the checksum that was written beside it."""
    (tmp_path / "seed-0").mkdir()
    journal = Journal(tmp_path / "seed-0" / "user_000.sqlite", "digest")
    crcs = []
    for session in range(2):
        journal.commit_json([{"session": session}], [{"session": session, "turn": 0}], {"assistant": {}})
        crcs += journal._file._db.execute("SELECT crc FROM state").fetchall()
    assert journal.finished() == 2
    journal._file._db.execute(lost, crcs[0] if "?" in lost else ())
    with pytest.raises(InputError, match="not those of its 2 sessions.*delete it to run this user again"):
        journal.finished()
    journal.close()
