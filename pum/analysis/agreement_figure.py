"""The methods with a real model and with the offline agent, side by side."""

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import PercentFormatter

from pum.analysis.style import colour, label

_NAMES = {"enforcements": "Enforcements per session", "success": "Success"}
# Study -> how far from the middle of the method's row, marker, filled or not, name.
_STUDIES = {"live": (-0.17, "o", True, "real model"), "offline": (0.17, "D", False, "offline agent")}


def agreement_figure(table: pd.DataFrame, title: str) -> Figure:
    """A panel per outcome, a row per method, means with 95% intervals: filled above with the real model, hollow below
    with its stand-in. In rows no method hides another that came out the same."""
    figure, axes = plt.subplots(1, 2, figsize=(7.2, 3.4), sharey=True, layout="constrained")
    for axis, (outcome, name) in zip(axes, _NAMES.items(), strict=True):
        for place, row in enumerate(table.to_dict("records")):
            shade = colour(row["method"])
            for study, (offset, marker, filled, _) in _STUDIES.items():
                mean, low, high = (row[f"{study}_{outcome}_{part}"] for part in ("mean", "low", "high"))
                axis.plot([low, high], [place + offset] * 2, color=shade, linewidth=1.6)
                inside = shade if filled else "white"
                axis.plot(mean, place + offset, marker, color=shade, markerfacecolor=inside, markersize=5)
        axis.set_xlabel(name)
        axis.margins(x=0.06)
        axis.grid(axis="x", color="0.9", linewidth=0.8)
    axes[0].set_yticks(range(len(table)), [label(method) for method in table.method])
    axes[0].set_ylim(len(table) - 0.5, -0.5)
    axes[1].xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    shown = [
        Line2D(
            [], [], color="0.2", marker=marker, markerfacecolor="0.2" if filled else "white", markersize=5, label=name
        )
        for _, marker, filled, name in _STUDIES.values()
    ]
    figure.legend(handles=shown, loc="outside lower center", ncols=2, frameon=False)
    figure.suptitle(title, fontsize=8, x=0.01, ha="left")
    return figure
