"""Figures, each saved as PNG and PDF by the one function that knows how to make them byte-stable."""

import io
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from pum.analysis.style import HIGHER_IS_BETTER, OUTCOMES, colour, label

_PANELS = ("enforcements", "success", "timeout", "user_tokens")


def use_style() -> None:
    """Called once a notebook: quiet axes, readable at column width."""
    import seaborn as sns  # a second: it brings scipy.stats

    sns.set_theme(context="paper", style="ticks", font_scale=1.05)
    plt.rcParams.update({"figure.dpi": 110, "savefig.dpi": 200, "axes.spines.top": False, "axes.spines.right": False})


def save(figure: Figure, folder: Path, name: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.png").write_bytes(_png(figure))
    figure.savefig(folder / f"{name}.pdf", bbox_inches="tight", metadata={"CreationDate": None, "ModDate": None})


def show(figure: Figure, dpi: int = 80) -> None:
    """In a notebook, in place of `plt.show`, where the notebook is to stay small."""
    from IPython.display import Image, display

    display(Image(_png(figure, dpi=dpi)))
    plt.close(figure)


def _png(figure: Figure, **options: object) -> bytes:
    """A chart has few colours, smooth edges included: with a palette of them a picture takes a third of the bytes."""
    from PIL import Image

    drawn, indexed = io.BytesIO(), io.BytesIO()
    figure.savefig(drawn, format="png", bbox_inches="tight", metadata={"Software": None}, **options)
    picture = Image.open(drawn).convert("RGB")
    picture.quantize(256, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(indexed, "PNG", optimize=True)
    return indexed.getvalue()


def keep_apart(figure: Figure) -> None:
    """More room between columns of panels: two end ticks side by side must not read as one number."""
    figure.get_layout_engine().set(w_pad=0.12)


def main_figure(table: pd.DataFrame, title: str) -> Figure:
    """Every method's mean and 95% interval, a panel per outcome, methods down the side."""
    figure, axes = plt.subplots(1, len(_PANELS), figsize=(10.5, 2.9), sharey=True, layout="constrained")
    methods = table.method.tolist()
    for axis, outcome in zip(axes, _PANELS, strict=True):
        for place, row in enumerate(table.itertuples(index=False)):
            mean, low, high = (getattr(row, f"{outcome}_{part}") for part in ("mean", "low", "high"))
            axis.plot([low, high], [place, place], color=colour(row.method), linewidth=2.2, solid_capstyle="butt")
            axis.plot(mean, place, "o", color=colour(row.method), markersize=6)
        axis.set_xlabel(f"{OUTCOMES[outcome]}\n({'higher' if outcome in HIGHER_IS_BETTER else 'lower'} is better)")
        axis.grid(axis="x", color="0.9", linewidth=0.8)
        if outcome == "timeout":
            end = max(0.05, 1.1 * table.timeout_high.max())
            # Where nobody runs out of turns, markers sit on zero: room for their left halves.
            axis.set_xlim(-0.06 * end, end)
        if outcome in ("success", "timeout"):
            axis.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    axes[0].set_yticks(range(len(methods)), [label(method) for method in methods])
    axes[0].set_ylim(len(methods) - 0.5, -0.5)
    keep_apart(figure)
    figure.suptitle(title, fontsize=9.5, x=0.01, ha="left")
    return figure
