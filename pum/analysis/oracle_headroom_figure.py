"""The gap as a picture: how much of it each method closes, and what late sessions still cost, by cause."""

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MultipleLocator, PercentFormatter

from pum.analysis.figures import keep_apart
from pum.analysis.style import KINDS, kind, label

# From what no choice of notes can change, pale, to what it can: the last is a learner's to win.
_CAUSES = {
    "never_said": ("#ebebeb", "not said before"),
    "not_remembered": ("#c8c8c8", "said, no card"),
    "not_followed": ("#949494", "injected, not followed"),
    "not_injected": ("#2b2b2b", "in memory, not injected"),
}
# From this width on, a label each half would run into the next.
_WIDE = 2.0
# The two ends of the gap, by definition.
_ENDS = {"rag": 0.0, "oracle": 1.0}


def gap_figure(table: pd.DataFrame, title: str) -> Figure:
    """Left: gap closed with its 95% interval, 0 = `rag`, 100% = `oracle`. Right: enforcements a session by cause."""
    size = (7.2, 0.22 * len(table) + 1.9)
    figure, (left, right) = plt.subplots(1, 2, figsize=size, sharey=True, width_ratios=(1.25, 1), layout="constrained")
    for place, row in enumerate(table.to_dict("records")):
        _closed(left, place, row)
        start = 0.0
        for cause, (shade, _) in _CAUSES.items():
            right.barh(place, row[cause], left=start, height=0.7, color=shade)
            start += row[cause]
    left.axvline(0.0, color="0.6", linewidth=0.8, zorder=0)
    left.axvline(0.5, color="0.6", linewidth=0.8, linestyle="--", zorder=0)
    left.set_xlabel("Gap closed, late sessions\n(0%: RAG; 100%: oracle; dashed: aim)")
    low, high = left.get_xlim()
    left.xaxis.set_major_locator(MultipleLocator(0.5 if high - low < _WIDE else 1.0))
    left.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    left.set_yticks(range(len(table)), [label(method) for method in table.method])
    left.set_ylim(len(table) - 0.5, -0.5)
    right.set_xlabel("Enforcements per late session,\nby cause (lower is better)")
    left.tick_params(axis="x", labelsize=8)
    right.tick_params(axis="y", length=0)
    keep_apart(figure)
    kinds = [
        Line2D([], [], color=shade, marker=marker, linewidth=1.6, markersize=5, label=name)
        for shade, marker, name in KINDS.values()
    ]
    causes = [plt.Rectangle((0, 0), 1, 1, color=shade, label=name) for shade, name in _CAUSES.values()]
    figure.legend(handles=[*kinds, *causes], loc="outside lower center", ncols=4, frameon=False, fontsize=8)
    figure.suptitle(title, fontsize=9, x=0.01, ha="left")
    return figure


def _closed(axis: Axes, place: int, row: dict) -> None:
    shade, marker, _ = KINDS[kind(row["method"])]
    if row["method"] in _ENDS:
        axis.plot(_ENDS[row["method"]], place, marker, color=shade, markersize=5)
    elif pd.notna(row["gap_closed_mean"]):
        axis.plot([row["gap_closed_low"], row["gap_closed_high"]], [place, place], color=shade, linewidth=2.0)
        axis.plot(row["gap_closed_mean"], place, marker, color=shade, markersize=5)
