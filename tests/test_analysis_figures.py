"""Figures of the committed results: labels that can be told apart, and intervals that are those of the tables."""

import json
from collections.abc import Callable, Iterator
from itertools import combinations

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text

from pum.analysis.figures import use_style
from pum.analysis.figures.learner_study import draw_headroom, draw_long_horizon
from pum.analysis.figures.methods import draw_main
from pum.analysis.figures.published import draw_published, draw_vector_overlap
from pum.analysis.figures.throughput import draw_throughput
from pum.analysis.overlap import Overlap
from pum.analysis.published import implied
from pum.analysis.style import label
from pum.analysis.throughput import throughput_table
from pum.core.files import read_json
from pum.core.paths import DATA, ROOT

PUBLISHED = read_json(DATA / "published.json")
# Pixels that part two labels of one panel, about a digit; and of neighbours, which share no scale: two.
APART, PANELS_APART = 8, 18


@pytest.fixture(autouse=True)
def style() -> Iterator[None]:
    matplotlib.use("Agg")
    with matplotlib.rc_context():
        use_style()
        yield
    plt.close("all")


def table(name: str) -> pd.DataFrame:
    return pd.read_csv(ROOT / "results" / "tables" / f"{name}.csv")


def published() -> Figure:
    paired = table("published_paired")
    shown = paired[(paired.method == "rag_vector") & (paired.control != "vanilla") | (paired.method == "rag")]
    return draw_published(table("published_main"), shown, implied(PUBLISHED), "title")


def overlap() -> Figure:
    """Relabellings as the results have them: rho a few hundredths either side of zero."""
    rng = np.random.default_rng(0)
    similar, shared = rng.normal(0, 0.1, size=(40, 40)), rng.random((40, 40))
    found = Overlap(users=40, pairs=780, rho=0.023, p=0.005, top=0.1, bottom=0.0, contrast_p=0.1,
                    null=rng.normal(0, 0.008, 999))  # fmt: skip
    return draw_vector_overlap(found, similar, shared, PUBLISHED, "title")


def throughput() -> Figure:
    return draw_throughput(measured(), "title")


def measured() -> dict:
    return json.loads((ROOT / "results" / "metrics" / "throughput.json").read_text(encoding="utf-8"))["offline"]


def labels(axis: Axes) -> list[Text]:
    """The axis's name and the labels of its ticks; there are more of these than are in view."""
    ticks = [
        tick.label1
        for one in (axis.xaxis, axis.yaxis)
        for tick in one.get_major_ticks()
        if min(one.get_view_interval()) <= tick.get_loc() <= max(one.get_view_interval())
    ]
    return [text for text in (axis.xaxis.label, *ticks) if text.get_text() and text.get_visible()]


@pytest.mark.parametrize(
    "drawn",
    [
        lambda: draw_main(table("main"), "t"),
        lambda: draw_headroom(table("learner_study"), "t"),
        published,
        overlap,
        throughput,
    ],
    ids=["main", "learner_study", "published", "vector_overlap", "throughput"],
)
def test_no_two_labels_read_as_one(drawn: Callable[[], Figure]) -> None:
    figure = drawn()
    figure.draw_without_rendering()
    shown = [(axis, text.get_text(), text.get_window_extent()) for axis in figure.axes for text in labels(axis)]
    close = []
    for (panel, one, a), (neighbour, other, b) in combinations(shown, 2):
        room = APART if panel is neighbour else PANELS_APART
        if a.x0 - room < b.x1 and b.x0 - room < a.x1 and a.y0 < b.y1 and b.y0 < a.y1:
            close.append((one, other))
    assert close == []


def test_drawn_intervals_are_those_of_the_table_on_a_scale_that_shows_them() -> None:
    figure = published()
    row = table("published_paired").set_index(["method", "control", "outcome"]).loc[("rag", "vanilla", "success")]
    ours = figure.axes[6]
    assert ours.get_xlim()[0] < min(bar.get_x() for bar in ours.patches if not np.isnan(bar.get_x())), "looks cut"
    [line] = [line for line in ours.lines if line.get_ydata()[0] == 2 and len(line.get_xdata()) == 2]
    assert tuple(line.get_xdata()) == (row.low, row.high)
    assert row.high - row.ours != pytest.approx(row.ours - row.low), "not symmetric, so that the test can tell"
    low, high = ours.get_xlim()
    assert (row.high - row.low) / (high - low) > 0.1


def test_the_rest_of_a_turn_says_what_it_is() -> None:
    turn = throughput_table(measured()).query("measurement == 'turn'")
    [rest] = [name for name in turn.name if name.startswith("rest")]
    assert rest == "rest: reading reactions, comparing cards, grading, files"


def test_a_long_horizon_shows_every_method_and_the_intervals_of_learners() -> None:
    shares = {"headroom_closed_mean": 0.2, "headroom_closed_low": 0.1, "headroom_closed_high": 0.4}
    rows = [
        {"first": first, "last": first + 19, "method": method, "enforcements": 1.0 - 0.01 * first}
        | (shares if method in ("neighbours", "tuned_vector") else dict.fromkeys(shares, float("nan")))
        for first in (1, 21)
        for method in ("rag", "oracle", "neighbours", "tuned_vector")
    ]
    left, right = draw_long_horizon(pd.DataFrame(rows), "neighbours", "t").axes
    drawn = {line.get_label(): line for line in left.get_lines()}
    assert list(drawn) == [label(name) for name in ("rag", "oracle", "neighbours", "tuned_vector")]
    assert all(line.get_xdata().tolist() == [10.0, 30.0] for line in drawn.values())
    hollow = [name for name, line in drawn.items() if line.get_markerfacecolor() == "white"]
    assert hollow == [label("tuned_vector")]
    spans = [segment[:, 1].tolist() for lines in right.collections for segment in lines.get_segments()]
    assert spans == [[0.1, 0.4]] * 4
