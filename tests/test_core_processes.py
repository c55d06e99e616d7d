"""In whatever way a process ends, its workers end within two seconds, and nobody gets its locks before they have."""

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from pum.core import concurrency
from pum.core.concurrency import locked
from pum.core.errors import InputError
from pum.core.paths import ROOT
from pum.core.processes import worker_processes

# A parent with two workers that play for ever; it says their ids once both are at it.
_PARENT = """
import os, signal, sys, time
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from pum.core.concurrency import locked
from pum.core.processes import interrupt_on, worker_processes
from tests.test_core_processes import play_for_ever
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # these tests may themselves run under nohup
signal.signal(signal.SIGINT, signal.default_int_handler)
interrupt_on(signal.SIGTERM)
folder = Path(sys.argv[1])
try:
    with locked(folder / "run", "busy") as lock, worker_processes(2, (lock,)) as pool:
        list(pool.map(play_for_ever, [folder] * 2))
except (KeyboardInterrupt, BrokenProcessPool):  # whichever comes first, when the signal reaches the workers too
    sys.exit("one line")
"""


def play_for_ever(folder: Path) -> None:
    (folder / f"{os.getpid()}.worker").touch()
    while True:
        sum(range(1000))


def workers(folder: Path) -> list[psutil.Process]:
    return [psutil.Process(int(path.stem)) for path in folder.glob("*.worker")]


def alive(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


def ended(processes: list[psutil.Process], within_s: float) -> bool:
    deadline = time.monotonic() + within_s
    while any(map(alive, processes)):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


@pytest.fixture
def parent(tmp_path: Path):
    command = [sys.executable, "-c", _PARENT, str(tmp_path)]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True, start_new_session=True)
    yield process
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


@pytest.mark.parametrize("to", ["parent", "group"])
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_workers_end_with_their_parent_and_hold_its_lock_until_then(
    number: signal.Signals, to: str, parent: subprocess.Popen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`group`: as Ctrl-C or a closed terminal, which reach all processes of the terminal."""
    monkeypatch.setattr(concurrency, "_PATIENCE_S", 0)
    while len(list(tmp_path.glob("*.worker"))) < 2:
        assert parent.poll() is None
        time.sleep(0.01)
    playing = workers(tmp_path)
    if to == "parent" and number == signal.SIGKILL:
        playing[0].suspend()  # it cannot end yet, so the lock is still held when the parent is gone
    (os.killpg if to == "group" else os.kill)(parent.pid, number)
    if to == "parent" and number == signal.SIGKILL:
        parent.wait(10)
        with pytest.raises(InputError, match="busy"), locked(tmp_path / "run", "busy"):
            pass
        playing[0].resume()
    assert ended(playing, within_s=2)
    said = parent.communicate(timeout=10)[1]
    if number in (signal.SIGTERM, signal.SIGINT):
        assert (said, parent.returncode) == ("one line\n", 1)
    else:
        assert parent.returncode == -number
    with locked(tmp_path / "run", "busy"):
        pass


def test_ctrl_c_at_any_moment_is_one_line(tmp_path: Path) -> None:
    """Also while the workers are starting: they never see the signal."""
    rng = random.Random(0)
    for attempt in range(6):
        folder = tmp_path / str(attempt)
        folder.mkdir()
        command = [sys.executable, "-c", _PARENT, str(folder)]
        parent = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True, start_new_session=True)
        while not (folder / ".run.lock").exists():  # before, it is no run yet
            time.sleep(0.001)
        time.sleep(rng.uniform(0.01, 1))
        os.killpg(parent.pid, signal.SIGINT)
        assert parent.communicate(timeout=20)[1] == "one line\n"


def test_an_error_in_the_block_ends_the_workers(tmp_path: Path) -> None:
    with pytest.raises(LookupError), worker_processes(2) as pool:
        for _ in range(2):
            pool.submit(play_for_ever, tmp_path)
        while len(list(tmp_path.glob("*.worker"))) < 2:
            time.sleep(0.01)
        playing = workers(tmp_path)
        raise LookupError
    assert ended(playing, within_s=2)


def test_workers_return_results_and_errors(tmp_path: Path) -> None:
    with locked(tmp_path / "run", "busy") as lock, worker_processes(2, (lock,)) as pool:
        assert list(pool.map(abs, [-1, -2, -3])) == [1, 2, 3]
        assert isinstance(pool.submit(int, "x").exception(), ValueError)
    with locked(tmp_path / "run", "busy"):
        pass


def test_a_process_that_ends_with_its_parent(tmp_path: Path) -> None:
    """As a stage does with DVC."""
    child = (
        "import os, time; from pathlib import Path; from pum.core.processes import exit_with_parent\n"
        f"exit_with_parent(); Path({str(tmp_path)!r}, f'{{os.getpid()}}.worker').touch(); time.sleep(600)"
    )
    code = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    starter = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT)
    while not workers(tmp_path):
        time.sleep(0.01)
    playing = workers(tmp_path)
    assert all(map(alive, playing))
    starter.kill()
    starter.wait()
    assert ended(playing, within_s=2)
