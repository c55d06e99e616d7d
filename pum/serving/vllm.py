"""`pum serve`: starts the vLLM servers of a role as site.yaml says, watches them, and stops them."""

import importlib.util
import json
import logging
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from urllib.parse import urlsplit

from pum.config.servers import Replica, Role, ServerParams
from pum.core.address import is_private
from pum.core.errors import IncompleteRun, InputError
from pum.core.paths import WORK
from pum.core.processes import interrupt_on
from pum.llm.endpoints import api_key
from pum.llm.weights import KNOWN, dequantised, fetch, gguf_in

log = logging.getLogger(__name__)

SERVERS = WORK / "servers"
"""Folder with each server's log (`.log`) and, while it runs, its address (`.json`)."""

_OWN_PYTHON = WORK / "venvs" / "vllm" / "bin" / "python"
_START_S, _MODELS_S, _STOP_S = 1800.0, 30.0, 20.0
_CPU_CACHE_GB = 2
_POOLING = ("embedder", "reranker")
# Without this, small models fill structured output with line breaks.
_FORMS = {"backend": "xgrammar", "disable_any_whitespace": True}
# Qwen's rerankers are language models that answer "yes" or "no"; vLLM serves them as classifiers.
_QWEN_RERANKER = {
    "architectures": ["Qwen3ForSequenceClassification"],
    "classifier_from_token": ["no", "yes"],
    "is_original_qwen3_reranker": True,
}


def serve(role: Role, server: ServerParams, name: str) -> None:
    """Start all replicas of a role, print their addresses, and keep them running until interrupted."""
    if not server.replicas:
        raise InputError(f"servers: {role} has no replicas to start")
    interrupt_on(signal.SIGTERM, signal.SIGHUP)
    try:
        _serve(role, server, name)
    except KeyboardInterrupt:
        return


def _serve(role: Role, server: ServerParams, name: str) -> None:
    with all_running({role: server}, name) as processes:
        for replica in server.replicas:
            print(f"{role}: {server.model} at {replica.url}", flush=True)
        while all(process.poll() is None for process in processes):
            time.sleep(0.5)
        raise IncompleteRun(f"{role}: a server ended by itself; its log is in {SERVERS}")


@contextmanager
def all_running(servers: Mapping[Role, ServerParams], name: str) -> Iterator[list[subprocess.Popen]]:
    """Run every replica of these roles; roles that share a replica share its server."""
    with ExitStack() as stack:
        started: dict[str, subprocess.Popen] = {}
        for role, server in servers.items():
            for number, replica in enumerate(server.replicas):
                if replica.url not in started:
                    process = running(role, server, replica, f"{name}-{role}-{number}")
                    started[replica.url] = stack.enter_context(process)
        yield list(started.values())


@contextmanager
def running(role: Role, server: ServerParams, replica: Replica, name: str) -> Iterator[subprocess.Popen]:
    """Run one server until the end of the block, then stop it with all its children.

    IncompleteRun if it does not start. InputError if something answers at its address already.
    """
    if answers(replica.url):
        raise InputError(
            f"{replica.url}: a server answers there already; stop it, or give {role} another port (servers.*.replicas)"
        )
    SERVERS.mkdir(parents=True, exist_ok=True)
    address = SERVERS / f"{name}.json"
    with (SERVERS / f"{name}.log").open("w") as output:
        process = subprocess.Popen(
            command(role, server, replica),
            env=environment(replica),
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # so that it and its children are one group
        )
        try:
            _wait(process, replica.url, Path(output.name))
            _check_model(server, replica.url, Path(output.name))
            address.write_text(json.dumps({"url": replica.url, "model": server.model, "pid": process.pid}) + "\n")
            yield process
        finally:
            address.unlink(missing_ok=True)
            _stop(process)


def command(role: Role, server: ServerParams, replica: Replica) -> list[str]:
    url = urlsplit(replica.url)
    options = {
        "--model": _weights(server.weights or server.model),
        "--served-model-name": server.model,
        "--host": url.hostname,
        "--port": url.port or 80,
        "--dtype": server.dtype,
        "--max-model-len": server.context,
        "--max-num-seqs": server.max_sequences,
    }
    if server.revision:
        options["--revision"] = server.revision
    if server.quantization:
        options["--quantization"] = server.quantization
    if replica.gpus:
        options |= {"--tensor-parallel-size": len(replica.gpus), "--gpu-memory-utilization": server.memory}
    if role in _POOLING:
        options["--runner"] = "pooling"
    if role == "reranker" and "qwen3" in server.model.lower():
        options["--hf-overrides"] = json.dumps(_QWEN_RERANKER)
    words = [_python(), "-m", "vllm.entrypoints.openai.api_server"]
    for name, value in options.items():
        words += [name, str(value)]
    if role not in _POOLING:
        words += ["--enable-prefix-caching", "--structured-outputs-config", json.dumps(_FORMS)]
    return [*words, *server.arguments]


