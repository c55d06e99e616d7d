"""Runs untrusted programs, such as those of a model, in a locked-down subprocess.

Layers of protection:
- Everywhere: a fresh isolated interpreter without site-packages, in a session of its own, with an empty environment
  and a temporary folder that holds only the program. Limits on processor time, wall time, memory, open files and
  output; files cannot be written.
- Linux with seccomp (x86_64; the aarch64 table is untested): only system calls of pure computation are allowed. There
  are no sockets, processes, threads or signals, and no file can be created, changed or deleted, not even by root.
- Linux 5.13 and later with Landlock: only the standard library and shared libraries can be read; of installed packages
  no more than the names. Without Landlock, other files can be read, but their content can only go into the result's
  `output`.
- Without seccomp (macOS): an audit hook refuses to change files and to open sockets or processes. It stops accidents,
  not hostile code, which can also read whatever the user can read.
`SandboxResult.layers` names the layers that held. Uses the standard library only.

`run_with_tests` judges a program by tests that run in another process, which the program can only send plain data to
(`sandbox_calls`). It sees the arguments of each call: not the tests, not the values that they expect, not the report.
So it can pass only by returning what the tests accept. This holds with Landlock and seccomp; with the audit hook
alone, native code could read the other process. `run_python` says that a program ended by itself, and no more: a
program could forge that.
"""

import math
import os
import secrets
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

CHILD = Path(__file__).with_name("sandbox_child.py")
CALLS = Path(__file__).with_name("sandbox_calls.py")
OUTPUT_LIMIT = 64 * 1024
TIMEOUT, WALL_TIMEOUT = "timeout", "wall timeout"


@dataclass(frozen=True)
class SandboxResult:
    """The result of a run. `ok`: the program ran to its end.

    `reason`: "finished", "timeout" (of processor time), "wall timeout", "memory", "output limit", "exited early",
    "killed by signal N", or the last line of its error. `output`: stdout and stderr, at most 64 KiB. `layers`: the
    layers of protection that held.
    """

    ok: bool
    reason: str
    output: str
    layers: tuple[str, ...]

    @property
    def repeatable(self) -> bool:
        """True when the program caused the result; False when a busy machine, or one short of memory, may have.

        Without layers, the sandbox itself failed before it let the program run.
        """
        return bool(self.layers) and self.reason not in (WALL_TIMEOUT, f"killed by signal {int(signal.SIGKILL)}")


def run_python(
    program: str,
    timeout_s: float = 4.0,
    memory_mb: int = 512,
    layers: Literal["kernel", "python"] = "kernel",
    wall_s: float | None = None,
) -> SandboxResult:
    """Run `program` as a module named "program".

    `timeout_s`: processor time, rounded up to whole seconds, so that a verdict does not depend on the machine's load.
    `wall_s`: wall time, for programs that sleep; by default three times as much. `memory_mb`: the address space.
    `layers="python"` switches the kernel's layers off.
    """
    return _run(program, None, timeout_s, memory_mb, layers, wall_s)


def run_with_tests(
    program: str,
    function: str,
    tests: str,
    timeout_s: float = 4.0,
    memory_mb: int = 512,
    layers: Literal["kernel", "python"] = "kernel",
    wall_s: float | None = None,
) -> SandboxResult:
    """Run the code `tests`, in which the name `function` calls the program's function; `ok` means that it ends.

    Arguments and results are copies (`sandbox_calls`), so a change of an argument in place does not reach the tests.
    The limits, as in `run_python`, hold for each of the two processes.
    """
    return _run(program, (function, tests), timeout_s, memory_mb, layers, wall_s)


def _run(
    program: str, tested: tuple[str, str] | None, timeout_s: float, memory_mb: int, layers: str, wall_s: float | None
) -> SandboxResult:
    function, tests = tested or (None, "")
    cpu_seconds = math.ceil(timeout_s)
    token = secrets.token_hex(8)
    limit = 3 * timeout_s if wall_s is None else wall_s
    with tempfile.TemporaryDirectory(prefix="pum-sandbox-") as folder, tempfile.TemporaryFile() as tests_file:
        Path(folder, "program.py").write_text(program, encoding="utf-8", errors="replace")
        tests_file.write(tests.encode(errors="replace"))
        tests_file.seek(0)
        report_read, report_write = os.pipe()
        try:
            with subprocess.Popen(
                [sys.executable, "-I", "-S", "-B", "-X", "utf8", str(CHILD)]
                + [str(report_write), str(cpu_seconds), str(memory_mb << 20), layers, token]
                + ([] if function is None else [str(CALLS), function]),
                cwd=folder,
                env={},
                stdin=subprocess.DEVNULL if function is None else tests_file,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=(report_write,),
                start_new_session=True,
            ) as process:
                os.close(report_write)
                output, stopped, used = _watch(process, time.monotonic() + limit)
            report = os.read(report_read, 4096).decode(errors="replace")
        finally:
            os.close(report_read)
    first_line, _, end = report.partition("\n")
    code = process.returncode
    code = 128 - code if code > 128 else code  # how the tests' process tells of a signal that ended the program's
    reason = stopped or _reason(code, end == token, used >= cpu_seconds, output)
    return SandboxResult(reason == "finished", reason, output, tuple(first_line.split()))


def _watch(process: subprocess.Popen[bytes], deadline: float) -> tuple[str, str | None, float]:
    """Collect output until the process ends or breaks a limit; then kill its whole session.

    Returns the output, the limit that was broken if one was, and the processor time used in seconds.
    """
    chunks: list[bytes] = []
    stopped = None
    try:
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            while stopped is None:
                if not selector.select(max(0.0, deadline - time.monotonic())):
                    stopped = WALL_TIMEOUT
                elif not (chunk := os.read(process.stdout.fileno(), 65536)):
                    break
                else:
                    chunks.append(chunk)
                    if sum(map(len, chunks)) > OUTPUT_LIMIT:
                        stopped = "output limit"
        if stopped is None and not _ends(process, deadline):
            stopped = WALL_TIMEOUT
    finally:
        used = _kill_session(process)
    return b"".join(chunks)[:OUTPUT_LIMIT].decode(errors="replace"), stopped, used


def _ends(process: subprocess.Popen[bytes], deadline: float) -> bool:
    """True when the process, whose output is closed, ends before the deadline. It is not reaped, so its id stays."""
    while os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is None:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.001)
    return True


def _kill_session(process: subprocess.Popen[bytes]) -> float:
    """Kill the process group, and return the processor time that the child used, in seconds.

    The group has the child's id, which is not reused before `wait4` has reaped the child.
    """
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):  # none left; macOS says "not permitted" for a group of zombies
        pass
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_utime + usage.ru_stime


def _reason(return_code: int, finished: bool, out_of_time: bool, output: str) -> str:
    if finished and return_code == 0:
        return "finished"
    if return_code == -signal.SIGXCPU or (return_code == -signal.SIGKILL and out_of_time):
        return TIMEOUT
    lines = output.strip().splitlines()
    last_line = lines[-1].strip() if lines else ""
    if last_line.startswith("MemoryError"):
        return "memory"
    if return_code == 1 and last_line:
        return last_line[:200]
    return "exited early" if return_code >= 0 else f"killed by signal {-return_code}"
