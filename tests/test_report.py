"""The report: nothing left out, nothing stale, nothing fetched; and a browser's word for it."""

import json
import re
import shutil
import subprocess
from html import escape, unescape
from pathlib import Path

import pandas as pd
import pytest

from pum.core.errors import InputError
from pum.core.paths import ROOT
from pum.report.contents import Contents, ReportItem, filled, load_contents
from pum.report.latex import latex_item
from pum.report.numbers import read_numbers
from pum.report.page import html_page, session_page, write_report
from pum.report.readable import ReadableTable, Wording, readable, shown

CONTENTS = load_contents(ROOT / "data" / "report.yaml")
METRICS = ROOT / "results" / "metrics"
ITEMS = [item for section in CONTENTS.sections for item in section.items]
# Of these nobody and nothing is simulated.
NOTHING_SIMULATED = {"messages", "labelled", "settings"}
PAGE = ROOT / "results" / "report.html"
BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def named(kind: str) -> list[str]:
    return [name for item in ITEMS if (name := getattr(item, kind))]


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
    section = {"heading": "One & two", "text": text, "items": [{"table": "t", "caption": "50% of it.", "study": "s"}]}
    studies = {"s": "{main.rag.mean:.0f} simulated users."}
    return Contents.model_validate({"title": "T", "studies": studies, "sections": [section]})


def test_numbers_come_from_the_metrics_and_text_is_escaped(tmp_path: Path) -> None:
    contents = small(tmp_path)
    write_report(contents, tmp_path, tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text()
    assert "<p>It is 2.3.</p>" in page and "One &amp; two" in page and "x &amp; &lt;y&gt;" in page
    assert (
        '<td class="number">0.123</td>' in page
        and ">A name</th>" in page
        and "50% of it. 2 simulated users.</caption>" in page
    )
    (tmp_path / "results" / "metrics" / "main.json").write_text(json.dumps({"rag": {"mean": 2.36}}))
    assert "It is 2.4." in html_page(contents, tmp_path)
    latex = (tmp_path / "report" / "t.tex").read_text()
    assert r"x \& \textless{}y\textgreater{} & 0.123 \\" in latex and r"50\% of it. 2 simulated users." in latex


@pytest.mark.parametrize("text", ["{main.rag.median}", "{main.rag}.{main.oracle.mean}", "{other.rag}"])
def test_a_number_that_is_not_there_is_named_and_no_page_written(tmp_path: Path, text: str) -> None:
    contents = small(tmp_path, text)
    with pytest.raises(InputError, match=r"main\.json has no|other\.json: not there"):
        write_report(contents, tmp_path, tmp_path / "report.html")
    assert not (tmp_path / "report.html").exists() and not (tmp_path / "report").exists()


@pytest.mark.parametrize("value", ["NaN", "Infinity", "null", "[1]"])
def test_what_is_no_number_is_named_and_no_page_written(tmp_path: Path, value: str) -> None:
    contents = small(tmp_path)
    (tmp_path / "results" / "metrics" / "main.json").write_text(f'{{"rag": {{"mean": {value}}}}}')
    with pytest.raises(InputError, match=r"main\.json has no number at rag\.mean"):
        write_report(contents, tmp_path, tmp_path / "report.html")
    assert not (tmp_path / "report.html").exists()


def test_no_nan_is_on_the_page_nor_in_a_table() -> None:
    texts = [PAGE, *sorted((ROOT / "results" / "report").glob("*.tex")), ROOT / "README.md"]
    assert [path.name for path in texts if re.search(r"\bnan\b", visible(path), re.IGNORECASE)] == []


def visible(path: Path) -> str:
    """Without pictures."""
    return re.sub(r"data:image/png;base64,[^\"]*", "", path.read_text(encoding="utf-8"))


def test_a_missing_table_or_figure_is_named(tmp_path: Path) -> None:
    contents = small(tmp_path)
    (tmp_path / "results" / "tables" / "t.csv").unlink()
    with pytest.raises(InputError, match=r"t\.csv: not there"):
        html_page(contents, tmp_path)


def test_contents_that_are_wrong_are_named(tmp_path: Path) -> None:
    path = tmp_path / "report.yaml"
    item, page = "{caption: c, study: s}", "title: T\nstudies: {s: x}\nsections: [{heading: H, text: t, items: [%s]}]\n"
    path.write_text(page % item)
    with pytest.raises(InputError, match="either a figure or a table"):
        load_contents(path)
    path.write_text(page % "{figure: f, caption: c, study: other}")
    with pytest.raises(InputError, match="no such study among `studies`: other"):
        load_contents(path)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.00012345, "0.000123"), (12.0, "12"), (63000, "63,000"), (618858.4, "618,858"), (float("nan"), ""), ("a", "a"),
     (True, "True"), (None, ""), (-0.0456, "-0.0456")],
)  # fmt: skip
def test_cells(value: object, text: str) -> None:
    assert shown(value) == text


