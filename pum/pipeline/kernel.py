"""A notebook's kernel: this interpreter's own, started with nothing of the reader's settings that could change a byte.

`python -m pum.pipeline.kernel` is the kernel. It reads no configuration, profile or startup file of IPython or Jupyter.
It gets an environment in which all values are fixed but those that say where programs, packages, models and servers
are, and how many threads to use.
"""

import faulthandler
import logging
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Collection
from pathlib import Path

from ipykernel.kernelapp import IPKernelApp
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from traitlets import Dict

from pum.core.paths import ROOT

log = logging.getLogger(__name__)

# Longer than a served model may be waited for, with all retries.
IDLE_LIMIT_S = 4 * 3600.0
_INHERITED = re.compile(
    r"PATH|HOME|USER|LOGNAME|TMPDIR|XDG_CACHE_HOME|LD_LIBRARY_PATH|PYTHONHOME|PYTHONPATH|PYTHONNOUSERSITE"
    r"|(PUM|HF|OPENAI|SLURM|CUDA|NVIDIA|PIP|OMP|GOMP|KMP|MKL|OPENBLAS)_\w+"
    r"|(?i:https?|all|no)_(?i:proxy)|SSL_CERT_(FILE|DIR)|(REQUESTS|CURL)_CA_BUNDLE"
)
_FIXED = {
    "LC_ALL": "C.UTF-8",
    "TZ": "UTC",
    "COLUMNS": "80",
    "LINES": "24",
    "PYTHONHASHSEED": "0",
    "PYTHONUTF8": "1",
    "SOURCE_DATE_EPOCH": "0",
    "TOKENIZERS_PARALLELISM": "false",
    "TQDM_DISABLE": "1",
    # tqdm warns without ipywidgets, but only when it is imported, and with warm caches it is not.
    "PYTHONWARNINGS": "ignore:IProgress not found",
}


def kernel_environment(named: Collection[str] = ()) -> dict[str, str]:
    """A kernel's environment variables. `named`: others that it inherits, such as those that hold keys of servers."""
    inherited = {k: v for k, v in os.environ.items() if _INHERITED.fullmatch(k) or k in named}
    # This project's code first, whichever version of it is installed.
    packages = os.pathsep.join(filter(None, (str(ROOT), inherited.get("PYTHONPATH"))))
    return {**inherited, "PYTHONPATH": packages, **_FIXED}


class NotebookKernelManager(AsyncKernelManager):
    """Starts this module in `environment`, and no kernel that is installed somewhere under the same name.

    A kernel that uses no CPU time for IDLE_LIMIT_S is killed, because it would be waited for as long as it lives.
    """

    environment = Dict(config=True)
    kernel_spec = KernelSpec(
        argv=[sys.executable, "-m", __name__, "-f", "{connection_file}"],
        language="python",
        metadata={"kernel_provisioner": {"provisioner_name": "local-provisioner"}},
    )

    async def start_kernel(self, **options: object) -> None:
        await super().start_kernel(**options, env=self.environment)
        watch = threading.Thread(target=_kill_when_idle, args=(self.provisioner.process, IDLE_LIMIT_S), daemon=True)
        watch.start()


def _kill_when_idle(kernel: subprocess.Popen, limit_s: float) -> None:
    """Wait until the kernel ends, or kill it and its workers; what its threads were doing is printed first."""
    used, since = _cpu_ticks(kernel.pid), time.monotonic()
    while kernel.poll() is None:
        time.sleep(min(10.0, limit_s / 10))
        now = _cpu_ticks(kernel.pid)
        if now is None or now != used:
            used, since = now, time.monotonic()
        elif time.monotonic() - since > limit_s:
            log.error("a notebook's kernel has done nothing for %.0f s and is stopped; its threads:", limit_s)
            kernel.send_signal(signal.SIGUSR1)
            time.sleep(1)
            os.killpg(kernel.pid, signal.SIGKILL)
            return


def _cpu_ticks(group: int) -> int | None:
    """The CPU time of the main threads of a process group, which run its cells; None where /proc does not tell.

    ipykernel's own threads take a little CPU while nothing runs.
    """
    ticks = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            fields = (process / "task" / process.name / "stat").read_text().rpartition(")")[2].split()
        except OSError:  # it has just ended
            continue
        if int(fields[2]) == group:
            ticks.append(int(fields[11]) + int(fields[12]))
    return sum(ticks) if ticks else None


class NotebookKernel(IPKernelApp):
    """ipykernel without anybody's settings, and without its thread for the shell channel.

    That thread is for subshells, which no notebook here uses. While a kernel starts, it and the main thread both use
    the socket of the requests, which ZeroMQ does not allow: a request may then never be noticed.
    """

    def load_config_file(self, suppress_errors: bool | None = None) -> None:
        """Read none."""

    def init_code(self) -> None:
        """Run no startup file."""

    def init_control(self, context: object) -> None:
        super().init_control(context)
        self.shell_channel_thread = None


if __name__ == "__main__":
    # A copy, because ipykernel turns this process's standard error into a cell's output.
    faulthandler.register(signal.SIGUSR1, os.fdopen(os.dup(2), "w"))
    NotebookKernel.launch_instance()
