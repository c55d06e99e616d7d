"""What a program must not be able to do, and that an honest one runs."""

import os
import sys
import time
from pathlib import Path

import pytest

from pum.bench.sandbox import OUTPUT_LIMIT, run_python

LAYERS = ["kernel", "python"] if sys.platform == "linux" else ["python"]


@pytest.fixture(scope="module")
def layers_here() -> tuple[str, ...]:
    return run_python("pass").layers


@pytest.mark.parametrize("layers", LAYERS)
def test_honest_program_runs_to_its_end(layers: str) -> None:
    result = run_python("import math, hashlib, typing, collections\nprint(math.gcd(12, 18))", layers=layers)
    assert (result.ok, result.reason, result.output) == (True, "finished", "6\n")
    assert "limits" in result.layers


def test_failed_assertion_is_told() -> None:
    assert run_python("assert 1 + 1 == 3, 'sum'").reason == "AssertionError: sum"


@pytest.mark.parametrize("ending", ["raise SystemExit(0)", "import os; os._exit(0)"])
def test_leaving_early_is_no_success(ending: str) -> None:
    assert run_python(f"{ending}\nassert False").reason == "exited early"


def test_demonstration_for_the_command_line_is_not_run() -> None:
    assert run_python("if __name__ == '__main__':\n    input()").ok


def test_endless_loop_is_stopped() -> None:
    start = time.monotonic()
    assert run_python("while True: pass", timeout_s=1).reason == "timeout"
    assert time.monotonic() - start < 10


def test_sleeper_is_stopped() -> None:
    assert run_python("import time; time.sleep(600)", timeout_s=0.2).reason == "timeout"


def test_sleeper_that_closed_its_output_is_stopped() -> None:
    closing = "import os, time; os.close(1); os.close(2); time.sleep(600)"
    assert run_python(closing, timeout_s=0.2).reason == "timeout"


def test_twenty_gigabytes_are_refused() -> None:
    assert run_python("block = bytearray(20 << 30)").reason == "memory"


def test_flood_of_output_is_cut() -> None:
    result = run_python("while True: print('x' * 1000)")
    assert result.reason == "output limit" and len(result.output) <= OUTPUT_LIMIT


@pytest.mark.parametrize("layers", LAYERS)
@pytest.mark.parametrize(
    "deed",
    [
        "open({path!r}, 'w').write('x')",
        "open({path!r}, 'a').write('x')",
        "import os; os.truncate({path!r}, 0)",
        "import os; os.remove({path!r})",
        "import os; os.rename({path!r}, {path!r} + '.moved')",
        "import os; os.chmod({path!r}, 0o777)",
        "import os; os.close(os.open({path!r}, os.O_RDWR | os.O_TRUNC))",
    ],
)
def test_files_stay_as_they_are(tmp_path: Path, layers: str, deed: str) -> None:
    victim = tmp_path / "victim.txt"
    victim.write_text("precious")
    mode = victim.stat().st_mode
    result = run_python(deed.format(path=str(victim)), layers=layers)
    assert not result.ok and "PermissionError" in result.reason
    assert victim.read_text() == "precious" and victim.stat().st_mode == mode
    assert [path.name for path in tmp_path.iterdir()] == ["victim.txt"]


@pytest.mark.parametrize("layers", LAYERS)
def test_no_socket(layers: str) -> None:
    assert "PermissionError" in run_python("import socket; socket.socket()", layers=layers).reason


@pytest.mark.parametrize("layers", LAYERS)
def test_environment_is_empty(monkeypatch: pytest.MonkeyPatch, layers: str) -> None:
    monkeypatch.setenv("PUM_TEST_SECRET", "hunter2")
    result = run_python("import os; print(dict(os.environ))", layers=layers)
    assert result.ok and "hunter2" not in result.output


def test_files_and_environment_of_others_are_out_of_reach(tmp_path: Path, layers_here: tuple[str, ...]) -> None:
    if "landlock" not in layers_here:
        pytest.skip("this kernel has no Landlock")
    secret = tmp_path / "key.txt"
    secret.write_text("hunter2")
    for path in (str(secret), f"/proc/{os.getpid()}/environ", str(Path(__file__).resolve())):
        result = run_python(f"print(open({path!r}).read())")
        assert not result.ok and "PermissionError" in result.reason, path


@pytest.mark.parametrize("layers", LAYERS)
@pytest.mark.parametrize("start", ["os.fork()", "os.posix_spawn('/bin/sleep', ['sleep', '600'], {})", "os.forkpty()"])
def test_no_child_can_outlive_it(layers: str, start: str) -> None:
    assert "PermissionError" in run_python(f"import os; {start}", layers=layers).reason


@pytest.mark.parametrize("layers", LAYERS)
def test_fork_bomb_fizzles_out(layers: str) -> None:
    bomb = "import os\nwhile True:\n    os.fork()"
    assert "PermissionError" in run_python(bomb, timeout_s=1, layers=layers).reason


def test_cannot_kill_whoever_started_it() -> None:
    assert "PermissionError" in run_python("import os, signal; os.kill(os.getppid(), signal.SIGKILL)").reason


def test_native_code_meets_the_kernel(tmp_path: Path, layers_here: tuple[str, ...]) -> None:
    if "seccomp" not in layers_here:
        pytest.skip("this machine has no seccomp")
    target = tmp_path / "new"
    call = f"import ctypes; libc = ctypes.CDLL(None); assert libc.mkdir({str(target).encode()!r}, 0o777) == -1"
    assert run_python(call).ok and not target.exists()
