"""How fast the offline grid is played, and what a study of many sessions costs.

The plan (`costs`, `busy`) is computed from `scale` in params.yaml. Rates are published ones; tokens and disk space per
session are measured on the paper study. GPU load per role is estimated from floating-point operations: 2 x parameters x
tokens, at a share of the peak.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from pum.config.params import ScaleParams
from pum.results.files import read_results

# The time in none of the parts of `pum.experiments.throughput.parts`.
REST = "rest: reading reactions, comparing cards, grading, files"
GROWTH = {"more_users": "growth_exponent", "more_sessions": "growth_exponent_more_sessions"}
_GRID_UNITS = {"wall_s": "s", "sessions_per_hour": "1/h", "peak_memory_mb": "MiB"}


def throughput_table(measured: dict) -> pd.DataFrame:
    """One row per number, with its measurement, size and unit."""
    rows = [("grid", name, measured["sessions"], measured[name], unit) for name, unit in _GRID_UNITS.items()]
    for kind, exponent in GROWTH.items():
        name = f"growth, {kind.replace('_', ' ')}"
        rows += [(name, "wall_s", point["sessions"], point["wall_s"], "s") for point in measured["growth"][kind]]
        rows += [(name, "exponent", None, measured[exponent], "")]
    rows += [
        ("turn", REST if part == "rest" else part, measured["turns"], 1e3 * s, "ms")
        for part, s in measured["seconds_per_turn"].items()
    ]
    rows += [
        ("latency", name.removesuffix("_ms"), row["cards"], value, "ms")
        for row in measured["latency"]["table"]
        for name, value in row.items()
        if name != "cards"
    ]
    return pd.DataFrame(rows, columns=["measurement", "name", "size", "value", "unit"]).astype({"size": "Int64"})


@dataclass(frozen=True)
class PerSession:
    """Means over all sessions of some runs."""

    turns: float
    agent_prompt: float  # tokens, all its turns together
    agent_completion: float
    user_completion: float
    disk: float  # bytes of results


def measured(runs: Sequence[Path]) -> PerSession:
    tables = [read_results(folder)["sessions"] for folder in runs]
    rows = [row for table in tables for row in table]

    def mean(column: str) -> float:
        return sum(row[column] for row in rows) / len(rows)

    # provenance.json differs from machine to machine.
    files = [path for folder in runs for path in folder.iterdir() if path.name != "provenance.json"]
    disk = sum(path.stat().st_size for path in files) / len(rows)
    return PerSession(mean("turns"), mean("prompt_tokens"), mean("agent_tokens"), mean("user_tokens"), disk)


def costs(scale: ScaleParams, session: PerSession) -> list[dict[str, float]]:
    """One row for each number of sessions and of nodes."""
    tokens = session.agent_prompt + session.agent_completion + session.user_completion
    return [
        {
            "sessions": sessions,
            "nodes": nodes,
            "hours": sessions / (nodes * scale.per_hour_node),
            "gpu_hours": sessions / scale.per_hour_node * scale.gpus_per_node,
            "hours_api": sessions / scale.per_hour_api,
            "billion_tokens": sessions * tokens / 1e9,
            "disk_gb": sessions * session.disk / 1e9,
        }
        for sessions in scale.sessions
        for nodes in scale.nodes
    ]


def busy(scale: ScaleParams, session: PerSession) -> dict[str, float]:
    """Role -> sessions per hour at which its GPUs would be fully busy; the smallest number is the bottleneck."""
    return {role: 3600 / seconds(scale, role, session) for role in scale.roles}


def seconds(scale: ScaleParams, role: str, session: PerSession, prefix_cache: bool = True) -> float:
    """Seconds that a session takes on all GPUs of `role`."""
    model = scale.roles[role]
    read = session.turns * model.own_prompt + (session.agent_prompt if model.reads_conversation else 0)
    written = {"agent": session.agent_completion, "user": session.user_completion}.get(role, 0.0)
    tokens = read * (1 - model.cached if prefix_cache else 1) + written
    return 2 * model.billions * 1e9 * tokens / (model.gpus * scale.teraflops * 1e12 * scale.of_peak)


def nodes_for(scale: ScaleParams, sessions: int, days: float) -> int:
    """The number of nodes with which `sessions` take at most `days`."""
    return math.ceil(sessions / (scale.per_hour_node * 24 * days))