def test_latex_escapes_what_it_must() -> None:
    text = latex_item(ReadableTable(("a_b", "n"), (("50% & {x}~^\\ <|>", "−1.5"),), (False, True)), "R&D", "t")
    assert r"a\_b & n \\" in text and r"\caption{R\&D}" in text and r"\begin{tabular}{lr}" in text
    cell = r"50\% \& \{x\}\textasciitilde{}\textasciicircum{}\textbackslash{} \textless{}\textbar{}\textgreater{}"
    assert rf"{cell} & $-$1.5 \\" in text


def test_latex_breaks_what_is_long() -> None:
    wide = latex_item(ReadableTable(("n",) * 9, (("1.00 [0.90, 1.10]",) * 9,), (True,) * 9), "c", "t")
    assert r"\resizebox{\textwidth}" in wide and "longtable" not in wide
    long = latex_item(ReadableTable(("A heading of words",), (("a",),) * 60, (False,)), "c", "t")
    assert r"\begin{longtable}{l}" in long and r"\shortstack[l]{A heading\\of words}" in long


def test_an_estimate_and_its_interval_are_one_cell() -> None:
    table = pd.DataFrame({
        "method": ["rag", "tuned_vector"], "control": ["vanilla", "rag"], "outcome": ["success", "user_tokens"],
        "mean": [-0.02642, 178.464], "low": [-0.0345, 174.9], "high": [-0.0181, 182.1], "p": [1e-9, 0.0424],
        "share_mean": [0.2091, float("nan")], "share_low": [0.2003, float("nan")], "share_high": [0.2178, float("nan")],
        "right": [3, 4], "of_them": [5, 6],
    })  # fmt: skip
    wording = Wording(columns={"mean": "Δ"}, percent={"share"}, p_values={"p"}, of={"right": "of_them"})
    shown = readable(table, wording)
    assert shown.headings == ("Comparison", "Outcome", "Δ", "P", "Share", "Right")
    assert shown.numeric == (False, False, True, True, True, True)
    assert shown.rows == (
        ("RAG − Vanilla", "Success", "−0.026 [−0.035, −0.018]", "< 0.001", "20.9 [20.0, 21.8]", "3 of 5"),
        ("RAG + vector, chosen rates − RAG", "User tokens per session", "178.5 [174.9, 182.1]", "0.042", "", "4 of 6"),
    )
    assert readable(table, wording, ["right", "mean"]).headings == ("Right", "Δ")
    with pytest.raises(InputError, match="no column other; there are comparison, outcome"):
        readable(table, wording, ["other"])
    empty = readable(table, wording.model_copy(update={"missing": {"share": "not played"}}), ["share"])
    assert empty.rows[1] == ("not played",)


def test_a_bound_below_zero_is_not_written_as_zero() -> None:
    table = pd.DataFrame({"mean": [0.1, 0.2, 0.0589], "low": [-0.5, -0.4, -0.035], "high": [0.7, 0.8, 0.168]})
    assert [row[0] for row in readable(table, Wording()).rows][2] == "0.06 [−0.04, 0.17]"


@pytest.mark.parametrize("item", [item for item in ITEMS if item.table], ids=lambda item: item.table)
def test_every_table_of_the_report_fits_a_page_in_words(item: ReportItem) -> None:
    table = readable(pd.read_csv(ROOT / "results" / "tables" / f"{item.table}.csv"), CONTENTS.words(item), item.columns)
    assert len(table.headings) <= 8
    cells = [*table.headings, *(cell for row in table.rows for cell in row)]
    # Names of code: of users (their ids), and of the vectors z_long and z_short (as in the formula) only.
    code = [cell for cell in cells if re.search(r"[a-z]_[a-z]", cell) and not re.search(r"\bz_(long|short)", cell)]
    assert code == []
    caption = CONTENTS.caption(item, METRICS)
    assert len(caption.split()) >= 3 and "{" not in caption


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.table or item.figure)
def test_every_caption_says_what_is_simulated(item: ReportItem) -> None:
    assert "simulated" in CONTENTS.caption(item, METRICS) or item.study in NOTHING_SIMULATED


def test_labels_of_latex_are_all_different() -> None:
    texts = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "results").glob("*/*.tex"))]
    labels = re.findall(r"\\label\{(.*?)\}", "".join(texts))
    assert len(labels) == len(set(labels)) == len(texts)


