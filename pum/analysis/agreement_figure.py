"""The methods with a real model and with the offline agent, side by side."""

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from pum.analysis.style import colour, label

_NAMES = {"enforcements": "Enforcements per session", "success": "Success"}


def agreement_figure(table: pd.DataFrame, title: str) -> Figure:
    """A panel per outcome; live across, offline up, with 95% intervals. On the diagonal the two agree."""
    figure, axes = plt.subplots(1, 2, figsize=(9.2, 4.2), layout="constrained")
    for axis, (outcome, name) in zip(axes, _NAMES.items(), strict=True):
        for row in table.to_dict("records"):
            live, offline = (
                [row[f"{study}_{outcome}_{part}"] for part in ("mean", "low", "high")] for study in ("live", "offline")
            )
            axis.errorbar(
                live[0], offline[0],
                xerr=[[live[0] - live[1]], [live[2] - live[0]]],
                yerr=[[offline[0] - offline[1]], [offline[2] - offline[0]]],
                fmt="o", color=colour(row["method"]), label=label(row["method"]), elinewidth=1.0, markersize=6,
            )  # fmt: skip
        ends = [min(axis.get_xlim()[0], axis.get_ylim()[0]), max(axis.get_xlim()[1], axis.get_ylim()[1])]
        axis.plot(ends, ends, color="0.8", linewidth=1.0, zorder=0)
        axis.set(xlim=ends, ylim=ends, xlabel=f"{name}, real model", ylabel=f"{name}, offline agent")
    handles, names = axes[0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside right center", frameon=False)
    figure.suptitle(title, fontsize=9.5, x=0.01, ha="left")
    return figure
