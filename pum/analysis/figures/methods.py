"""The methods compared: in the main study, session by session, and with a real model and the simulated agent."""

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import PercentFormatter

from pum.analysis.figures import draw_estimate, finish, name_rows
from pum.analysis.style import HIGHER_IS_BETTER, OUTCOMES, colour, label, ordered

_OUTCOMES_SHOWN = ("enforcements", "success", "timeout", "user_tokens")
# Outcome -> what its difference is called, and by what it is multiplied.
_DIFFERENCES = {"enforcements": ("Enforcements", 1.0), "success": ("Success (points)", 100.0)}
# Study -> how far from the middle of the method's row, marker, filled or not, name.
_STUDIES = {"live": (-0.17, "o", True, "real model"), "offline": (0.17, "D", False, "offline agent")}


def draw_main(table: pd.DataFrame, title: str) -> Figure:
    """Every method's mean and 95% interval; one panel per outcome, one row per method."""
    figure, axes = plt.subplots(1, len(_OUTCOMES_SHOWN), figsize=(10.5, 2.9), sharey=True, layout="constrained")
    for axis, outcome in zip(axes, _OUTCOMES_SHOWN, strict=True):
        for place, row in enumerate(table.itertuples(index=False)):
            estimate = tuple(getattr(row, f"{outcome}_{part}") for part in ("mean", "low", "high"))
            draw_estimate(axis, place, estimate, colour(row.method), size=6, linewidth=2.2, solid_capstyle="butt")
        axis.set_xlabel(f"{OUTCOMES[outcome]}\n({'higher' if outcome in HIGHER_IS_BETTER else 'lower'} is better)")
        axis.grid(axis="x", color="0.9", linewidth=0.8)
        if outcome == "timeout":
            end = max(0.05, 1.1 * table.timeout_high.max())
            # Markers at zero need room for their left halves.
            axis.set_xlim(-0.06 * end, end)
        if outcome in ("success", "timeout"):
            axis.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    name_rows(axes[0], map(label, table.method))
    return finish(figure, title, size=9.5, apart=True)


def draw_learning_curves(differences: pd.DataFrame, control: str, title: str) -> Figure:
    """From `differences_by_session`, one panel per outcome. The methods' own intervals would coincide, because users
    differ more than methods do; so differences are shown, with bars side by side."""
    figure, axes = plt.subplots(2, 1, figsize=(7.2, 4.8), sharex=True, layout="constrained")
    methods = ordered(differences.method)
    for axis, (outcome, (name, by)) in zip(axes, _DIFFERENCES.items(), strict=True):
        for place, method in enumerate(methods):
            mine = differences[(differences.outcome == outcome) & (differences.method == method)]
            rows = mine.sort_values("session")
            sessions = rows.session + 1 + 0.12 * (place - (len(methods) - 1) / 2)
            axis.vlines(sessions, by * rows.low, by * rows.high, color=colour(method), linewidth=1.1)
            axis.plot(sessions, by * rows["mean"], "o-", color=colour(method), markersize=3, linewidth=0.7)
        axis.axhline(0.0, color=colour(control), linewidth=1.2, zorder=0)
        axis.set_ylabel(f"{name},\nminus {label(control)}")
        axis.grid(axis="y", color="0.92", linewidth=0.8)
    axes[1].set_xlabel("Session")
    axes[1].set_xticks(sorted(set(differences.session + 1)))
    shown = [Line2D([], [], color=colour(name), marker="o", markersize=4, label=label(name)) for name in methods]
    shown.append(Line2D([], [], color=colour(control), label=label(control)))
    figure.legend(handles=shown, loc="outside lower center", ncols=4, frameon=False, fontsize=8)
    return finish(figure, title)


def draw_live_vs_offline(table: pd.DataFrame, title: str) -> Figure:
    """From `agreement_table`: one panel per outcome, one row per method, means with 95% intervals. Filled, above: the
    real model; hollow, below: the offline agent."""
    figure, axes = plt.subplots(1, 2, figsize=(7.2, 3.4), sharey=True, layout="constrained")
    for axis, outcome in zip(axes, ("enforcements", "success"), strict=True):
        for place, row in enumerate(table.to_dict("records")):
            for study, (offset, marker, filled, _) in _STUDIES.items():
                estimate = tuple(row[f"{study}_{outcome}_{part}"] for part in ("mean", "low", "high"))
                look = {"marker": marker, "filled": filled, "linewidth": 1.6}
                draw_estimate(axis, place + offset, estimate, colour(row["method"]), **look)
        axis.set_xlabel(OUTCOMES[outcome])
        axis.margins(x=0.06)
        axis.grid(axis="x", color="0.9", linewidth=0.8)
    name_rows(axes[0], map(label, table.method))
    axes[1].xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    shown = [
        Line2D([], [], color="0.2", marker=marker, mfc="0.2" if filled else "white", markersize=5, label=name)
        for _, marker, filled, name in _STUDIES.values()
    ]
    figure.legend(handles=shown, loc="outside lower center", ncols=2, frameon=False)
    return finish(figure, title, size=8)
