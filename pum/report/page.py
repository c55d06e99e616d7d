"""The paper as one page: no script, no request to the network, pictures inside."""

import base64
import json
from html import escape
from pathlib import Path

import pandas as pd

from pum.core.errors import InputError
from pum.report.contents import Contents, Item, Section, filled
from pum.report.document import document
from pum.report.latex import latex_table
from pum.report.readable import ReadableTable, readable


def write_report(contents: Contents, root: Path, page: Path) -> None:
    """The page, and beside it, in a folder of its name, a .tex of every table. InputError for what is missing."""
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(html_page(contents, root), encoding="utf-8")
    tables = page.with_suffix("")
    tables.mkdir(exist_ok=True)
    for item in (item for section in contents.sections for item in section.items if item.table):
        text = latex_table(_read(contents, root, item), _caption(contents, root, item), item.table)
        (tables / f"{item.table}.tex").write_text(text, encoding="utf-8")


def html_page(contents: Contents, root: Path) -> str:
    """`root` holds `results/` and `figures/`."""
    sections = [_section(number, section, contents, root) for number, section in enumerate(contents.sections)]
    links = "".join(
        f'<li><a href="#s{number}">{escape(section.heading)}</a></li>'
        for number, section in enumerate(contents.sections)
    )
    return document(
        contents.title,
        "\n".join([f"<h1>{escape(contents.title)}</h1>\n<nav><ul>{links}</ul></nav>", *sections, _manifest(root)]),
    )


def _section(number: int, section: Section, contents: Contents, root: Path) -> str:
    text = filled(section.text, root / "results" / "metrics")
    paragraphs = "\n".join(f"<p>{escape(' '.join(part.split()))}</p>" for part in text.split("\n\n") if part.strip())
    items = "\n".join((_figure if item.figure else _table)(contents, root, item) for item in section.items)
    return f'<section id="s{number}">\n<h2>{escape(section.heading)}</h2>\n{paragraphs}\n{items}\n</section>'


def _figure(contents: Contents, root: Path, item: Item) -> str:
    path = root / "figures" / f"{item.figure}.png"
    if not path.exists():
        raise InputError(f"{path}: not there; `dvc repro` makes it")
    data, caption = base64.b64encode(path.read_bytes()).decode(), escape(_caption(contents, root, item))
    return (
        f'<figure><img src="data:image/png;base64,{data}" alt="{caption}"><figcaption>{caption}</figcaption></figure>'
    )


def _table(contents: Contents, root: Path, item: Item) -> str:
    table = _read(contents, root, item)
    head = "".join(f'<th scope="col">{escape(heading)}</th>' for heading in table.headings)
    rows = "\n".join(
        "<tr>" + "".join(_cell(text, number) for text, number in zip(row, table.numeric, strict=True)) + "</tr>"
        for row in table.rows
    )
    caption = escape(_caption(contents, root, item))
    return (
        f'<div class="table" tabindex="0"><table id="{item.table}"><caption>{caption}</caption>\n'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody></table></div>"
    )


def _cell(text: str, number: bool) -> str:
    return f'<td class="number">{escape(text)}</td>' if number else f"<td>{escape(text)}</td>"


def _caption(contents: Contents, root: Path, item: Item) -> str:
    return contents.caption(item, root / "results" / "metrics")


def _read(contents: Contents, root: Path, item: Item) -> ReadableTable:
    path = root / "results" / "tables" / f"{item.table}.csv"
    if not path.exists():
        raise InputError(f"{path}: not there; `dvc repro` makes it")
    try:
        return readable(pd.read_csv(path), contents.words(item), item.columns)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None


def _manifest(root: Path) -> str:
    """Of which code, parameters and data the main study is."""
    rows = []
    for path in sorted((root / "results" / "paper").glob("*/manifest.json")):
        manifest = json.loads(path.read_text(encoding="utf-8"))
        rows.append((path.parent.name, manifest["digest"], manifest["inputs"]["code"]))
    body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
    about = (
        "Runs of the main study, by digest; each folder of results/paper has the whole manifest: parameters, and the "
        "digests of code and data."
    )
    head = "".join(f'<th scope="col">{name}</th>' for name in ("method", "run", "code"))
    return (
        f'<section id="manifest">\n<h2>Manifest</h2>\n<p>{about}</p>\n<div class="table" tabindex="0"><table>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>\n</section>"
    )
