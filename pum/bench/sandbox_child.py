"""Runs one untrusted program inside limits that this script first sets for itself; `pum.bench.sandbox` starts it.

    python -I -S -B sandbox_child.py REPORT_FD CPU_SECONDS MEMORY_BYTES LAYERS TOKEN [CALLS FUNCTION] < TESTS

The program is `program.py` in the current folder. `LAYERS` is "kernel" (what the kernel offers, else the Python guard)
or "python" (the guard only). The script writes the names of the active layers to REPORT_FD, and TOKEN after them when
the program ends by itself. With FUNCTION, it forks: the program runs in the new process, which has neither the report
nor the tests, and this one runs the tests, in which FUNCTION is a call to the other; TOKEN then means that they pass.
CALLS is the path of `sandbox_calls`, by which the two call each other.
It imports only a few light modules, because startup takes most of a short run.
"""

import ctypes
import os
import resource
import struct
import sys
from collections.abc import Iterator
from importlib.machinery import SourceFileLoader
from types import ModuleType

SIGKILL = 9
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS, SECCOMP_MODE_FILTER = 1, 4, 22, 38, 2
LANDLOCK_CREATE, LANDLOCK_ADD_RULE, LANDLOCK_RESTRICT = 444, 445, 446
LANDLOCK_LIST, LANDLOCK_READ = 0b1000, 0b101  # list folders; read files and execute them (to map shared libraries)
LANDLOCK_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15}  # ABI version -> number of rights it knows; 16 from version 5 on
WRITING_FLAGS = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC

# The system calls that pure computation needs. All others (sockets, processes, signals, changing files) are refused.
# Per machine: audit architecture, {opening call: index of its flags argument}, fcntl, calls allowed as they are.
SYSTEM_CALLS = {
    "x86_64": (
        0xC000003E,
        {2: 1, 257: 2},
        72,
        (0, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 17, 19, 20, 21, 23, 24, 25, 28, 32, 35, 39, 60, 61, 63, 79)
        + (89, 96, 97, 98, 99, 100, 102, 104, 107, 108, 110, 131, 158, 186, 202, 204, 217, 228, 229, 230, 231, 262)
        + (267, 269, 270, 271, 273, 318, 332, 334, 439),
    ),
    "aarch64": (
        0xC00000B7,
        {56: 2},
        25,
        (17, 23, 48, 57, 61, 62, 63, 64, 65, 66, 67, 72, 73, 78, 79, 80, 93, 94, 98, 99, 101, 113, 114, 115, 123)
        + (124, 132, 134, 135, 139, 153, 160, 165, 169, 172, 173, 174, 175, 176, 177, 178, 179, 214, 215, 216, 222)
        + (226, 233, 260, 278, 291, 293, 439),
    ),
}
# fcntl may copy descriptors and read their flags. F_SETOWN and O_ASYNC would allow signals to other processes.
FCNTL_COMMANDS = (0, 1, 2, 3, 1030)  # F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_DUPFD_CLOEXEC
GUARDED_EVENTS = ("socket.", "shutil.", "ctypes.", "subprocess.", "pty.", "signal.", "tempfile.") + tuple(
    f"os.{call}"
    for call in ("fork", "forkpty", "posix_spawn", "exec", "spawn", "system", "kill", "killpg", "remove", "rename")
    + ("mkdir", "rmdir", "truncate", "chmod", "chown", "link", "symlink", "utime", "setxattr", "removexattr", "putenv")
)


def limit_resources(cpu_seconds: int, memory_bytes: int) -> None:
    """Allow no writing to files, no core dump, few open files, limited memory and processor time."""
    for name, soft, hard in (
        (resource.RLIMIT_CPU, cpu_seconds, cpu_seconds + 1),
        (resource.RLIMIT_AS, memory_bytes, memory_bytes),
        (resource.RLIMIT_FSIZE, 0, 0),
        (resource.RLIMIT_CORE, 0, 0),
        (resource.RLIMIT_NOFILE, 32, 32),
    ):
        resource.setrlimit(name, (soft, hard))


def readable() -> Iterator[tuple[str, int]]:
    """What Landlock lets a program read: (path, rights).

    It is the standard library and the shared libraries, without the packages that are installed beside or below them.
    """
    library = os.path.dirname(os.__file__)
    yield library, LANDLOCK_LIST  # the import system lists it; the names of packages show, their content does not
    for name in os.listdir(library):
        if name not in ("site-packages", "dist-packages"):
            yield os.path.join(library, name), LANDLOCK_READ
    folders = (os.path.join(sys.base_prefix, "lib"), "/lib", "/lib64", "/usr/lib", "/usr/lib64")
    for folder in {os.path.realpath(folder) for folder in folders if os.path.isdir(folder)}:
        for name in os.listdir(folder):
            if ".so" in name or name.endswith(("-linux-gnu", "-linux-musl")):
                yield os.path.join(folder, name), LANDLOCK_READ
    yield ".", LANDLOCK_READ


