"""How fast the offline grid is played: growth, a turn by part, and a turn by the number of cards."""

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

from pum.analysis.style import OTHERS, label

_GOAL_MS = 2.0
# What no part of `pum.experiments.throughput.parts` names.
_REST = "rest: reading reactions, comparing cards, grading, files"
_GRID_UNITS = {"wall_s": "s", "sessions_per_hour": "1/h", "peak_memory_mb": "MiB"}
_GROWTH = {"more_users": "growth_exponent", "longer_lives": "growth_exponent_longer_lives"}
_LINES = dict(zip(("retrieve", "score", "update", "turn"), zip(OTHERS, "os^D", strict=True), strict=True))


def throughput_table(measured: dict) -> pd.DataFrame:
    """One row per number: which measurement it belongs to, at what size, and its unit."""
    rows = [("grid", name, measured["sessions"], measured[name], unit) for name, unit in _GRID_UNITS.items()]
    for kind, exponent in _GROWTH.items():
        rows += [
            (f"growth, {_said(kind)}", "wall_s", p["sessions"], p["wall_s"], "s") for p in measured["growth"][kind]
        ]
        rows += [(f"growth, {_said(kind)}", "exponent", None, measured[exponent], "")]
    rows += [
        ("turn", _REST if part == "rest" else part, measured["turns"], 1e3 * s, "ms")
        for part, s in measured["seconds_per_turn"].items()
    ]
    rows += [
        ("latency", name.removesuffix("_ms"), row["cards"], value, "ms")
        for row in measured["latency"]["table"]
        for name, value in row.items()
        if name != "cards"
    ]
    return pd.DataFrame(rows, columns=["measurement", "name", "size", "value", "unit"]).astype({"size": "Int64"})


def throughput_figure(measured: dict, title: str) -> Figure:
    """`measured` is the key `offline` of results/metrics/throughput.json."""
    figure, axes = plt.subplot_mosaic("GL;PP", figsize=(7.2, 5.7), layout="constrained")
    _growth(axes["G"], measured)
    _parts(axes["P"], measured)
    _latency(axes["L"], pd.DataFrame(measured["latency"]["table"]))
    figure.suptitle(title, fontsize=9.5, x=0.01, ha="left")
    return figure


def _said(kind: str) -> str:
    return kind.replace("_", " ")


def _growth(axis: Axes, measured: dict) -> None:
    for (kind, exponent), colour, marker in zip(_GROWTH.items(), OTHERS[:2], "os", strict=True):
        points = pd.DataFrame(measured["growth"][kind])
        name = f"{_said(kind)} (exponent {measured[exponent]:.2f})"
        axis.plot(points.sessions, points.wall_s, marker, color=colour, markersize=5, label=name)
    first = points.iloc[0]
    axis.plot(points.sessions, first.wall_s * points.sessions / first.sessions, color="0.75", zorder=0, label="linear")
    axis.set(xscale="log", yscale="log", xlabel="Sessions", ylabel="Wall time without start-up (s)")
    axis.set_xticks(points.sessions, [f"{count:,}" for count in points.sessions])
    axis.set_ylim(0.6 * first.wall_s, 1.7 * points.wall_s.iloc[-1])
    axis.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axis.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axis.yaxis.set_minor_formatter(NullFormatter())
    axis.minorticks_off()
    axis.set_title("1, 2 and 4 times the sessions, all methods", fontsize=9.5)
    axis.legend(frameon=False, fontsize=8)


def _parts(axis: Axes, measured: dict) -> None:
    spent = pd.Series(measured["seconds_per_turn"]).sort_values() * 1e3
    bars = axis.barh(spent.index, spent.to_numpy(), color=OTHERS[0])
    axis.bar_label(bars, fmt="%.2f", padding=3, fontsize=8)
    axis.margins(x=0.1)
    axis.set(xlabel=f"Milliseconds per turn\n({_REST})")
    axis.set_title(f"A turn of {label(measured['method'])}: {spent.sum():.2f} ms", fontsize=9.5)


def _latency(axis: Axes, table: pd.DataFrame) -> None:
    for part, (colour, marker) in _LINES.items():
        axis.plot(table.cards, table[f"{part}_ms"], f"{marker}-", color=colour, markersize=4, label=part)
    axis.axhline(_GOAL_MS, color="0.6", linestyle="--", linewidth=1.0)
    axis.annotate(
        f"{_GOAL_MS:g} ms", (table.cards.iloc[0], _GOAL_MS), xytext=(0, 3), textcoords="offset points", fontsize=8
    )
    axis.set(xscale="log", yscale="log", xlabel="Cards of one user (synthetic)", ylabel="Milliseconds")
    axis.set_title("Search, score and update in one turn", fontsize=9.5)
    axis.legend(frameon=False)
