"""Figures of what was published beside what this study finds. Filled: ours, with 95% intervals; hollow: published."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from pum.analysis.figures import keep_apart
from pum.analysis.overlap import Overlap
from pum.analysis.style import OTHERS, colour, label

_MAIN = {"success": "Success (%)", "timeout": "Out of turns (%)", "user_tokens": "User tokens per session"}
_INK, _PALE = "#333333", "0.9"
_ESTIMATORS = {"logged": "mean of the log", "ips": "IPS", "snips": "self-normalised IPS", "dr": "doubly robust"}
_MARKS = dict(zip(_ESTIMATORS, zip((OTHERS[3], *OTHERS[:3]), "Xos^", strict=True), strict=True))


def published_figure(main: pd.DataFrame, paired: pd.DataFrame, implied: pd.DataFrame, title: str) -> Figure:
    """Above, of `main_beside`: the published outcomes of every method. Below, of `implied` and `paired_beside`: paired
    differences, over a grey band in which such a study finds a true difference in less than four of five cases. The
    published ones have a scale of their own, on which our intervals would not be seen."""
    main = main[main.published.notna()]
    methods = list(dict.fromkeys(main.method))
    comparisons = list(dict.fromkeys(zip(paired.method, paired.control, strict=True)))
    heights = (len(methods), 1.4, len(comparisons) + 0.4)
    figure, grid = plt.subplots(
        3, len(_MAIN), figsize=(7.2, 5.2), sharey="row", height_ratios=heights, layout="constrained"
    )
    for outcome, above, theirs, ours in zip(_MAIN, *grid, strict=True):
        _means(above, main[main.outcome == outcome], methods)
        above.set_xlabel(_MAIN[outcome])
        cell = implied.loc[outcome]
        for axis in (theirs, ours):
            # Bars that end at the edge would look cut.
            axis.use_sticky_edges = False
        # The t quantile for 60 users is 2.00.
        ends = (cell.difference - 2.0 * cell.error, cell.difference + 2.0 * cell.error)
        _difference(theirs, 0, cell.difference, ends, cell.detectable, _INK, filled=False)
        mine = paired[paired.outcome == outcome].set_index(["method", "control"])
        for place, pair in enumerate(comparisons):
            row = mine.loc[pair]
            _difference(ours, place, row.ours, (row.low, row.high), row.detectable, colour(pair[0]), filled=True)
        unit = "tokens" if outcome == "user_tokens" else "points"
        for axis, whose in ((theirs, "Published"), (ours, "Ours")):
            axis.axvline(0.0, color="0.5", linewidth=0.8)
            axis.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 4, 5, 10]))
            axis.set_xlabel(f"{whose} ({unit})")
    grid[0][0].set_yticks(range(len(methods)), [label(method) for method in methods])
    grid[0][0].set_ylim(len(methods) - 0.5, -0.5)
    names = [f"{label(method)} − {label(control)}" for method, control in comparisons]
    for row, shown in ((grid[1], names[:1]), (grid[2], names)):
        row[0].set_yticks(range(len(shown)), shown)
        row[0].set_ylim(len(shown) - 0.5, -0.5)
    keep_apart(figure)
    _sources(figure)
    figure.suptitle(title, fontsize=9, x=0.01, ha="left")
    return figure


def _means(axis: Axes, rows: pd.DataFrame, methods: list[str]) -> None:
    for row in rows.itertuples(index=False):
        place, shade = methods.index(row.method), colour(row.method)
        axis.plot([row.low, row.high], [place, place], color=shade, linewidth=2.2)
        axis.plot(row.ours, place, "o", color=shade, markersize=5)
        axis.plot(row.published, place, "D", color=shade, markerfacecolor="white", markersize=5)
    axis.set_xlim(0, 1.1 * rows[["high", "published"]].max(axis=None))
    axis.grid(axis="x", color=_PALE, linewidth=0.8)


def _difference(
    axis: Axes, place: int, mean: float, ends: tuple[float, float], detectable: float, shade: str, filled: bool
) -> None:
    axis.barh(place, 2 * detectable, left=-detectable, height=0.62, color=_PALE)
    axis.plot(ends, [place, place], color=shade, linewidth=2.0)
    axis.plot(
        mean, place, "o" if filled else "D", color=shade, markerfacecolor=shade if filled else "white", markersize=5
    )


def overlap_figure(found: Overlap, similar: np.ndarray, overlap: np.ndarray, published: dict, title: str) -> Figure:
    """Left: mean cosine of two users' vectors by tenths of their pairs' overlap. Right: rho among relabelled users."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(7.2, 2.8), layout="constrained")
    pairs = np.triu_indices(len(similar), 1)
    order = np.argsort(overlap[pairs], kind="stable")
    tenths = np.array_split(order, 10)
    shade = colour("rag_vector")
    left.plot(
        [overlap[pairs][tenth].mean() for tenth in tenths],
        [similar[pairs][tenth].mean() for tenth in tenths],
        "o-", color=shade, markersize=4, linewidth=1.4, label="ours, by tenths of the pairs",
    )  # fmt: skip
    theirs = published["overlap"]
    for where, name in ((1 / 8, "bottom"), (7 / 8, "top")):
        place = np.quantile(overlap[pairs], where)
        left.plot(
            place, theirs[f"{name}_quarter_cosine"], "D", color=_INK, markerfacecolor="white",
            label="published, quarters" if name == "top" else None,
        )  # fmt: skip
    left.axhline(0.0, color="0.7", linewidth=0.8)
    left.set_xlabel("Overlap of two users' preferences (Jaccard)")
    left.set_ylabel("Mean cosine of\ntheir z_long")
    left.legend(frameon=False, fontsize=8, loc="upper left")
    low, high = left.get_ylim()
    left.set_ylim(low, high + 0.25 * (high - low))
    counts, *_ = right.hist(found.null, bins=30, color="0.8", label="users relabelled")
    right.vlines(found.rho, 0, counts.max(), shade, linewidth=2.0, label=f"ours: {found.rho:+.3f}, p = {found.p:.2g}")
    right.axvline(
        theirs["rho"]["z_long"], color=_INK, linestyle="--", linewidth=1.4,
        label=f"published: {theirs['rho']['z_long']:+.3f}",
    )  # fmt: skip
    right.xaxis.set_major_locator(MaxNLocator(5))
    right.set_xlabel("Spearman's rho over pairs of users")
    right.set_ylabel("Relabellings")
    right.set_ylim(0, 1.45 * right.get_ylim()[1])
    right.legend(frameon=False, fontsize=8, loc="upper left")
    keep_apart(figure)
    figure.suptitle(title, fontsize=9, x=0.01, ha="left")
    return figure