def restrict_files(libc: ctypes.CDLL) -> bool:
    """Landlock (Linux 5.13 and later): allow reading what is `readable`, and nothing else."""
    version = libc.syscall(LANDLOCK_CREATE, None, 0, 1)
    if version < 1:
        return False
    rights = (1 << LANDLOCK_FILE_RIGHTS.get(version, 16)) - 1
    handled = struct.pack("QQQ", rights, 0b11 if version >= 4 else 0, 0b11 if version >= 6 else 0)
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    ruleset = libc.syscall(LANDLOCK_CREATE, handled, size, 0)
    if ruleset < 0:
        return False
    for path, allowed in readable():
        try:
            handle = os.open(path, os.O_PATH)
        except OSError:  # a link that leads nowhere
            continue
        if allowed == LANDLOCK_READ and os.path.isdir(path):
            allowed |= LANDLOCK_LIST
        libc.syscall(LANDLOCK_ADD_RULE, ruleset, 1, struct.pack("=Qi", allowed, handle), 0)
        os.close(handle)
    restricted = libc.syscall(LANDLOCK_RESTRICT, ruleset, 0) == 0
    os.close(ruleset)
    return restricted


def filter_program(architecture: int, opening: dict[int, int], fcntl: int, allowed: tuple[int, ...]) -> bytes:
    """The seccomp filter in classic BPF. Opening for reading, harmless commands of `fcntl` and the allowed calls pass;
    all others fail with EPERM."""
    load, mask, if_equal, give = 0x20, 0x54, 0x15, 0x06
    allow, refuse, kill = 0x7FFF0000, 0x00050001, 0x80000000
    lines = [(load, 0, 0, 4), (if_equal, 1, 0, architecture), (give, 0, 0, kill), (load, 0, 0, 0)]
    for number, argument in opening.items():
        lines += [(if_equal, 0, 5, number), (load, 0, 0, 16 + 8 * argument), (mask, 0, 0, WRITING_FLAGS)]
        lines += [(if_equal, 0, 1, 0), (give, 0, 0, allow), (give, 0, 0, refuse)]
    lines += [(if_equal, 0, 2 * len(FCNTL_COMMANDS) + 2, fcntl), (load, 0, 0, 16 + 8)]
    for command in FCNTL_COMMANDS:
        lines += [(if_equal, 0, 1, command), (give, 0, 0, allow)]
    lines.append((give, 0, 0, refuse))
    for number in allowed:
        lines += [(if_equal, 0, 1, number), (give, 0, 0, allow)]
    lines.append((give, 0, 0, refuse))
    return b"".join(struct.pack("HBBI", *line) for line in lines)


def filter_system_calls(libc: ctypes.CDLL) -> bool:
    """Seccomp (any Linux of the last decade); False when the machine or the kernel lacks it."""
    known = SYSTEM_CALLS.get(os.uname().machine)
    if known is None:
        return False
    program = filter_program(*known)
    code = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(code))
    return libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, header, 0, 0) == 0


def guard(event: str, arguments: tuple) -> None:
    """The Python layer: an audit hook that refuses what the kernel's filter would. Native code can bypass it."""
    writing = event == "open" and isinstance(arguments[2], int) and arguments[2] & WRITING_FLAGS
    if writing or event.startswith(GUARDED_EVENTS):
        raise PermissionError(f"the sandbox refuses {event}")


def restrict(layers: str) -> list[str]:
    """Activate every available layer, and return the names of those that hold."""
    # Not before the fork: for users other than root it counts all of the user's processes.
    resource.setrlimit(resource.RLIMIT_NPROC, (1, 1))
    holding = []
    if layers == "kernel" and sys.platform == "linux":
        libc = ctypes.CDLL(None)
        libc.prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0)
        libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)  # its memory is not to be read through /proc
        libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        holding += ["landlock"] * restrict_files(libc) + ["seccomp"] * filter_system_calls(libc)
    if "seccomp" not in holding:
        sys.addaudithook(guard)
        holding.append("python")
    return holding


def run_program() -> ModuleType:
    program = ModuleType("program")  # not "__main__": a demonstration under `if __name__ == ...` is not to run
    sys.modules["program"] = program
    SourceFileLoader("program", "program.py").exec_module(program)
    return program


def main() -> None:
    report, cpu_seconds, memory_bytes = (int(argument) for argument in sys.argv[1:4])
    layers, token, *tested = sys.argv[4:]
    del sys.argv[1:], sys.orig_argv[1:]
    limit_resources(cpu_seconds, memory_bytes)
    if not tested:
        os.write(report, " ".join(["limits", *restrict(layers)]).encode() + b"\n")
        run_program()
        os.write(report, token.encode())
        return
    path, function = tested
    calls = ModuleType("calls")
    SourceFileLoader("calls", path).exec_module(calls)
    solver, connection = calls.fork()
    if solver == 0:
        os.close(report)
        restrict(layers)
        calls.serve(connection, lambda: getattr(run_program(), function))
    tests = sys.stdin.read()
    os.write(report, " ".join(["limits", *restrict(layers)]).encode() + b"\n")
    calls.run_tests(tests, function, solver, connection)
    os.write(report, token.encode())
    os._exit(0)  # an orderly end of the interpreter takes as long as its start


main()