def environment(replica: Replica) -> dict[str, str]:
    """This process's environment plus what a server on these GPUs, or on the CPU, needs."""
    values = {**os.environ, "VLLM_NO_USAGE_STATS": "1"}
    values.pop("PYTHONPATH", None)  # the server's packages are its own
    if replica.gpus:
        return values | {"CUDA_VISIBLE_DEVICES": _visible(replica.gpus)}
    values.setdefault("VLLM_CPU_KVCACHE_SPACE", str(_CPU_CACHE_GB))
    values.setdefault("VLLM_CPU_OMP_THREADS_BIND", f"0-{(os.cpu_count() or 1) - 1}")
    openmp = Path(_python()).parent.parent / "lib" / "libiomp5.so"
    return values | ({"LD_PRELOAD": str(openmp)} if openmp.is_file() else {})


def _visible(gpus: Sequence[int]) -> str:
    """The GPUs of a layout, as indices into those that this process was given (by SLURM, for example)."""
    given = [gpu for gpu in os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",") if gpu]
    return ",".join(given[gpu] if gpu < len(given) else str(gpu) for gpu in gpus)


def _opened(request: str | urllib.request.Request, url: str, timeout_s: float) -> HTTPResponse:
    """Servers on one's own network are not asked through a proxy."""
    past_proxies = [urllib.request.ProxyHandler({})] if is_private(url) else []
    return urllib.request.build_opener(*past_proxies).open(request, timeout=timeout_s)


def answers(url: str, timeout_s: float = 2.0) -> bool:
    """Is the server at this base URL healthy?"""
    parts = urlsplit(url)
    try:
        with _opened(f"{parts.scheme}://{parts.netloc}/health", url, timeout_s) as response:
            return response.status == 200
    except (OSError, HTTPException):
        return False


def models_at(url: str, key: str, timeout_s: float) -> list[str]:
    """The models that the server at this base URL lists.

    OSError if nothing answers. ValueError, KeyError, TypeError or HTTPException if it is not such a server.
    """
    request = urllib.request.Request(f"{url.rstrip('/')}/models")
    request.add_unredirected_header("Authorization", f"Bearer {key}")  # not sent along with redirects
    with _opened(request, url, timeout_s) as response:
        return [entry["id"] for entry in json.load(response)["data"]]


def _wait(process: subprocess.Popen, url: str, output: Path) -> None:
    deadline = time.monotonic() + _START_S
    while not answers(url):
        if process.poll() is not None:
            last = output.read_text(errors="replace").strip().splitlines()[-1:]
            raise IncompleteRun(f"{url}: the server ended with {process.returncode} ({' '.join(last)}); see {output}")
        if time.monotonic() > deadline:
            raise IncompleteRun(f"{url}: no answer within {_START_S / 60:.0f} minutes; see {output}")
        time.sleep(0.5)


def _check_model(server: ServerParams, url: str, output: Path) -> None:
    try:
        found = models_at(url, api_key(url, server.api_key_env), _MODELS_S)
    except (OSError, ValueError, KeyError, TypeError, HTTPException) as error:
        raise IncompleteRun(f"{url}: the server lists no models ({error}); see {output}") from None
    if server.model not in found:
        raise IncompleteRun(f"{url}: the server has {', '.join(found)}, not {server.model}; see {output}")


def _stop(process: subprocess.Popen) -> None:
    """Terminate the whole process group, and kill what is left of it."""
    for number, patience in ((signal.SIGTERM, _STOP_S), (signal.SIGKILL, _STOP_S)):
        try:
            os.killpg(process.pid, number)
        except ProcessLookupError:
            return
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            continue


def _weights(name: str) -> str:
    """A folder that vLLM can load, or a repository of the model hub."""
    if name not in KNOWN and not Path(name).is_dir():
        return name
    folder = fetch(name)
    gguf = gguf_in(folder)
    return str(dequantised(gguf) if gguf else folder)


def _python() -> str:
    if _OWN_PYTHON.is_file():
        return str(_OWN_PYTHON)
    if importlib.util.find_spec("vllm"):
        return sys.executable
    raise InputError("no vLLM here: `make vllm` installs it for CPUs, `pip install vllm` in an environment for GPUs")
