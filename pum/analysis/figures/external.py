"""Benchmarks of others: where a stated preference is lost, and how often it is found."""

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from pum.analysis.figures import finish
from pum.analysis.style import COLOURS, OTHERS

_MEMORIES = {"pum": ("pum", COLOURS["rag"], "o"), "cosine": ("Every sentence, by cosine", OTHERS[0], "s")}
_MEMORIES["bm25"] = ("Every sentence, by BM25", OTHERS[2], "^")
_LOSSES = {"not heard": "0.75", "ended": OTHERS[0], "outranked": OTHERS[2], "injected": COLOURS["rag"]}


def draw_external(measured: dict, title: str) -> Figure:
    """`measured` is results/metrics/external.json."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(7.2, 3.0), layout="constrained")
    sizes = list(measured["pum"]["retrieval"])
    bottom = [0.0] * len(sizes)
    for outcome, colour in _LOSSES.items():
        heights = [losses(measured["pum"]["retrieval"][size])[outcome] for size in sizes]
        left.bar(sizes, heights, bottom=bottom, color=colour, label=outcome)
        bottom = [low + height for low, height in zip(bottom, heights, strict=True)]
    left.set(xlabel="Preferences of a user", ylabel="Share of stated preferences", ylim=(0, 1))
    left.legend(frameon=False, fontsize=8, loc="upper left", bbox_to_anchor=(0, 1.22), ncols=4, columnspacing=1)
    for memory, (name, colour, marker) in _MEMORIES.items():
        recalls = [measured[memory]["retrieval"][size]["recall"] for size in sizes]
        shares = [recall["share"] for recall in recalls]
        spread = [
            [recall["share"] - recall["low"] for recall in recalls],
            [recall["high"] - recall["share"] for recall in recalls],
        ]
        right.errorbar(sizes, shares, spread, marker=marker, color=colour, label=name, capsize=2)
    right.set(xlabel="Preferences of a user", ylabel="Recall at 3", ylim=(0, 1))
    right.legend(frameon=False, fontsize=8)
    return finish(figure, title, size=9.5)


def losses(retrieval: dict) -> dict[str, float]:
    """The fate of the stated preferences, as shares that sum to 1, from one size's results of `retrieval`."""
    asked = retrieval["recall"]["of"]
    counts = {
        "not heard": asked - retrieval["heard"]["count"],
        "ended": retrieval["wrongly_ended"]["count"],
        "outranked": retrieval["of_heard"]["of"] - retrieval["of_heard"]["count"],
        "injected": retrieval["recall"]["count"],
    }
    return {outcome: count / asked for outcome, count in counts.items()}
