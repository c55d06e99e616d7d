"""HTML pages without scripts or network requests: the report, and one session of a run."""

import base64
import json
from pathlib import Path

import pandas as pd
from jinja2 import Environment, PackageLoader

from pum.core.errors import InputError
from pum.core.files import read_json
from pum.report.contents import Contents, ReportItem, ReportSection, filled
from pum.report.latex import latex_item
from pum.report.readable import ReadableTable, readable, shown
from pum.results.files import made, read_results

_TEMPLATES = Environment(
    loader=PackageLoader("pum.report"),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)


def write_report(contents: Contents, root: Path, page: Path) -> None:
    """Write the page, and every table as .tex into a folder beside it; InputError if results are missing."""
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(html_page(contents, root), encoding="utf-8")
    tables = page.with_suffix("")
    tables.mkdir(exist_ok=True)
    for item in (item for section in contents.sections for item in section.items if item.table):
        caption = contents.caption(item, root / "results" / "metrics")
        text = latex_item(_read_table(contents, root, item), caption, item.table)
        (tables / f"{item.table}.tex").write_text(text, encoding="utf-8")


def html_page(contents: Contents, root: Path) -> str:
    """The report as HTML; `root` holds `results/` and `figures/`."""
    sections = [_section(section, contents, root) for section in contents.sections]
    report = _TEMPLATES.get_template("report.html.j2")
    return report.render(title=contents.title, sections=sections, manifest=_manifest(root))


def _section(section: ReportSection, contents: Contents, root: Path) -> dict:
    metrics = root / "results" / "metrics"
    paragraphs = [" ".join(part.split()) for part in filled(section.text, metrics).split("\n\n")]
    exhibits = []
    for item in section.items:
        content = {"image": _image(root, item)} if item.figure else {"table": _read_table(contents, root, item)}
        exhibits.append({"caption": contents.caption(item, metrics), "name": item.table, **content})
    return {"heading": section.heading, "paragraphs": filter(None, paragraphs), "exhibits": exhibits}


def _image(root: Path, item: ReportItem) -> str:
    return base64.b64encode(made(root / "figures" / f"{item.figure}.png").read_bytes()).decode()


def _read_table(contents: Contents, root: Path, item: ReportItem) -> ReadableTable:
    path = made(root / "results" / "tables" / f"{item.table}.csv")
    try:
        return readable(pd.read_csv(path), contents.words(item), item.columns)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None


def _manifest(root: Path) -> ReadableTable:
    """The digests of the main study's runs, and of their code."""
    rows = []
    for path in sorted((root / "results" / "paper").glob("*/manifest.json")):
        manifest = read_json(path)
        rows.append((path.parent.name, manifest["digest"], manifest["inputs"]["code"]))
    return ReadableTable(("method", "run", "code"), tuple(rows), (False,) * 3)


def session_page(run: Path, user_id: str, session: int, seed: int) -> str:
    """One session, turn by turn: what was said, extracted, injected, scored and learned.

    Cards are read as they lie in the file, because committed runs may be of an earlier format. InputError if the folder
    holds no run that can be read, or no transcript of that session.
    """
    turns, users = (_read_run(run / f"{name}.parquet", seed) for name in ("turns", "users"))
    read_results(run)  # refuses a format that is not known
    kept = sorted(turns.user_id.unique())
    mine = turns[(turns.user_id == user_id) & (turns.session == session)].sort_values("turn")
    if mine.empty:
        there = f"transcripts of seed {seed} are kept of {kept[0]} to {kept[-1]}" if kept else f"no seed {seed} there"
        raise InputError(
            f"{run}: no turns of {user_id}, session {session}: {there}; studies.STUDY.transcripts says of whom"
        )
    state = json.loads(users[users.user_id == user_id].state.iloc[0])["assistant"]
    cards = {card["card_id"]: card for card in state["cards"]}
    title = f"{user_id}, session {session} ({run.name})"
    turns = [_turn(row, cards) for row in mine.itertuples()]
    return _TEMPLATES.get_template("session.html.j2").render(title=title, turns=turns)


def _read_run(path: Path, seed: int) -> pd.DataFrame:
    if not path.exists():
        raise InputError(f"{path}: not there; --run names a folder like results/paper/rag_vector")
    table = pd.read_parquet(path)
    return table[table.seed == seed]


def _turn(row: object, cards: dict[str, dict]) -> dict:
    candidates = json.loads(row.candidates)
    return {
        "row": row,
        "reward": "no reward" if pd.isna(row.reward) else f"reward {row.reward:+.1f}",
        "extracted": [_preference(it) for it in json.loads(row.extracted)],
        "enforced": json.loads(row.enforced),
        "notes": json.loads(row.notes),
        "candidates": _candidates(candidates, cards) if candidates else None,
    }


def _preference(extracted: str | dict) -> str:
    if isinstance(extracted, str):
        return extracted
    return ", ".join(f"{key}: {shown(value)}" for key, value in extracted.items())


def _candidates(candidates: list[dict], cards: dict[str, dict]) -> ReadableTable:
    rows = []
    for it in sorted(candidates, key=lambda it: (-it["base_score"] - it["bonus"], it["card_id"])):
        card = cards.get(it["card_id"], {"note": "(dropped since)", "sources": ()})
        sources = ", ".join(f"{source['session']}.{source['turn']}" for source in card["sources"][:4])
        numbers = (shown(it[name]) for name in ("base_score", "bonus", "probability"))
        rows.append((it["card_id"], card["note"], sources, *numbers, "yes" if it["chosen"] else ""))
    headings = ("card", "note", "stated in", "base score", "bonus", "probability", "injected")
    return ReadableTable(headings, tuple(rows), (False, False, False, True, True, True, False))
