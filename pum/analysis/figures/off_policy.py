"""Off-policy estimates, where the answer is known and from a run's log."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from pum.analysis.figures import draw_estimate, finish, name_rows
from pum.analysis.style import OTHERS

# Estimator -> name, colour, marker.
_ESTIMATORS = {
    "logged": ("mean of the log", OTHERS[3], "X"),
    "ips": ("IPS", OTHERS[0], "o"),
    "snips": ("self-normalised IPS", OTHERS[1], "s"),
    "dr": ("doubly robust", OTHERS[2], "^"),
}
_INK = "#333333"


def draw_off_policy(known: pd.DataFrame, checked: pd.DataFrame, title: str) -> Figure:
    """Left, from `known_answer`: estimates by size of a sampled log; bars span repeated logs. Right: estimates from a
    real run's log, and the other policy's actual outcome (`checked`: estimator, mean, low, high, actual)."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(7.2, 3.0), layout="constrained")
    sizes = list(dict.fromkeys(known.turns))
    for offset, (estimator, (name, shade, marker)) in enumerate(_ESTIMATORS.items()):
        rows = known[known.estimator == estimator].set_index("turns")
        places = np.arange(len(sizes)) + 0.16 * (offset - 1.5)
        left.vlines(places, rows.low[sizes], rows.high[sizes], color=shade, linewidth=2.2)
        left.plot(places, rows["mean"][sizes], marker, color=shade, markersize=5, label=name)
    truth = known.drop_duplicates("turns").set_index("turns").truth[sizes]
    spans = (np.arange(len(sizes)) - 0.4, np.arange(len(sizes)) + 0.4)
    left.hlines(truth, *spans, color=_INK, linewidth=1.2, label="truth")
    left.set_xticks(range(len(sizes)), [f"{size:,}" for size in sizes])
    left.set_xlabel("Turns in a log of a sampling policy")
    left.set_ylabel("Share of right notes")
    for place, (estimator, (_, shade, marker)) in enumerate(_ESTIMATORS.items()):
        [row] = checked[checked.estimator == estimator].to_dict("records")
        draw_estimate(right, place, (row["mean"], row["low"], row["high"]), shade, marker, linewidth=2.2)
    right.axvline(checked.actual.iloc[0], color=_INK, linewidth=1.2, linestyle="--", zorder=0)
    name_rows(right, [name for name, *_ in _ESTIMATORS.values()])
    right.set_xlabel("Turns enforced next under RAG + vector,\nfrom the log of RAG (dashed: as run)")
    handles, names = left.get_legend_handles_labels()
    figure.legend(handles, names, loc="outside lower center", ncols=len(names), frameon=False, fontsize=8)
    return finish(figure, title)
