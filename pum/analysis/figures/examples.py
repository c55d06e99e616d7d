"""Figures of the example notebooks: users' vectors, one user's history, one turn of retrieval."""

import json
from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from pum.analysis.figures import finish
from pum.memory.card import Card

_BLUE, _ORANGE, _GREY = "#0072b2", "#d55e00", "0.6"


def user_vectors(users: pd.DataFrame) -> tuple[list[str], np.ndarray]:
    """Ids and long vectors (n, k) of users.parquet's users; several seeds of one user are averaged."""
    of: dict[str, list[np.ndarray]] = {}
    for row in users.itertuples(index=False):
        of.setdefault(row.user_id, []).append(np.array(json.loads(row.state)["assistant"]["vectors"]["z_long"]))
    return list(of), np.array([np.mean(vectors, axis=0) for vectors in of.values()])


def principal_axes(vectors: np.ndarray, count: int = 2) -> np.ndarray:
    """(count, k) orthonormal axes of most variance of (n, k) vectors, each with its largest entry positive."""
    _, _, axes = np.linalg.svd(vectors - vectors.mean(axis=0), full_matrices=False)
    axes = axes[:count]
    return axes * np.sign(axes[np.arange(len(axes)), np.abs(axes).argmax(axis=1)])[:, None]


def ends_of(axis: np.ndarray, items: np.ndarray, notes: Sequence[str], count: int = 4) -> pd.DataFrame:
    """The notes of items (m, k) that lie farthest along an axis (k,), and farthest against it."""
    along = items @ axis
    order = np.argsort(-np.round(along, 6), kind="stable")
    rows = [("along", index) for index in order[:count]] + [("against", index) for index in order[::-1][:count]]
    return pd.DataFrame(
        [{"end": end, "note": notes[index], "along the axis": round(along[index], 3)} for end, index in rows]
    )


def draw_user_vectors(vectors: np.ndarray, axes: np.ndarray, enforcements: Sequence[float]) -> Figure:
    """Users (n, k) on two axes, shaded by their enforcements a session."""
    places = (vectors - vectors.mean(axis=0)) @ axes.T
    figure, axis = plt.subplots(figsize=(5.2, 4.2), layout="constrained")
    dots = axis.scatter(*places.T, c=enforcements, cmap="cividis", s=22)
    axis.axhline(0, color=_GREY, linewidth=0.6, zorder=0)
    axis.axvline(0, color=_GREY, linewidth=0.6, zorder=0)
    axis.set_xlabel("first axis of the users' vectors")
    axis.set_ylabel("second axis")
    figure.colorbar(dots, label="enforcements per session")
    return figure


def draw_user_history(turns: pd.DataFrame, cards: Sequence[Card], title: str) -> Figure:
    """One user: enforcements and the vector's length by session, and each card from its first mention to its end."""
    sessions = turns.groupby("session")
    enforced = sessions.enforced.apply(lambda column: sum(len(json.loads(value)) for value in column))
    norm = sessions.z_norm.last()
    last = int(turns.session.max())
    size, heights = (7, 2.2 + 0.2 * len(cards)), (2, max(1, 0.2 * len(cards)))
    figure, (top, bottom) = plt.subplots(2, 1, figsize=size, sharex=True, height_ratios=heights, layout="constrained")
    top.bar(enforced.index, enforced, color=_BLUE, width=0.7)
    top.set_ylabel("enforcements", color=_BLUE)
    length = top.twinx()
    length.plot(norm.index, norm, "o-", color=_ORANGE, markersize=3)
    length.set_ylabel("length of the vector", color=_ORANGE)
    length.set_ylim(bottom=0)
    for place, card in enumerate(cards):
        said = sorted({source.session for source in card.sources})
        end = card.until.session if card.until else last
        bottom.plot([said[0], end], [place, place], color="0.75", linewidth=2, zorder=1)
        bottom.plot(said, [place] * len(said), "o", color=_BLUE, markersize=4, zorder=2)
        if card.until:
            bottom.plot(end, place, "x", color=_ORANGE, markersize=6, zorder=3)
    bottom.set_yticks(range(len(cards)), [f"{card.card_id}  {card.note[:48]}" for card in cards], fontsize=7)
    bottom.invert_yaxis()
    bottom.xaxis.set_major_locator(MaxNLocator(integer=True))
    bottom.set_xlabel("session (dot: said; cross: taken back, or joined with another)")
    return finish(figure, title, size=9.5)


def candidates_of(turn: pd.Series, cards: dict[str, Card]) -> pd.DataFrame:
    """A turn's candidates with their scores and their ranks before and after the bonus, by rank after it."""
    table = pd.DataFrame(json.loads(turn.candidates))
    table["score"] = table.base_score + table.bonus
    for column, of in (("rank before", table.base_score), ("rank after", table.score)):
        table[column] = of.rank(ascending=False, method="first").astype(int)
    table.insert(1, "note", [cards[card_id].note for card_id in table.card_id])
    return table.sort_values("rank after", ignore_index=True)


def draw_ranks(table: pd.DataFrame, shown: int = 10) -> Figure:
    """The order of candidates before and after the bonus; orange: injected."""
    top = table[(table["rank before"] <= shown) | (table["rank after"] <= shown)]
    figure, axis = plt.subplots(figsize=(7, 0.34 * len(top) + 1.0), layout="constrained")
    for row in top.to_dict("records"):
        colour = _ORANGE if row["chosen"] else "0.55"
        axis.plot([0, 1], [row["rank before"], row["rank after"]], "o-", color=colour, markersize=4)
        axis.annotate(row["note"][:60], (1.03, row["rank after"]), va="center", fontsize=7.5, color=colour)
    axis.invert_yaxis()
    axis.set_xlim(-0.1, 3.2)
    axis.set_xticks([0, 1], ["before\nthe bonus", "after"])
    axis.yaxis.set_major_locator(MaxNLocator(integer=True))
    axis.set_ylabel("rank")
    return figure
