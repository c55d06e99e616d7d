"""`pum doctor`: can the models of a layout be reached, and do they fit on the GPUs?"""

import subprocess
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http.client import HTTPException
from urllib.error import HTTPError

from pum.config.servers import Layout, Replica, ServerParams
from pum.core.errors import InputError
from pum.llm.endpoints import api_key
from pum.serving.vllm import models_at

_TIMEOUT_S = 3.0
# For activations, CUDA graphs and NCCL's buffers, in addition to weights and cache.
_RUNTIME_GB = 2.0
_GB = 1e9


@dataclass(frozen=True)
class Gpu:
    """One GPU; gigabytes of 10^9 bytes."""

    name: str
    total_gb: float


@dataclass(frozen=True)
class Finding:
    """A line of the report. If it is not `ok`, the line says what has to change."""

    ok: bool
    text: str


def examine(layout: Layout, gpus: Mapping[int, Gpu]) -> list[Finding]:
    if gpus:
        found = [Finding(True, f"GPU {index}: {gpu.name}, {gpu.total_gb:.0f} GB") for index, gpu in gpus.items()]
    else:
        found = [Finding(True, "no GPU found")]
    return [*found, *memory(layout, gpus), *_elsewhere(layout), *map(_reach, _distinct(layout))]


def memory(layout: Layout, gpus: Mapping[int, Gpu]) -> Iterator[Finding]:
    """Does every replica fit into its share of its GPUs, with room for at least one conversation? And do the shares of
    each GPU add up to at most 1?"""
    shares: defaultdict[int, dict[str, float]] = defaultdict(dict)
    for roles, server, replica in _distinct(layout):
        if not replica.gpus:
            yield Finding(True, f"{roles}: {server.model} on the CPU, {server.weights_gb:.1f} GB of weights")
            continue
        missing = [index for index in replica.gpus if index not in gpus]
        if missing:
            yield Finding(False, f"{roles}: there is no GPU {', '.join(map(str, missing))}; change servers.*.replicas")
            continue
        for index in replica.gpus:
            shares[index][roles] = server.memory
        yield _fit(roles, server, replica, min(gpus[index].total_gb for index in replica.gpus))
    for index, parts in sorted(shares.items()):
        total = sum(parts.values())
        line = " + ".join(f"{roles} {share:.2f}" for roles, share in parts.items())
        advice = "" if total <= 1 else "; lower their `memory`, or move one to another GPU"
        yield Finding(total <= 1, f"GPU {index}: {line} = {total:.2f} of its memory{advice}")


def _fit(roles: str, server: ServerParams, replica: Replica, smallest_gb: float) -> Finding:
    """Weights and cache are split over a replica's GPUs."""
    ways = len(replica.gpus)
    weights = server.weights_gb / ways
    left = server.memory * smallest_gb - weights - _RUNTIME_GB
    tokens = int(max(left, 0) * _GB * ways / (server.kv_kb_per_token * 1024)) if server.kv_kb_per_token else 0
    at = f"GPU {'+'.join(map(str, replica.gpus))}"
    line = f"{roles}: {server.model} on {at}: {weights:.1f} GB of weights in {server.memory * smallest_gb:.1f} GB each"
    if left <= 0:
        return Finding(False, f"{line}: too large; quantize it, raise `memory`, or give it more GPUs")
    if tokens < server.context:
        return Finding(False, f"{line}: cache for {tokens} tokens, less than the context of {server.context}; lower it")
    return Finding(True, f"{line}: cache for {tokens} tokens, {tokens / server.context:.1f} full conversations at once")


def _distinct(layout: Layout) -> Iterator[tuple[str, ServerParams, Replica]]:
    """Each address once, with the roles that share it."""
    seen: dict[str, tuple[list[str], ServerParams, Replica]] = {}
    for role, server in layout.items():
        for replica in server.replicas:
            seen.setdefault(replica.url, ([], server, replica))[0].append(role)
    for roles, server, replica in seen.values():
        yield "+".join(roles), server, replica


def _elsewhere(layout: Layout) -> Iterator[Finding]:
    """Findings on roles without a server: hosted ones, and those in this process."""
    for role, server in layout.items():
        if server.hosted and not server.replicas:
            try:
                api_key(None, server.api_key_env)
            except InputError as error:
                yield Finding(False, f"{role}: {server.model} at OpenAI: {error}")
            else:
                yield Finding(True, f"{role}: {server.model} at OpenAI, with the key in {server.api_key_env}")
        elif not server.replicas:
            yield Finding(True, f"{role}: {server.model} in process")


def _reach(served: tuple[str, ServerParams, Replica]) -> Finding:
    roles, server, replica = served
    try:
        models = models_at(replica.url, api_key(replica.url, server.api_key_env), _TIMEOUT_S)
    except InputError as error:
        return Finding(False, f"{roles}: {replica.url}: {error}")
    except OSError as error:
        if isinstance(error, HTTPError) and error.code in (401, 403):
            return Finding(False, f"{roles}: {replica.url} refuses the key in {server.api_key_env} ({error.code})")
        start = f"`pum serve --role {roles.partition('+')[0]}` starts it"
        return Finding(False, f"{roles}: {replica.url} does not answer ({getattr(error, 'reason', error)}); {start}")
    except (ValueError, KeyError, TypeError, HTTPException):
        return Finding(False, f"{roles}: {replica.url} answers, but is not an OpenAI-compatible server")
    line = f"{roles}: {replica.url} serves {', '.join(models)}"
    return Finding(True, line) if server.model in models else Finding(False, f"{line}, not {server.model}")


def gpus_here() -> dict[int, Gpu]:
    """The GPUs that nvidia-smi lists; none if it is missing."""
    query = ["nvidia-smi", "--query-gpu=index,name,memory.total", "--format=csv,noheader,nounits"]
    try:
        lines = subprocess.run(query, capture_output=True, text=True, check=True, timeout=30).stdout.splitlines()
    except (OSError, subprocess.SubprocessError):
        return {}
    found = {}
    for line in lines:
        index, name, mebibytes = (part.strip() for part in line.split(","))
        found[int(index)] = Gpu(name, float(mebibytes) * 2**20 / _GB)
    return found


def imagined(text: str) -> dict[int, Gpu]:
    """ "4x80": four GPUs of 80 GB. InputError for anything else."""
    try:
        count, size = text.lower().split("x")
        return {index: Gpu("imagined", float(size)) for index in range(int(count))}
    except ValueError:
        raise InputError(f"{text!r} is not a number of GPUs and their gigabytes, such as 4x80") from None
