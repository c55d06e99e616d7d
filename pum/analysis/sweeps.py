"""When a learned choice helps: its late enforcements against `rag`, per value of each knob, and over a life."""

from itertools import pairwise
from math import isnan
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from pum.analysis.oracle_headroom import late_sessions
from pum.analysis.statistics import paired_difference
from pum.analysis.style import KINDS
from pum.config.params import SweepsParams

SESSIONS = "sessions"
"""The knob that needs no run of its own: how many a user has had before."""

_LABELS = {
    "importance_spread": "Importance spread",
    "unheard": "Share not heard",
    "drift_share": "Share of minds changed",
    "preferences_per_profile": "Preferences per user",
    "top_j": "Notes per prompt (J)",
    SESSIONS: "Sessions so far",
}
IDENTICAL = "identical"
_COLUMNS = ["knob", "value", "null", "rag", "mean", "low", "high", "p", "detectable", "note"]


def sweep_table(sessions: pd.DataFrame, sweeps: SweepsParams, late: float, resamples: int, seed: int) -> pd.DataFrame:
    """A row per (knob, value): learner minus `rag` in enforcements a late session, paired by profile, with its 95%
    interval and what the design could have detected. `null` marks the end at which there is nothing to be gained.
    `note` is "identical" where both asked for the same in every session: nothing could differ, and nothing was tested.

    The rows of `sessions` are of windows of the usual lives: the very first session, in which nothing can have been
    learned, and the thirds of a life without it.
    """
    rows = [
        _row(knob, float(value), value == sweeps.knobs[knob].null_end, late_sessions(of_value, late), resamples, seed)
        for (knob, value), of_value in sessions.groupby(["knob", "value"], sort=False)
    ]
    knob, settings = next(iter(sweeps.knobs.items()))
    usual = sessions[(sessions.knob == knob) & (sessions.value == settings.usual)]
    for first, end in _windows(int(usual.session.max()) + 1):
        window = usual[(usual.session >= first) & (usual.session < end)]
        rows.append(_row(SESSIONS, float(first), first == 0, window, resamples, seed))
    return pd.DataFrame(rows, columns=_COLUMNS)


def _windows(count: int) -> list[tuple[int, int]]:
    """[first, end) of the first of `count` sessions, and of their thirds without it; an empty one is left out."""
    return list(pairwise(sorted({0, 1, *(round(third * count / 3) for third in (1, 2, 3))})))


def _row(knob: str, value: float, null: bool, sessions: pd.DataFrame, resamples: int, seed: int) -> tuple:
    found = paired_difference(sessions, "learner", "rag", "enforcements", resamples, seed)
    rag = sessions[sessions.method == "rag"].enforcements.mean()
    note = "" if found.differing else IDENTICAL
    return knob, value, null, rag, found.mean, found.low, found.high, found.p, found.detectable, note


def sweep_figure(table: pd.DataFrame, title: str) -> Figure:
    """A panel a knob; hollow: a null end. Grey bars: an effect of that size is missed in one of five cases."""
    names = list(dict.fromkeys(table.knob))
    shade, marker, _ = KINDS["learner"]
    figure, panels = plt.subplots(2, -(-len(names) // 2), figsize=(7.2, 4.6), sharey=True, layout="constrained")
    for panel, name in zip(panels.ravel(), names, strict=False):
        of_knob = table[table.knob == name]
        for place, row in enumerate(of_knob.itertuples(index=False)):
            panel.bar(place, 2 * row.detectable, bottom=-row.detectable, width=0.7, color="0.92", zorder=0)
            panel.plot([place, place], [row.low, row.high], color=shade, linewidth=2)
            panel.plot(place, row.mean, marker, markersize=5.5, color=shade, mfc="white" if row.null else shade)
        panel.axhline(0.0, color="0.4", linewidth=0.8)
        panel.set_xticks(range(len(of_knob)), [f"{value:g}" for value in of_knob.value])
        panel.set_xlabel(_LABELS[name])
    for panel in panels.ravel()[len(names) :]:
        panel.set_visible(False)
    for panel in panels[:, 0]:
        panel.set_ylabel("Learner minus RAG,\nenforcements a session")
    figure.suptitle(title, fontsize=9.5, x=0.01, ha="left")
    return figure


def nulls_said(table: pd.DataFrame) -> str:
    """The null ends in words: whether 0 is within each interval, and what could have been detected."""
    said = [
        f"{_LABELS[row.knob].lower()} {row.value:g}: {_null_said(row)}"
        for row in table[table.null].itertuples(index=False)
    ]
    return "At the null ends, learner minus RAG: " + "; ".join(said) + "."


def _null_said(row: Any) -> str:
    if row.note == IDENTICAL:
        return IDENTICAL
    within = "includes" if row.low <= 0 <= row.high else "excludes"
    detectable = "" if isnan(row.detectable) else f"; detectable: {row.detectable:.3f}"
    return f"{row.mean:+.3f} [{row.low:+.3f}, {row.high:+.3f}] ({within} 0{detectable})"
