"""The figure of the comparison of note forms."""

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from pum.analysis.figures import draw_estimate, finish, name_rows
from pum.analysis.style import OTHERS

_WORDS = {"action": ("the catalogue's words", OTHERS[1], "o"), "own_words": ("the person's words", OTHERS[0], "s")}


def draw_note_forms(table: pd.DataFrame, title: str) -> Figure:
    """Followed notes by form, a panel per number of notes and a row per form; then wrong notes acted on, and
    tasks solved."""
    played = table[table.system == "graded"]
    applying = played[played.about == "focus"]
    counts = sorted(set(applying.notes) - {0})
    panels = [(f"Followed, {n} note{'s' * (n > 1)}", applying[applying.notes.isin((0, n))]) for n in counts]
    panels.append(("A wrong note acted on", played[played.about == "other"]))
    panels.append(("Tasks solved, 3 notes", played[played.about == "task"]))
    forms = list(dict.fromkeys(("none", "system", *sorted(applying.form))))
    size = (1.75 * len(panels), 1.2 + 0.32 * len(forms))
    figure, axes = plt.subplots(1, len(panels), figsize=size, sharey=True, layout="constrained")
    for axis, (name, rows) in zip(axes, panels, strict=True):
        _rates(axis, rows, forms)
        axis.set_xlabel(name, fontsize=8)
        axis.set_xlim(-0.02, 1.02)
        axis.set_xticks([0.0, 0.5, 1.0])
        axis.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        axis.tick_params(axis="x", labelsize=8)
        axis.grid(axis="x", color="0.92", linewidth=0.8)
    name_rows(axes[0], [form.replace("_", " ") for form in forms])
    handles, names = axes[0].get_legend_handles_labels()
    named = dict(zip(names, handles, strict=True))
    figure.legend(named.values(), named.keys(), loc="outside lower center", ncols=2, frameon=False, fontsize=8)
    return finish(figure, title, apart=True)


def _rates(axis: Axes, rows: pd.DataFrame, forms: list[str]) -> None:
    for row in rows.itertuples(index=False):
        name, colour, marker = _WORDS[row.wording]
        place = forms.index(row.form) + (0.14 if row.wording == "own_words" else -0.14) * (row.form != "none")
        draw_estimate(axis, place, (row.rate, row.low, row.high), colour, marker, label=name)
