"""All figures: one module per family, one function per figure, from tables of the analysis to a matplotlib Figure.

To add one, write `draw_NAME(table, title)` in a module here, call `save(draw_NAME(...), folder, "NAME")` in a notebook,
and give it an item in data/report.yaml, which has the only caption. Names, colours and markers of methods come from
`pum.analysis.style`; what most figures share is below: rows, estimates with intervals, and the title over all panels.
"""

import io
from collections.abc import Iterable
from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure


def use_style() -> None:
    """Set the style of all figures; call it once per notebook."""
    import seaborn as sns  # a second: it brings scipy.stats

    sns.set_theme(context="paper", style="ticks", font_scale=1.05)
    plt.rcParams.update({"figure.dpi": 110, "savefig.dpi": 200, "axes.spines.top": False, "axes.spines.right": False})


def save(figure: Figure, folder: Path, name: str) -> None:
    """Save as NAME.png and NAME.pdf; the same library versions always give the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.png").write_bytes(_png(figure))
    figure.savefig(folder / f"{name}.pdf", bbox_inches="tight", metadata={"CreationDate": None, "ModDate": None})


def show(figure: Figure) -> None:
    """Show a figure in a notebook; the image is smaller than that of `plt.show`."""
    from IPython.display import Image, display

    display(Image(_png(figure, dpi=80)))
    plt.close(figure)


def _png(figure: Figure, **options: object) -> bytes:
    """PNG with a palette: charts have few colours, so this takes a third of the bytes."""
    from PIL import Image

    drawn, indexed = io.BytesIO(), io.BytesIO()
    figure.savefig(drawn, format="png", bbox_inches="tight", metadata={"Software": None}, **options)
    picture = Image.open(drawn).convert("RGB")
    picture.quantize(256, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(indexed, "PNG", optimize=True)
    return indexed.getvalue()


def finish(figure: Figure, title: str, size: float = 9, apart: bool = False) -> Figure:
    """Add the title, and return the figure. `apart`: more room between columns of panels, so that the tick labels of
    neighbours cannot be read as one number."""
    if apart:
        figure.get_layout_engine().set(w_pad=0.12)
    figure.suptitle(title, fontsize=size, x=0.01, ha="left")
    return figure


def name_rows(axis: Axes, names: Iterable[str]) -> None:
    """Label the rows of an axis; the first name is on top."""
    names = list(names)
    axis.set_yticks(range(len(names)), names)
    axis.set_ylim(len(names) - 0.5, -0.5)


def draw_estimate(
    axis: Axes,
    row: float,
    estimate: tuple[float, float, float],
    colour: str,
    marker: str = "o",
    size: float = 5,
    filled: bool = True,
    **line: object,
) -> None:
    """Draw an estimate (mean, low, high) in a row; hollow if not `filled`. `line`: style of the interval."""
    mean, low, high = estimate
    axis.plot([low, high], [row, row], color=colour, **{"linewidth": 2.0, **line})
    axis.plot(mean, row, marker, color=colour, markerfacecolor=colour if filled else "white", markersize=size)