def sensitivity_figure(table: pd.DataFrame, title: str) -> Figure:
    """Of `sensitivity_beside`: the norm relative to the log's own, and the direction's cosine with it."""
    readings = list(dict.fromkeys(table.reading))
    figure, axes = plt.subplots(1, 2, figsize=(7.2, 3.0), sharey=True, layout="constrained")
    panels = {"change of norm (%)": "Change of |z_long| (%)", "cosine": "Cosine with the vector\nas it was learned"}
    for axis, (measure, name) in zip(axes, panels.items(), strict=True):
        cells = table[table.measure == measure].set_index("reading")
        for place, reading in enumerate(readings):
            axis.plot(cells.ours[reading], place, "o", color=colour("rag_vector"), markersize=6)
            axis.plot(cells.published[reading], place, "D", color=_INK, markerfacecolor="none", markersize=5)
        axis.set_xlabel(name)
        axis.grid(color=_PALE, linewidth=0.8)
    axes[1].set_xlim(0, 1.05)
    axes[0].set_yticks(range(len(readings)), readings)
    axes[0].set_ylim(len(readings) - 0.5, -0.5)
    _sources(figure)
    figure.suptitle(title, fontsize=9, x=0.01, ha="left")
    return figure


def off_policy_figure(known: pd.DataFrame, checked: pd.DataFrame, title: str) -> Figure:
    """Left, of `known_answer`: estimates by size of a sampled log, bars over repeated logs. Right: from a real run's
    log, beside what the other policy got when it was run (`checked`: estimator, mean, low, high, actual)."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(7.2, 3.0), layout="constrained")
    sizes = list(dict.fromkeys(known.turns))
    for offset, (name, shown) in enumerate(_ESTIMATORS.items()):
        rows = known[known.estimator == name].set_index("turns")
        places = np.arange(len(sizes)) + 0.16 * (offset - 1.5)
        shade, marker = _MARKS[name]
        left.vlines(places, rows.low[sizes], rows.high[sizes], color=shade, linewidth=2.2)
        left.plot(places, rows["mean"][sizes], marker, color=shade, markersize=5, label=shown)
    truth = known.drop_duplicates("turns").set_index("turns").truth[sizes]
    left.hlines(
        truth, np.arange(len(sizes)) - 0.4, np.arange(len(sizes)) + 0.4, color=_INK, linewidth=1.2, label="truth"
    )
    left.set_xticks(range(len(sizes)), [f"{size:,}" for size in sizes])
    left.set_xlabel("Turns in a log of a sampling policy")
    left.set_ylabel("Share of right notes")
    for place, name in enumerate(_ESTIMATORS):
        [row] = checked[checked.estimator == name].to_dict("records")
        shade, marker = _MARKS[name]
        right.plot([row["low"], row["high"]], [place, place], color=shade, linewidth=2.2)
        right.plot(row["mean"], place, marker, color=shade, markersize=5)
    right.axvline(checked.actual.iloc[0], color=_INK, linewidth=1.2, linestyle="--", zorder=0)
    right.set_yticks(range(len(_ESTIMATORS)), list(_ESTIMATORS.values()))
    right.set_ylim(len(_ESTIMATORS) - 0.5, -0.5)
    right.set_xlabel("Turns enforced next under RAG + vector,\nfrom the log of RAG (dashed: as run)")
    handles, names = left.get_legend_handles_labels()
    figure.legend(handles, names, loc="outside lower center", ncols=len(names), frameon=False, fontsize=8)
    figure.suptitle(title, fontsize=9, x=0.01, ha="left")
    return figure


def _sources(figure: Figure) -> None:
    ours = Line2D([], [], marker="o", color=_INK, linestyle="none", markersize=5, label="this study")
    theirs = Line2D(
        [], [], marker="D", color=_INK, markerfacecolor="white", linestyle="none", markersize=5, label="published"
    )
    figure.legend(handles=[ours, theirs], loc="outside lower center", ncols=2, frameon=False, fontsize=8)
