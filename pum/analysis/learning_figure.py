"""Does it learn? Every method's difference from one control, session by session."""

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from pum.analysis.statistics import paired_difference
from pum.analysis.style import colour, label, ordered

# Outcome -> what its difference is called, and by what it is multiplied.
_PANELS = {"enforcements": ("Enforcements", 1.0), "success": ("Success (points)", 100.0)}


def differences_by_session(sessions: pd.DataFrame, control: str, resamples: int, seed: int) -> pd.DataFrame:
    """Columns method, session, outcome, mean, low, high: method minus control on the same users, with 95% intervals."""
    rows = []
    for session, played in sessions.groupby("session"):
        for method in ordered(set(played.method) - {control}):
            for outcome in _PANELS:
                found = paired_difference(played, method, control, outcome, resamples, seed, "by session", session)
                rows.append((method, session, outcome, found.mean, found.low, found.high))
    return pd.DataFrame(rows, columns=["method", "session", "outcome", "mean", "low", "high"])


def learning_figure(differences: pd.DataFrame, control: str, title: str) -> Figure:
    """Of `differences_by_session`, a panel an outcome. The methods' own levels differ by so little beside what users
    differ by that their bands would coincide; bars are drawn beside each other, so that none hides another."""
    figure, axes = plt.subplots(2, 1, figsize=(7.2, 4.8), sharex=True, layout="constrained")
    methods = ordered(set(differences.method))
    for axis, (outcome, (name, by)) in zip(axes, _PANELS.items(), strict=True):
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
    shown = [
        plt.Line2D([], [], color=colour(method), marker="o", markersize=4, label=label(method)) for method in methods
    ]
    shown.append(plt.Line2D([], [], color=colour(control), label=label(control)))
    figure.legend(handles=shown, loc="outside lower center", ncols=4, frameon=False, fontsize=8)
    figure.suptitle(title, fontsize=9, x=0.01, ha="left")
    return figure
