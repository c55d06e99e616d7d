"""Published numbers beside this study's. Filled: this study, with 95% intervals; hollow: published."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from pum.analysis.figures import draw_estimate, finish, name_rows
from pum.analysis.overlap import Overlap
from pum.analysis.style import colour, label

_MAIN = {"success": "Success (%)", "timeout": "Out of turns (%)", "user_tokens": "User tokens per session"}
_INK, _PALE = "#333333", "0.9"


def draw_published(main: pd.DataFrame, paired: pd.DataFrame, implied: pd.DataFrame, title: str) -> Figure:
    """Above, from `main_beside`: the outcomes of every method. Below, from `implied` and `paired_beside`: paired
    differences. A study of this size detects true differences within the grey band in less than four of five cases.
    Published differences have their own scale, on which this study's intervals would be invisible."""
    main = main[main.published.notna()]
    methods = list(dict.fromkeys(main.method))
    comparisons = list(dict.fromkeys(zip(paired.method, paired.control, strict=True)))
    heights = (len(methods), 1.4, len(comparisons) + 0.4)
    figure, grid = plt.subplots(
        3, len(_MAIN), figsize=(7.2, 5.2), sharey="row", height_ratios=heights, layout="constrained"
    )
    for outcome, above, published, own in zip(_MAIN, *grid, strict=True):
        means = main[main.outcome == outcome]
        for row in means.itertuples(index=False):
            place, shade = methods.index(row.method), colour(row.method)
            draw_estimate(above, place, (row.ours, row.low, row.high), shade, linewidth=2.2)
            above.plot(row.published, place, "D", color=shade, markerfacecolor="white", markersize=5)
        above.set_xlim(0, 1.1 * means[["high", "published"]].max(axis=None))
        above.grid(axis="x", color=_PALE, linewidth=0.8)
        above.set_xlabel(_MAIN[outcome])
        for axis in (published, own):
            # Bars that end at the edge would look cut.
            axis.use_sticky_edges = False
        cell = implied.loc[outcome]
        # The t quantile for 60 users is 2.00.
        ends = (cell.difference - 2.0 * cell.error, cell.difference + 2.0 * cell.error)
        published.barh(0, 2 * cell.detectable, left=-cell.detectable, height=0.62, color=_PALE)
        draw_estimate(published, 0, (cell.difference, *ends), _INK, "D", filled=False)
        mine = paired[paired.outcome == outcome].set_index(["method", "control"])
        for place, pair in enumerate(comparisons):
            row = mine.loc[pair]
            own.barh(place, 2 * row.detectable, left=-row.detectable, height=0.62, color=_PALE)
            draw_estimate(own, place, (row.ours, row.low, row.high), colour(pair[0]))
        unit = "tokens" if outcome == "user_tokens" else "points"
        for axis, whose in ((published, "Published"), (own, "This study")):
            axis.axvline(0.0, color="0.5", linewidth=0.8)
            axis.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 4, 5, 10]))
            axis.set_xlabel(f"{whose} ({unit})")
    names = [f"{label(method)} − {label(control)}" for method, control in comparisons]
    for row, shown in zip(grid, (map(label, methods), names[:1], names), strict=True):
        name_rows(row[0], shown)
    _name_sources(figure)
    return finish(figure, title, apart=True)


def draw_vector_overlap(
    found: Overlap, similar: np.ndarray, overlap: np.ndarray, published: dict, title: str
) -> Figure:
    """Left: mean cosine of two users' vectors, by tenths of pairs by overlap. Right: rho of relabelled users."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(7.2, 2.8), layout="constrained")
    pairs = np.triu_indices(len(similar), 1)
    similar, overlap = similar[pairs], overlap[pairs]
    tenths = np.array_split(np.argsort(overlap, kind="stable"), 10)
    shade = colour("rag_vector")
    means = [[values[tenth].mean() for tenth in tenths] for values in (overlap, similar)]
    left.plot(*means, "o-", color=shade, markersize=4, linewidth=1.4, label="this study, by tenths of the pairs")
    theirs = published["overlap"]
    hollow = {"color": _INK, "markerfacecolor": "white"}
    for where, name, shown in ((1 / 8, "bottom", None), (7 / 8, "top", "published, quarters")):
        left.plot(np.quantile(overlap, where), theirs[f"{name}_quarter_cosine"], "D", label=shown, **hollow)
    left.axhline(0.0, color="0.7", linewidth=0.8)
    left.set_xlabel("Overlap of two users' preferences (Jaccard)")
    left.set_ylabel("Mean cosine of\ntheir z_long")
    left.legend(frameon=False, fontsize=8, loc="upper left")
    low, high = left.get_ylim()
    left.set_ylim(low, high + 0.25 * (high - low))
    counts, *_ = right.hist(found.null, bins=30, color="0.8", label="users relabelled")
    observed = f"this study: {found.rho:+.3f}, p = {found.p:.2g}"
    right.vlines(found.rho, 0, counts.max(), shade, linewidth=2.0, label=observed)
    rho = theirs["rho"]["z_long"]
    right.axvline(rho, color=_INK, linestyle="--", linewidth=1.4, label=f"published: {rho:+.3f}")
    right.xaxis.set_major_locator(MaxNLocator(5))
    right.set_xlabel("Spearman's rho over pairs of users")
    right.set_ylabel("Relabellings")
    right.set_ylim(0, 1.45 * right.get_ylim()[1])
    right.legend(frameon=False, fontsize=8, loc="upper left")
    return finish(figure, title, apart=True)


def draw_sensitivity(table: pd.DataFrame, title: str) -> Figure:
    """From `sensitivity_beside`: the norm relative to the log's own, and the direction's cosine with it."""
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
    name_rows(axes[0], readings)
    _name_sources(figure)
    return finish(figure, title)


def _name_sources(figure: Figure) -> None:
    look = {"color": _INK, "linestyle": "none", "markersize": 5}
    handles = [
        Line2D([], [], marker="o", label="this study", **look),
        Line2D([], [], marker="D", markerfacecolor="white", label="published", **look),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=2, frameon=False, fontsize=8)
