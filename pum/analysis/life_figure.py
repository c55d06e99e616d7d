"""How a learner fares as its users live on: what sessions cost, and how much of the gap to the oracle it closes."""

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from pum.analysis.figures import keep_apart
from pum.analysis.gap import CEILING, REFERENCE
from pum.analysis.style import KINDS, kind, label


def life_figure(table: pd.DataFrame, method: str, title: str) -> Figure:
    """Of `gap_over_life`: left, enforcements a session; right, gap closed with 95% intervals. Along: sessions lived."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(7.2, 2.9), layout="constrained")
    middle = (table["first"] + table["last"]) / 2
    for name in (REFERENCE, method, CEILING):
        shade, marker, _ = KINDS[kind(name)]
        left.plot(middle, table[name], marker=marker, markersize=4, color=shade, linewidth=1.4, label=label(name))
    left.set_ylim(bottom=0)
    left.set_ylabel("Enforcements per session\n(lower is better)")
    left.legend(frameon=False, fontsize=8)
    shade, marker, _ = KINDS[kind(method)]
    right.vlines(middle, table.gap_closed_low, table.gap_closed_high, color=shade, linewidth=2.0)
    right.plot(middle, table.gap_closed_mean, marker, color=shade, markersize=5)
    right.axhline(0.0, color="0.6", linewidth=0.8, zorder=0)
    right.axhline(0.5, color="0.6", linewidth=0.8, linestyle="--", zorder=0)
    right.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    right.set_ylabel("Gap closed\n(0%: RAG; 100%: oracle; dashed: aim)")
    for axis in (left, right):
        axis.set_xlabel("Sessions lived")
        axis.set_xlim(0, table["last"].max())
    keep_apart(figure)
    figure.suptitle(title, fontsize=9, x=0.01, ha="left")
    return figure
