"""A figure is added with a function, a cell and an item of the report: those of docs/extending.md."""

import json
import runpy
import sys
from collections.abc import Iterator
from pathlib import Path

import matplotlib
import matplotlib.pyplot as plt
import pandas as pd
import pytest
import yaml

import pum.analysis.figures
from pum.core.errors import InputError
from pum.core.imports import modules, reachable
from pum.core.paths import ROOT
from pum.report.contents import load_contents
from pum.report.page import write_report
from tests.extending_page import blocks, failures, nothing_else_changes

ITEM = yaml.safe_load(blocks("A figure", "yaml")[0])


@pytest.fixture
def new_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "injected.py").write_text(blocks("A figure", "python")[0])
    monkeypatch.setattr(pum.analysis.figures, "__path__", [*pum.analysis.figures.__path__, str(tmp_path)])
    yield
    sys.modules.pop("pum.analysis.figures.injected", None)
    if hasattr(pum.analysis.figures, "injected"):
        del pum.analysis.figures.injected


def write_page(folder: Path, item: dict, **studies: str) -> str:
    section = {"heading": "Notes", "text": "Few.", "items": [item]}
    contents = {"title": "T", "studies": studies, "sections": [section]}
    (folder / "report.yaml").write_text(yaml.safe_dump(contents))
    write_report(load_contents(folder / "report.yaml"), folder, folder / "report.html")
    return (folder / "report.html").read_text(encoding="utf-8")


def test_a_figure_is_a_function_a_cell_and_an_item(tmp_path: Path, new_module: None) -> None:
    matplotlib.use("Agg")
    # `first_cards` is a method that no list of names knows.
    methods = [("rag", 0, 1.0), ("rag", 1, 2.0), ("first_cards", 0, 0.0), ("first_cards", 1, 1.0)]
    sessions = pd.DataFrame(methods, columns=["method", "session", "notes_injected"])
    (tmp_path / "cell.py").write_text(blocks("A figure", "python")[1])
    with nothing_else_changes():
        runpy.run_path(str(tmp_path / "cell.py"), {"sessions": sessions, "output": tmp_path, "Path": Path})
        (axis,) = plt.gcf().axes
        assert axis.get_legend_handles_labels()[1] == ["RAG", "First cards"]
        assert [list(line.get_ydata()) for line in axis.lines] == [[1.0, 2.0], [0.0, 1.0]]
        page = write_page(tmp_path, ITEM, assumed="Users are simulated.")
    plt.close()
    caption = f"{ITEM['caption']} Users are simulated."
    assert page.count(f'alt="{caption}"') == page.count(f"<figcaption>{caption}</figcaption>") == 1
    files = [path for entry in yaml.safe_load(blocks("A figure", "yaml")[1]) for path in entry]
    assert all((tmp_path / path).is_file() for path in files) and len(files) == 2


def test_the_page_says_how_a_figure_fails(tmp_path: Path) -> None:
    with pytest.raises(InputError) as missing:
        write_page(tmp_path, ITEM, assumed="Users are simulated.")
    with pytest.raises(InputError) as unknown:
        write_page(tmp_path, ITEM, other="Users are simulated.")
    assert f"``{str(missing.value).removeprefix(f'{tmp_path}/')}``" in failures("A figure")
    assert str(unknown.value).split("report.yaml: ")[1].split(": ")[0] in failures("A figure")


def test_the_item_of_the_page_names_a_study_of_the_report() -> None:
    assert ITEM["study"] in load_contents(ROOT / "data" / "report.yaml").studies


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