def test_what_the_measured_agent_follows_is_counted(tmp_path: Path) -> None:
    (tmp_path / "tables").mkdir()
    rows = [("noted", "style", "a", 1, 4), ("noted", "style", "b", 1, 1), ("noted", "notes", "1", 2, 5)]
    columns = ["kind", "by", "value", "successes", "trials"]
    pd.DataFrame(rows, columns=columns).to_csv(tmp_path / "tables" / "calibration.csv", index=False)
    assert filled("{calibration.noted.rate:.0%} of {calibration.noted.trials}", tmp_path / "metrics") == "40% of 5"
    rows += [("unprompted", "style", "a", 1, 2), ("asked", "distance", "5", 1, 4), ("asked", "distance", "1", 1, 2)]
    rows += [("asked", "style", "a", 1, 2)]
    table = pd.DataFrame(rows, columns=columns)
    table.assign(rate=table.successes / table.trials).to_csv(tmp_path / "tables" / "calibration.csv", index=False)
    followed = read_numbers("calibration", tmp_path / "metrics")
    assert followed["noted"]["same_styles"] == {"rate": 0.25, "unprompted": 0.5}
    assert followed["asked"]["back"]["last"] == {"messages": 5, "rate": 0.25}


def test_null_conditions_where_nothing_was_tested_are_told_from_the_others(tmp_path: Path) -> None:
    (tmp_path / "tables").mkdir()
    rows = [
        ("top_j", 64, True, 1.0, 0.0, 0.0, 0.0, 1.0, "identical"),
        ("extraction_miss_rate", 1, True, 1.0, 0.2, 0.1, 0.3, 0.01, ""),
        ("top_j", 1, False, 2.0, -0.1, -0.2, -0.05, 0.01, ""), ("top_j", 3, False, 1.0, 0.1, -0.1, 0.3, 0.3, ""),
        ("sessions", 1, False, 3.0, 0.2, 0.1, 0.3, 0.02, ""), ("sessions", 16, False, 1.0, 0.1, -0.1, 0.3, 0.3, ""),
    ]  # fmt: skip
    columns = ["factor", "value", "null", "rag", "mean", "low", "high", "p", "note"]
    pd.DataFrame(rows, columns=columns).to_csv(tmp_path / "tables" / "sweeps.csv", index=False)
    found = read_numbers("sweeps", tmp_path / "metrics")
    assert {key: found[key] for key in ("null_conditions", "identical", "excluding", "settings", "fewer", "more")} == {
        "null_conditions": 2, "identical": 1, "excluding": 1, "settings": 3, "fewer": 1, "more": 1,
    }  # fmt: skip
    assert found["default"] == {"mean": 0.1, "low": -0.1, "high": 0.3, "p": 0.3}


def test_what_a_choice_of_hyperparameters_rested_on_is_told(tmp_path: Path) -> None:
    (tmp_path / "learners").mkdir()
    tried = [("rag", {}, 0.9), ("tuned_vector", {"eta_long": 1.0}, 0.8), ("tuned_vector", {"eta_long": 3.0}, 0.7)]
    tried += [("neighbours", {"beta": beta}, late) for beta, late in ((6.0, 0.8), (12.0, 0.6), (24.0, 0.7))]
    trials = [{"learner": name, "values": values, "evaluation_enforcements": late} for name, values, late in tried]
    (tmp_path / "learners" / "chosen.json").write_text(json.dumps({"best": "neighbours", "trials": trials}))
    found = read_numbers("chosen", tmp_path / "metrics")
    assert found == {"rag": 0.9, "best": 0.6, "next": 0.7, "eta": 3.0}


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


@pytest.mark.parametrize("run", sorted(path.parent for path in ROOT.glob("results/*/*/results.json")), ids=str)
def test_a_session_of_every_committed_run_can_be_shown(run: Path) -> None:
    turns = pd.read_parquet(run / "turns.parquet")
    turn = turns.loc[turns.candidates.str.len().idxmax()]
    page = unescape(session_page(run, turn.user_id, turn.session, turn.seed))
    assert all(candidate["card_id"] in page for candidate in json.loads(turn.candidates))
    assert all(note in page for note in json.loads(turn.notes))


def test_results_of_an_unknown_format_are_refused_by_name(tmp_path: Path) -> None:
    run = ROOT / "results" / "live" / "rag"
    for name in ("turns.parquet", "users.parquet"):
        (tmp_path / name).symlink_to(run / name)
    results = json.loads((run / "results.json").read_text(encoding="utf-8"))
    (tmp_path / "results.json").write_text(json.dumps({**results, "format": 9}))
    with pytest.raises(InputError, match=r"results\.json: results of format 9; this version of pum reads 1 and 2"):
        session_page(tmp_path, "user_000", 0, 0)
