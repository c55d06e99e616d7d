"""The figure of the calibration: counts on the real model, and the fitted curves."""

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from pum.analysis.figures import finish
from pum.analysis.style import OTHERS

_POINT, _LINE = OTHERS[:2]
_PANELS = (
    ("noted", "notes", "Notes in the prompt"),
    ("noted", "place", "Place among notes"),
    ("noted", "form", "Form of the note"),
    ("asked", "distance", "Messages since asked"),
)
_AGAINST = {"unprompted": "Unprompted", "noted": "Noted", "asked": "Asked for", "solve": "Solved"}
_MANY = 20
"""A dot with this many trials or more has full colour."""


def draw_calibration(table: pd.DataFrame, title: str) -> Figure:
    """Above: compliance by number, place and form of notes, and by distance. Below: each style and dataset, measured
    against fitted; points on the line agree."""
    figure, grid = plt.subplots(2, 4, figsize=(7.2, 4.9), sharey=True, layout="constrained")
    for axis, (kind, by, name) in zip(grid[0], _PANELS, strict=True):
        _upright(axis, table[(table.kind == kind) & (table.by == by)])
        axis.set_xlabel(name, fontsize=8)
    for axis, (kind, name) in zip(grid[1], _AGAINST.items(), strict=True):
        _against(axis, table[(table.kind == kind) & table.by.isin(("style", "dataset"))])
        axis.set_title(name, fontsize=8)
        axis.set_xlabel("Fitted chance", fontsize=8)
    grid[0][0].set_ylabel("Followed")
    grid[1][0].set_ylabel("Measured")
    grid[0][0].yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    handles, names = grid[0][0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside lower center", ncols=2, frameon=False, fontsize=8)
    return finish(figure, title, size=8)


def _upright(axis: Axes, rows: pd.DataFrame) -> None:
    places = range(len(rows))
    axis.errorbar(
        places, rows.rate, yerr=[rows.rate - rows.low, rows.high - rows.rate],
        fmt="o", color=_POINT, markersize=5, linewidth=1.6, label="measured, 95% interval",
    )  # fmt: skip
    axis.plot(places, rows.fitted, color=_LINE, marker="_", markersize=12, linewidth=1.6, label="fitted curve")
    axis.set_xticks(places, [f"{value}\n({trials})" for value, trials in zip(rows.value, rows.trials, strict=True)])
    axis.tick_params(axis="x", labelsize=6.5)
    axis.set_xlim(-0.5, len(rows) - 0.5)
    axis.grid(axis="y", color="0.92", linewidth=0.8)


def _against(axis: Axes, rows: pd.DataFrame) -> None:
    """Measured over fitted, with 95% intervals; pale for few trials."""
    for row in rows.itertuples(index=False):
        seen = 0.25 + 0.75 * min(1.0, row.trials / _MANY)
        axis.plot([row.fitted] * 2, [row.low, row.high], color=_POINT, linewidth=0.8, alpha=0.4 * seen)
        axis.plot(row.fitted, row.rate, "o", color=_POINT, markersize=3.5, alpha=seen, markeredgewidth=0)
    axis.plot([0, 1], [0, 1], color=_LINE, linewidth=1.0, zorder=0)
    axis.set_xlim(-0.04, 1.04)
    axis.set_ylim(-0.04, 1.04)
    axis.set_xticks([0.0, 0.5, 1.0])
    axis.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    axis.tick_params(axis="x", labelsize=8)
