"""Measures the speed of this machine: the whole offline grid, how its time grows, and a served model's sessions."""

import json
import os
import platform
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from pum.analysis.figures import save, use_style
from pum.analysis.figures.throughput import draw_throughput_live
from pum.bench.tasks.collection import read_tasks
from pum.config.params import Params
from pum.config.servers import ServerParams
from pum.core.files import read_json, write_text
from pum.core.paths import DATA, FIGURES, RESULTS, WORK
from pum.core.processes import worker_processes
from pum.experiments.throughput import live
from pum.experiments.throughput.parts import SIZES, measure_latency, measure_parts, one_process
from pum.retrieval.embed import load_embedder
from pum.runner.batch import run
from pum.runner.config import RunConfig
from pum.runner.world import load_world

_MEASURED = RESULTS / "metrics" / "throughput.json"
_METHOD = "rag_vector"  # the method with every part
_MIB = 2**20
_SCALES = (1, 2, 4)
_SHORTEST = 1e-3


def bench_offline(params: Params, study: str, profiles: int, say: Callable[[str], None]) -> None:
    """Measure the offline grid, and store the numbers under `offline` in results/metrics/throughput.json."""
    measured = measure(params, study, profiles, say)
    merge_into(_MEASURED, "offline", measured)
    say(f"{measured['sessions_per_hour']:,} sessions/h, growth exponent {measured['growth_exponent']}")


def bench_live(server: ServerParams, rounds: int, say: Callable[[str], None]) -> None:
    """Measure sessions with a served agent, store the numbers under `live` in the same file, and draw them."""
    measured = live.measure(server, read_tasks(DATA / "tasks.jsonl"), live.load_for(server), say, rounds)
    merge_into(_MEASURED, "live", measured)
    use_style()
    save(draw_throughput_live(measured), FIGURES, "throughput_live")


def measure(params: Params, study: str, profiles: int, say: Callable[[str], None]) -> dict:
    """All offline measurements. Parts are timed with `profiles` users; growth starts from half as many.

    The study's texts are encoded before. Latency is measured in a process of its own: it has one thread, as a run's
    workers have, and its million cards do not count as the grid's memory.
    """
    config = RunConfig(study, params.study(study), _METHOD, params)
    load_embedder(params.embedder).encode(load_world(config).texts())
    WORK.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="throughput-", dir=WORK) as scratch:
        folder = Path(scratch)
        measured = {
            **measure_grid(params, study, folder, say),
            **measure_parts(params, study, _METHOD, profiles, folder),
            **measure_growth(params, study, max(1, profiles // 2), folder, say),
            "hardware": f"{os.cpu_count()} x {platform.machine()} CPU, Python {platform.python_version()}",
        }
    return measured | {"latency": {"method": _METHOD, "cards": "synthetic", "table": _latency(params, say)}}


def _latency(params: Params, say: Callable[[str], None]) -> list[dict]:
    os.environ["OMP_NUM_THREADS"] = "1"
    with worker_processes(1) as pool:
        table = pool.submit(measure_latency, params, _METHOD, SIZES).result()
    for row in table:
        say(f"{row['cards']:,} cards: {row['turn_ms']:.2f} ms a turn")
    return table


def merge_into(path: Path, key: str, measured: dict) -> None:
    """Store `measured` under `key` in the JSON file, and keep its other keys."""
    data = read_json(path) if path.exists() else {}
    write_text(path, json.dumps({**data, key: measured}, indent=1, sort_keys=True) + "\n")


def measure_grid(params: Params, study: str, scratch: Path, say: Callable[[str], None]) -> dict:
    """Play every method of the study in `executor.workers` processes; times include start-up and writing results.

    `peak_memory_mb` adds the peaks of this process and of every worker, so it is an upper bound.
    """
    sessions, started = 0, time.perf_counter()
    for method in params.methods:
        config = RunConfig(study, params.study(study), method, params)
        wall = _timed(config, scratch / "grid" / method, scratch)
        sessions += _sessions(config)
        say(f"{method}: {_sessions(config):,} sessions in {wall:.1f} s")
    wall = time.perf_counter() - started
    workers = params.site.executor.workers
    peak = _peak(resource.RUSAGE_SELF) + (workers * _peak(resource.RUSAGE_CHILDREN) if workers > 1 else 0)
    return {
        "study": study,
        "methods": list(params.methods),
        "workers": workers,
        "sessions": sessions,
        "wall_s": round(wall, 2),
        "sessions_per_hour": round(sessions / wall * 3600),
        "peak_memory_mb": round(peak / _MIB),
    }


def measure_growth(params: Params, study: str, profiles: int, scratch: Path, say: Callable[[str], None]) -> dict:
    """Wall time at 1, 2 and 4 times as many sessions: with more users, and with more sessions per user.

    All methods play one seed in one process; start-up time is measured separately and subtracted. The exponents are
    the slopes of log time over log sessions. Users are independent, so time should grow linearly with their number
    (`growth_exponent`); with more sessions per user, the memory grows too (`growth_exponent_more_sessions`).
    """
    sessions = params.study(study).n_sessions
    _all_methods(params, study, 1, 1, scratch / "warm")  # loads everything that is loaded once
    start_up = _all_methods(params, study, 1, 1, scratch)
    sizes = {
        "more_users": [(scale * profiles, sessions) for scale in _SCALES],
        "more_sessions": [(profiles, scale * sessions) for scale in _SCALES],
    }
    points: dict[str, list[dict]] = {}
    for kind, grids in sizes.items():
        for users, length in grids:
            wall = max(_all_methods(params, study, users, length, scratch / kind) - start_up, _SHORTEST)
            total = users * length * len(params.methods)
            points.setdefault(kind, []).append({"users": users, "sessions": total, "wall_s": round(wall, 3)})
            say(f"{users} users x {length} sessions x {len(params.methods)} methods in one process: {wall:.1f} s")
    return {
        "growth_exponent": _exponent(points["more_users"]),
        "growth_exponent_more_sessions": _exponent(points["more_sessions"]),
        "growth": {"start_up_s": round(start_up, 3), **points},
    }


def _exponent(points: list[dict]) -> float:
    return round(slope([point["sessions"] for point in points], [point["wall_s"] for point in points]), 3)


def slope(sizes: Sequence[float], times: Sequence[float]) -> float:
    """The slope of the least-squares line through (log size, log time)."""
    return float(np.polyfit(np.log(sizes), np.log(times), 1)[0])


def _all_methods(params: Params, study: str, profiles: int, sessions: int, scratch: Path) -> float:
    small = one_process(params, study, n_profiles=profiles, n_sessions=sessions)
    configs = [RunConfig(study, small.study(study), method, small) for method in small.methods]
    return sum(_timed(config, scratch / f"{profiles}x{sessions}" / config.method, scratch) for config in configs)


def _timed(config: RunConfig, output: Path, work: Path) -> float:
    started = time.perf_counter()
    run(config, output, work=work)
    return time.perf_counter() - started


def _sessions(config: RunConfig) -> int:
    return config.study.n_profiles * config.study.n_sessions * len(config.study.seeds)


def _peak(who: int) -> int:
    """Peak memory in bytes; Linux counts in KiB, macOS in bytes."""
    return resource.getrusage(who).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
