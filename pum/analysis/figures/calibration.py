"""How a real model follows notes: the counts of the calibration beside the fitted curves, and forms of notes."""

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from pum.analysis.figures import draw_estimate, finish, name_rows
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


_WORDS = {"action": ("the catalogue's words", OTHERS[1], "o"), "own_words": ("the person's words", OTHERS[0], "s")}


def draw_note_forms(table: pd.DataFrame, title: str) -> Figure:
    """Followed notes by form, a panel per number of notes and a row per form; then wrong notes acted on, and
    tasks solved."""
    played = table[table.system == "graded"]
    applying = played[played.about == "focus"]
    counts = sorted(set(applying.notes) - {0})
    panels = [(f"Followed, {n} note{'s' * (n > 1)}", applying[applying.notes.isin((0, n))]) for n in counts]
    panels.append(("A wrong note acted on", played[played.about == "other"]))
    panels.append(("Tasks solved, 3 notes", played[played.about == "task"]))
    forms = list(dict.fromkeys(("none", "system", *sorted(applying.form))))
    size = (1.75 * len(panels), 1.2 + 0.32 * len(forms))
    figure, axes = plt.subplots(1, len(panels), figsize=size, sharey=True, layout="constrained")
    for axis, (name, rows) in zip(axes, panels, strict=True):
        _rates(axis, rows, forms)
        axis.set_xlabel(name, fontsize=8)
        axis.set_xlim(-0.02, 1.02)
        axis.set_xticks([0.0, 0.5, 1.0])
        axis.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        axis.tick_params(axis="x", labelsize=8)
        axis.grid(axis="x", color="0.92", linewidth=0.8)
    name_rows(axes[0], [form.replace("_", " ") for form in forms])
    handles, names = axes[0].get_legend_handles_labels()
    named = dict(zip(names, handles, strict=True))
    figure.legend(named.values(), named.keys(), loc="outside lower center", ncols=2, frameon=False, fontsize=8)
    return finish(figure, title, apart=True)


def _rates(axis: Axes, rows: pd.DataFrame, forms: list[str]) -> None:
    for row in rows.itertuples(index=False):
        name, colour, marker = _WORDS[row.wording]
        place = forms.index(row.form) + (0.14 if row.wording == "own_words" else -0.14) * (row.form != "none")
        draw_estimate(axis, place, (row.rate, row.low, row.high), colour, marker, label=name)
