"""The offline grid against the clock: as `dvc repro` plays it, and whether twice the sessions take twice the time."""

import resource
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from pum.config.params import Params
from pum.runner.batch import run
from pum.runner.config import RunConfig

_MIB = 2**20
_SCALES = (1, 2, 4)
_SHORTEST = 1e-3


def measure_grid(params: Params, study: str, scratch: Path, say: Callable[[str], None]) -> dict:
    """Every method of the study, one after the other, in `executor.workers` processes; start-up and results included.

    `peak_memory_mb` adds this process and every worker, each at its own peak, so it is an upper bound.
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
    """Wall time at 1, 2 and 4 times as many sessions: of as many times more users, and of as many times longer lives.

    All methods, one process, one seed; what a run takes before its first session is measured apart and taken off. The
    exponents are the slopes of log time over log sessions. Users are apart, so more of them must take proportionally
    longer (`growth_exponent`); within one life, what is remembered grows as well (`growth_exponent_more_sessions`).
    """
    sessions = params.study(study).n_sessions
    _all_methods(params, study, 1, 1, scratch / "warm")  # what is only once loaded, is
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
    """Of the least-squares line through (log size, log time)."""
    return float(np.polyfit(np.log(sizes), np.log(times), 1)[0])


def one_process(params: Params, study: str, **size: object) -> Params:
    """The parameters with the study cut down to one seed and `size`, played by this process."""
    scale = params.study(study).model_copy(update={"seeds": params.study(study).seeds[:1], **size})
    return params.with_workers(1).model_copy(update={"studies": {**params.studies, study: scale}})


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
    """Bytes; Linux counts in KiB, macOS in bytes."""
    return resource.getrusage(who).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
