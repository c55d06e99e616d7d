"""The report: nothing left out, nothing stale, nothing fetched; and a browser's word for it."""

import json
import re
import shutil
import subprocess
from html import escape, unescape
from pathlib import Path

import pandas as pd
import pytest

from pum.errors import InputError
from pum.paths import ROOT
from pum.report.cells import shown
from pum.report.contents import Contents, filled, load_contents
from pum.report.latex import latex_table
from pum.report.page import html_page, write_report

CONTENTS = load_contents(ROOT / "data" / "report.yaml")
PAGE = ROOT / "results" / "report.html"
BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def named(kind: str) -> list[str]:
    items = (item for section in CONTENTS.sections for item in section.items)
    return [name for item in items if (name := getattr(item, kind))]


@pytest.mark.parametrize(("kind", "files"), [("figure", "figures/*.png"), ("table", "results/tables/*.csv")])
def test_every_figure_and_table_is_on_the_page_once_or_left_out_on_purpose(kind: str, files: str) -> None:
    there = {path.stem for path in ROOT.glob(files)}
    assert len(set(named(kind))) == len(named(kind))
    assert set(named(kind)) <= there
    assert there - set(named(kind)) <= set(CONTENTS.left_out)


def test_the_committed_page_is_what_the_results_say_now() -> None:
    assert PAGE.read_text(encoding="utf-8") == html_page(CONTENTS, ROOT), "stale: `dvc repro report`"


def test_nothing_is_fetched_and_no_script_runs() -> None:
    page = html_page(CONTENTS, ROOT)
    assert "<script" not in page and "@import" not in page and "url(" not in page
    assert all(link.startswith("data:") or link.startswith("#") for link in re.findall(r'(?:src|href)="(.*?)"', page))
    assert page.count('alt="') == page.count("<img") == len(named("figure"))


def small(folder: Path, text: str = "It is {main.rag.mean:.1f}.") -> Contents:
    (folder / "results" / "metrics").mkdir(parents=True)
    (folder / "results" / "tables").mkdir()
    (folder / "results" / "metrics" / "main.json").write_text(json.dumps({"rag": {"mean": 2.34}}))
    pd.DataFrame({"a_name": ["x & <y>"], "n": [0.123456]}).to_csv(folder / "results" / "tables" / "t.csv", index=False)
    section = {"heading": "One & two", "text": text, "items": [{"table": "t", "caption": "50% of it"}]}
    return Contents.model_validate({"title": "T", "sections": [section]})


def test_numbers_come_from_the_metrics_and_text_is_escaped(tmp_path: Path) -> None:
    contents = small(tmp_path)
    write_report(contents, tmp_path, tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text()
    assert "<p>It is 2.3.</p>" in page and "One &amp; two" in page and "x &amp; &lt;y&gt;" in page
    assert '<td class="number">0.123</td>' in page and ">a name</th>" in page
    (tmp_path / "results" / "metrics" / "main.json").write_text(json.dumps({"rag": {"mean": 2.36}}))
    assert "It is 2.4." in html_page(contents, tmp_path)
    assert r"x \& <y> & 0.123 \\" in (tmp_path / "report" / "t.tex").read_text()


@pytest.mark.parametrize("text", ["{main.rag.median}", "{main.rag}.{main.oracle.mean}", "{other.rag}"])
def test_a_number_that_is_not_there_is_named_and_no_page_written(tmp_path: Path, text: str) -> None:
    contents = small(tmp_path, text)
    with pytest.raises(InputError, match=r"main\.json has no|other\.json: not there"):
        write_report(contents, tmp_path, tmp_path / "report.html")
    assert not (tmp_path / "report.html").exists() or "{" not in (tmp_path / "report.html").read_text()


def test_a_missing_table_or_figure_is_named(tmp_path: Path) -> None:
    contents = small(tmp_path)
    (tmp_path / "results" / "tables" / "t.csv").unlink()
    with pytest.raises(InputError, match=r"t\.csv: not there"):
        html_page(contents, tmp_path)


def test_contents_that_are_wrong_are_named(tmp_path: Path) -> None:
    path = tmp_path / "report.yaml"
    path.write_text("title: T\nsections: [{heading: H, text: t, items: [{caption: c}]}]\n")
    with pytest.raises(InputError, match="either a figure or a table"):
        load_contents(path)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.00012345, "0.000123"), (12.0, "12"), (63000, "63,000"), (618858.4, "618,858"), (float("nan"), ""), ("a", "a"),
     (True, "True"), (None, ""), (-0.0456, "-0.0456")],
)  # fmt: skip
def test_cells(value: object, text: str) -> None:
    assert shown(value) == text


def test_latex_escapes_what_it_must() -> None:
    text = latex_table(pd.DataFrame({"a_b": ["50% & {x}"], "n": [1.5]}), "R&D", "t")
    assert r"a\_b & n \\" in text and r"50\% \& \{x\} & 1.5 \\" in text and r"\caption{R\&D}" in text
    assert r"\begin{tabular}{lr}" in text


def test_numbers_filled_in_keep_their_format(tmp_path: Path) -> None:
    (tmp_path / "m.json").write_text(json.dumps({"a": {"b": 1234.5}, "name": "rag"}))
    assert filled("{m.a.b:,.0f} of {m.name}", tmp_path) == "1,234 of rag"


FRAME = """<!DOCTYPE html><html><head><title>waits</title></head><body>
<iframe id="frame" width="{width}" height="900" srcdoc="{page}"></iframe>
<script>
document.getElementById("frame").onload = event => {{
  const page = event.target.contentDocument, images = [...page.images];
  document.title = JSON.stringify({{
    overflow: page.documentElement.scrollWidth - page.documentElement.clientWidth,
    broken: images.filter(image => !image.complete || !image.naturalWidth).length,
    images: images.length, tables: page.querySelectorAll("table").length}});
}};
</script></body></html>"""


@pytest.mark.slow
@pytest.mark.skipif(BROWSER is None, reason="no chromium or chrome on this machine")
@pytest.mark.parametrize("width", [375, 1280])
def test_a_browser_shows_it_all_and_asks_for_nothing(tmp_path: Path, width: int) -> None:
    """At the width of a phone, and of a desk; in a frame, since windows cannot be as narrow."""
    framed = tmp_path / "framed.html"
    framed.write_text(FRAME.format(width=width, page=escape(PAGE.read_text(encoding="utf-8"))), encoding="utf-8")
    options = [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--enable-logging=stderr",
        "--virtual-time-budget=5000",
    ]
    options += [f"--user-data-dir={tmp_path / 'profile'}", "--window-size=1400,1000"]
    done = subprocess.run(
        [BROWSER, *options, "--dump-dom", framed.as_uri()], capture_output=True, text=True, timeout=120, check=True
    )
    seen = json.loads(unescape(re.search(r"<title>(.*?)</title>", done.stdout)[1]))
    assert (seen["broken"], seen["images"]) == (0, len(named("figure")))
    assert seen["tables"] == len(named("table")) + 1
    assert seen["overflow"] <= 0, "wider than the window"
    assert "CONSOLE" not in done.stderr, "an error, or something that the page's own policy refused to fetch"
