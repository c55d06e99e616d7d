"""The gap as a picture: how much of it each method closes, and what late sessions still cost, by cause."""

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from pum.analysis.injected import CAUSES
from pum.analysis.style import colour, label

# Greys from what no choice of notes can change to what it can: the last but one is a learner's to win.
_CAUSE_COLOURS = {
    "never_said": "#d9d9d9",
    "not_remembered": "#a6a6a6",
    "not_followed": "#737373",
    "not_injected": "#d55e00",
}
_CAUSE_LABELS = {
    "never_said": "not said before",
    "not_remembered": "said, no card",
    "not_followed": "injected, not followed",
    "not_injected": "in memory, not injected",
}


def gap_figure(table: pd.DataFrame, title: str) -> Figure:
    """Left: gap closed with its 95% interval, 0 = `rag`, 100% = `oracle`. Right: enforcements a session by cause."""
    figure, (left, right) = plt.subplots(
        1, 2, figsize=(9.5, 0.26 * len(table) + 1.6), sharey=True, layout="constrained"
    )
    for place, row in enumerate(table.itertuples(index=False)):
        if pd.notna(row.gap_closed_mean):
            shade = colour(row.method) if row.method in ("all_memory",) else "#d55e00"
            left.plot([row.gap_closed_low, row.gap_closed_high], [place, place], color=shade, linewidth=2.2)
            left.plot(row.gap_closed_mean, place, "o", color=shade, markersize=5)
        start = 0.0
        for cause in _CAUSE_COLOURS:
            width = getattr(row, cause)
            right.barh(place, width, left=start, height=0.7, color=_CAUSE_COLOURS[cause])
            start += width
    left.axvline(0.0, color="0.6", linewidth=0.8)
    left.axvline(0.5, color="0.6", linewidth=0.8, linestyle="--")
    left.set_xlabel("Gap closed, late sessions\n(0%: RAG; dashed: the aim; 100%: oracle)")
    left.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    left.set_yticks(range(len(table)), [label(method) for method in table.method])
    left.set_ylim(len(table) - 0.5, -0.5)
    right.set_xlabel("Enforcements per late session, by cause\n(lower is better)")
    handles = [plt.Rectangle((0, 0), 1, 1, color=_CAUSE_COLOURS[cause]) for cause in _CAUSE_COLOURS]
    figure.legend(
        handles,
        [_CAUSE_LABELS[cause] for cause in _CAUSE_COLOURS],
        loc="outside lower center",
        ncols=len(CAUSES),
        frameon=False,
    )
    figure.suptitle(title, fontsize=9.5, x=0.01, ha="left")
    return figure
