"""The programs a range needs on its node: started with their GPUs, waited for, stopped with the range."""

import os
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from pum.cluster.params import NodeServer
from pum.errors import IncompleteRun


@contextmanager
def on_this_node(servers: Mapping[str, NodeServer], logs: Path) -> Iterator[None]:
    """All of `servers` up, each writing to `logs`/<role>.log; IncompleteRun when one does not come up."""
    logs.mkdir(parents=True, exist_ok=True)
    running: dict[str, subprocess.Popen] = {}
    try:
        for role, server in servers.items():
            with (logs / f"{role}.log").open("ab") as log:
                running[role] = subprocess.Popen(
                    server.command,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    env={**os.environ, "CUDA_VISIBLE_DEVICES": visible(server)},
                )
        for role, server in servers.items():
            _wait(role, server, running[role], logs / f"{role}.log")
        yield
    finally:
        for process in running.values():
            process.terminate()
        for process in running.values():
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def visible(server: NodeServer) -> str:
    """The GPUs of a role, numbered within those that SLURM gave to this job."""
    given = os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",")
    return ",".join(given[gpu] if gpu < len(given) and given[gpu] else str(gpu) for gpu in server.gpus)


def _wait(role: str, server: NodeServer, process: subprocess.Popen, log: Path) -> None:
    deadline = time.monotonic() + server.start_s
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(server.health, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise IncompleteRun(f"server {role} did not come up; its log is {log}")
