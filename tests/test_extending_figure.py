"""A figure is added with a function, a cell and an item of the report, and nothing else is edited."""

import importlib
import json
import sys
from pathlib import Path

import matplotlib
import pytest
import yaml

import pum.analysis.figures
from pum.analysis.figures import save
from pum.core.imports import modules, reachable
from pum.core.paths import ROOT
from pum.report.contents import load_contents
from pum.report.page import write_report

# The file pum/analysis/figures/cards.py (or a function more in one of the families there).
MODULE = '''
"""How many cards users have."""

import matplotlib.pyplot as plt

from pum.analysis.figures import draw_estimate, finish, name_rows
from pum.analysis.style import colour, label


def draw_cards(table, title):
    figure, axis = plt.subplots(figsize=(4, 2), layout="constrained")
    for place, (method, *estimate) in enumerate(table):
        draw_estimate(axis, place, estimate, colour(method))
    name_rows(axis, [label(method) for method, *_ in table])
    return finish(figure, title)
'''
# The item in data/report.yaml, which has the only caption.
ITEM = {"figure": "cards", "study": "main", "caption": "Cards per user, with 95% intervals."}


@pytest.fixture
def new_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> object:
    (tmp_path / "cards.py").write_text(MODULE)
    monkeypatch.setattr(pum.analysis.figures, "__path__", [*pum.analysis.figures.__path__, str(tmp_path)])
    yield importlib.import_module("pum.analysis.figures.cards")
    sys.modules.pop("pum.analysis.figures.cards", None)
    del pum.analysis.figures.cards


def test_a_figure_is_a_function_a_cell_and_an_item(tmp_path: Path, new_module: object) -> None:
    matplotlib.use("Agg")
    # The notebook's cell; `first_cards` is a method that no list of names knows.
    table = [("rag", 20.0, 19.0, 21.0), ("first_cards", 5.0, 4.5, 5.5)]
    figure = new_module.draw_cards(table, "two simulated users")
    save(figure, tmp_path / "figures", "cards")
    assert [text.get_text() for text in figure.axes[0].get_yticklabels()] == ["RAG", "First cards"]
    section = {"heading": "Cards", "text": "Few.", "items": [ITEM]}
    contents = {"title": "T", "studies": {"main": "Users are simulated."}, "sections": [section]}
    (tmp_path / "report.yaml").write_text(yaml.safe_dump(contents))
    write_report(load_contents(tmp_path / "report.yaml"), tmp_path, tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    caption = "Cards per user, with 95% intervals. Users are simulated."
    assert page.count(f'alt="{caption}"') == page.count(f"<figcaption>{caption}</figcaption>") == 1


def test_captions_stand_in_the_report_alone() -> None:
    """A title says how much was played; what is shown is said once, in data/report.yaml."""
    sections = load_contents(ROOT / "data" / "report.yaml").sections
    captions = [item.caption for section in sections for item in section.items if item.figure]
    code = [*(ROOT / "pum").rglob("*.py"), *(ROOT / "notebooks").glob("*.ipynb")]
    texts = "".join(path.read_text(encoding="utf-8") for path in code)
    assert [caption for caption in captions if json.dumps(caption)[1:40] in texts] == []


@pytest.mark.parametrize("package", ["pum.analysis", "pum.report"])
def test_reading_results_imports_no_simulator(package: str) -> None:
    simulators = ("pum.runner", "pum.assistant", "pum.methods", "pum.bench.users", "pum.experiments")
    for name in modules():
        if name.startswith(package):
            assert [found for found in reachable(name) if found.startswith(simulators)] == [], name
