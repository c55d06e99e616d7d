"""How learners fare as their users live on: what sessions cost, and how much of the gap to the oracle they close."""

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from pum.analysis.figures import keep_apart
from pum.analysis.style import KINDS, kind, label


def life_figure(table: pd.DataFrame, best: str, title: str) -> Figure:
    """Of `gap_over_life`: left, enforcements a session; right, gap closed with 95% intervals. Learners but the best are
    hollow, and a little to the right."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(7.2, 3.2), layout="constrained")
    for method, rows in table.groupby("method", sort=False):
        shade, marker, _ = KINDS[kind(method)]
        behind = kind(method) == "learner" and method != best
        look = {"marker": marker, "markersize": 4.5, "color": shade, "markerfacecolor": "white" if behind else shade}
        middle = (rows["first"] - 1 + rows["last"]) / 2
        line = {"linestyle": ":" if behind else "-", "linewidth": 1.4, "label": label(method)}
        left.plot(middle, rows.enforcements, **look, **line)
        if rows.gap_closed_mean.notna().any():
            place, width = middle + 4 * behind, 1.2 if behind else 2.2
            right.vlines(place, rows.gap_closed_low, rows.gap_closed_high, color=shade, linewidth=width)
            right.plot(place, rows.gap_closed_mean, linestyle="", **look)
    left.set_ylim(bottom=0)
    left.set_ylabel("Enforcements per session")
    left.set_xlabel("Sessions lived\n(lower is better)")
    for share, dashes in ((0.0, "-"), (0.5, "--")):
        right.axhline(share, color="0.6", linewidth=0.8, linestyle=dashes, zorder=0)
    right.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    right.set_ylabel("Gap closed")
    right.set_xlabel("Sessions lived\n(0%: RAG; 100%: oracle; dashed: aim)")
    for axis in (left, right):
        axis.set_xlim(0, table["last"].max())
    keep_apart(figure)
    figure.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncols=4, frameon=False, fontsize=8)
    figure.suptitle(title, fontsize=9, x=0.01, ha="left")
    return figure
