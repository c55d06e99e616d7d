"""The learner study, its sweeps and its ablations: how much of the oracle headroom is closed, and what affects it."""

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MultipleLocator, PercentFormatter

from pum.analysis.factors import FACTORS
from pum.analysis.figures import draw_estimate, finish, name_rows
from pum.analysis.style import KINDS, colour, kind, label

# From pale (no choice of notes can change it) to dark (a learner can).
_CAUSES = {
    "never_said": ("#ebebeb", "not said before"),
    "not_remembered": ("#c8c8c8", "said, no card"),
    "not_followed": ("#949494", "injected, not followed"),
    "not_injected": ("#2b2b2b", "in memory, not injected"),
}
# From this width on, labels at every half would overlap.
_WIDE = 2.0
# The two ends of the headroom, by definition.
_ENDS = {"rag": 0.0, "oracle": 1.0}
_GOAL = 0.5
_SHARE = "Share of headroom closed"
_ENDS_NAMED = "(0%: RAG; 100%: oracle; dashed: goal)"


def draw_headroom(table: pd.DataFrame, title: str) -> Figure:
    """From `headroom_table`. Left: share of the headroom closed with its 95% interval. Right: enforcements by cause."""
    size = (7.2, 0.22 * len(table) + 1.9)
    figure, (left, right) = plt.subplots(1, 2, figsize=size, sharey=True, width_ratios=(1.25, 1), layout="constrained")
    for place, row in enumerate(table.to_dict("records")):
        _draw_share(left, place, row)
        start = 0.0
        for cause, (shade, _) in _CAUSES.items():
            right.barh(place, row[cause], left=start, height=0.7, color=shade)
            start += row[cause]
    left.axvline(0.0, color="0.6", linewidth=0.8, zorder=0)
    left.axvline(_GOAL, color="0.6", linewidth=0.8, linestyle="--", zorder=0)
    left.set_xlabel(f"{_SHARE}\n{_ENDS_NAMED}")
    low, high = left.get_xlim()
    left.xaxis.set_major_locator(MultipleLocator(0.5 if high - low < _WIDE else 1.0))
    left.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    name_rows(left, map(label, table.method))
    right.set_xlabel("Enforcements per session,\nby cause (lower is better)")
    left.tick_params(axis="x", labelsize=8)
    right.tick_params(axis="y", length=0)
    kinds = [
        Line2D([], [], color=shade, marker=marker, linewidth=1.6, markersize=5, label=name)
        for shade, marker, name in KINDS.values()
    ]
    causes = [plt.Rectangle((0, 0), 1, 1, color=shade, label=name) for shade, name in _CAUSES.values()]
    figure.legend(handles=[*kinds, *causes], loc="outside lower center", ncols=4, frameon=False, fontsize=8)
    return finish(figure, title, apart=True)


def _draw_share(axis: Axes, place: int, row: dict) -> None:
    shade, marker, _ = KINDS[kind(row["method"])]
    if row["method"] in _ENDS:
        axis.plot(_ENDS[row["method"]], place, marker, color=shade, markersize=5)
    elif pd.notna(row["headroom_closed_mean"]):
        estimate = tuple(row[f"headroom_closed_{part}"] for part in ("mean", "low", "high"))
        draw_estimate(axis, place, estimate, shade, marker)


def draw_long_horizon(table: pd.DataFrame, best: str, title: str) -> Figure:
    """From `headroom_by_stretch`. Left: enforcements per session. Right: the share closed, with 95% intervals. Learners
    other than the best are hollow, and a little to the right."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(7.2, 3.2), layout="constrained")
    for method, rows in table.groupby("method", sort=False):
        shade, marker, _ = KINDS[kind(method)]
        behind = kind(method) == "learner" and method != best
        look = {"marker": marker, "markersize": 4.5, "color": shade, "markerfacecolor": "white" if behind else shade}
        middle = (rows["first"] - 1 + rows["last"]) / 2
        line = {"linestyle": ":" if behind else "-", "linewidth": 1.4, "label": label(method)}
        left.plot(middle, rows.enforcements, **look, **line)
        if rows.headroom_closed_mean.notna().any():
            place, width = middle + 4 * behind, 1.2 if behind else 2.2
            right.vlines(place, rows.headroom_closed_low, rows.headroom_closed_high, color=shade, linewidth=width)
            right.plot(place, rows.headroom_closed_mean, linestyle="", **look)
    left.set_ylim(bottom=0)
    left.set_ylabel("Enforcements per session")
    left.set_xlabel("Sessions played\n(lower is better)")
    for share, dashes in ((0.0, "-"), (_GOAL, "--")):
        right.axhline(share, color="0.6", linewidth=0.8, linestyle=dashes, zorder=0)
    right.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    right.set_ylabel(_SHARE)
    right.set_xlabel(f"Sessions played\n{_ENDS_NAMED}")
    for axis in (left, right):
        axis.set_xlim(0, table["last"].max())
    figure.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncols=4, frameon=False, fontsize=8)
    return finish(figure, title, apart=True)


def draw_sweeps(table: pd.DataFrame, title: str) -> Figure:
    """From `sweep_table`, one panel per factor; hollow: a null condition. Grey bars: an effect of this size would be
    missed in one of five studies."""
    names = list(dict.fromkeys(table.factor))
    shade, marker, _ = KINDS["learner"]
    figure, panels = plt.subplots(2, -(-len(names) // 2), figsize=(7.2, 4.6), sharey=True, layout="constrained")
    for panel, name in zip(panels.ravel(), names, strict=False):
        of_factor = table[table.factor == name]
        for place, row in enumerate(of_factor.itertuples(index=False)):
            panel.bar(place, 2 * row.detectable, bottom=-row.detectable, width=0.7, color="0.92", zorder=0)
            panel.plot([place, place], [row.low, row.high], color=shade, linewidth=2)
            panel.plot(place, row.mean, marker, markersize=5.5, color=shade, mfc="white" if row.null else shade)
        panel.axhline(0.0, color="0.4", linewidth=0.8)
        panel.set_xticks(range(len(of_factor)), [f"{value:g}" for value in of_factor.value])
        panel.set_xlabel(FACTORS[name])
    for panel in panels.ravel()[len(names) :]:
        panel.set_visible(False)
    for panel in panels[:, 0]:
        panel.set_ylabel("Learner minus RAG,\nenforcements a session")
    return finish(figure, title, size=9.5)


def draw_ablations(table: pd.DataFrame, title: str) -> Figure:
    """From `ablation_table`: changed minus unchanged with 95% intervals, best change first. Grey bars: an effect of
    this size would be missed in one of five studies."""
    table = table.sort_values(["of", "mean"], kind="stable")
    figure, axis = plt.subplots(figsize=(7.2, 0.27 * len(table) + 1.3), layout="constrained")
    for place, row in enumerate(table.itertuples(index=False)):
        axis.barh(place, 2 * row.detectable, left=-row.detectable, height=0.7, color="0.92", zorder=0)
        draw_estimate(axis, place, (row.mean, row.low, row.high), colour(row.of))
    axis.axvline(0.0, color="0.4", linewidth=0.8)
    name_rows(axis, [f"{change}  ({label(of)})" for change, of in zip(table.change, table.of, strict=True)])
    axis.set_xlabel("Changed minus unchanged, enforcements per session\n(left is better)")
    return finish(figure, title, size=9.5)
