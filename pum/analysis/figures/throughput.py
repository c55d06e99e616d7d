"""How fast sessions are played: offline, and with a served model by schedule."""

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

from pum.analysis.figures import finish
from pum.analysis.style import OTHERS, label
from pum.analysis.throughput import GROWTH, REST

_GOAL_MS = 2.0
_LINES = dict(
    zip(("retrieve", "score", "update", "turn", "save"), zip((*OTHERS, "0.4"), "os^Dv", strict=True), strict=True)
)
_SCHEDULES = {
    "raw": "All requests at once",
    "continuous": "Continuous",
    "turn_synchronous": "Turn by turn",
    "thread_per_profile": "A thread a profile",
}


def draw_throughput(measured: dict, title: str) -> Figure:
    """`measured` is the key `offline` of results/metrics/throughput.json."""
    figure, axes = plt.subplot_mosaic("GL;PP", figsize=(7.2, 5.7), layout="constrained")
    _growth(axes["G"], measured)
    _parts(axes["P"], measured)
    _latency(axes["L"], pd.DataFrame(measured["latency"]["table"]))
    return finish(figure, title, size=9.5)


def _growth(axis: Axes, measured: dict) -> None:
    for (kind, exponent), colour, marker in zip(GROWTH.items(), OTHERS[:2], "os", strict=True):
        points = pd.DataFrame(measured["growth"][kind])
        name = f"{kind.replace('_', ' ')} (exponent {measured[exponent]:.2f})"
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
    axis.set(xlabel=f"Milliseconds per turn\n({REST})")
    axis.set_title(f"A turn of {label(measured['method'])}: {spent.sum():.2f} ms", fontsize=9.5)


def _latency(axis: Axes, table: pd.DataFrame) -> None:
    for part, (colour, marker) in _LINES.items():
        if f"{part}_ms" in table:  # earlier measurements have no "save"
            axis.plot(table.cards, table[f"{part}_ms"], f"{marker}-", color=colour, markersize=4, label=part)
    axis.axhline(_GOAL_MS, color="0.6", linestyle="--", linewidth=1.0)
    axis.annotate(
        f"{_GOAL_MS:g} ms", (table.cards.iloc[0], _GOAL_MS), xytext=(0, 3), textcoords="offset points", fontsize=8
    )
    axis.set(xscale="log", yscale="log", xlabel="Cards of one user (synthetic)", ylabel="Milliseconds")
    axis.set_title("One turn, by part", fontsize=9.5)
    axis.legend(frameon=False)


def draw_throughput_live(measured: dict) -> Figure:
    """One bar per schedule; `measured` is the key `live` of results/metrics/throughput.json."""
    figure, axis = plt.subplots(figsize=(5.6, 2.2), layout="constrained")
    speeds = [measured[f"{schedule}_tokens_per_s"] for schedule in _SCHEDULES]
    bars = axis.barh(list(_SCHEDULES.values()), speeds, color=OTHERS[0])
    axis.bar_label(bars, fmt="%.0f", padding=3)
    axis.invert_yaxis()
    axis.margins(x=0.12)
    axis.set_xlabel("Generated tokens per second")
    load = measured["load"]
    axis.set_title(
        f"{measured['model']} on {measured['hardware']}: {load['profiles']} profiles, {load['parallel']} at a time",
        fontsize=9,
        loc="left",
    )
    return figure
