"""The paper as one page: no script, no request to the network, pictures inside."""

import base64
import json
from html import escape
from pathlib import Path

import pandas as pd

from pum.errors import InputError
from pum.report.cells import shown
from pum.report.contents import Contents, Item, Section, filled
from pum.report.document import document
from pum.report.latex import latex_table


def write_report(contents: Contents, root: Path, page: Path) -> None:
    """The page, and beside it, in a folder of its name, a .tex of every table. InputError for what is missing."""
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(html_page(contents, root), encoding="utf-8")
    tables = page.with_suffix("")
    tables.mkdir(exist_ok=True)
    for item in (item for section in contents.sections for item in section.items if item.table):
        text = latex_table(_read(root, item), item.caption, item.table)
        (tables / f"{item.table}.tex").write_text(text, encoding="utf-8")


def html_page(contents: Contents, root: Path) -> str:
    """`root` holds `results/` and `figures/`."""
    sections = [_section(number, section, root) for number, section in enumerate(contents.sections)]
    links = "".join(
        f'<li><a href="#s{number}">{escape(section.heading)}</a></li>'
        for number, section in enumerate(contents.sections)
    )
    return document(
        contents.title,
        "\n".join([f"<h1>{escape(contents.title)}</h1>\n<nav><ul>{links}</ul></nav>", *sections, _manifest(root)]),
    )


def _section(number: int, section: Section, root: Path) -> str:
    text = filled(section.text, root / "results" / "metrics")
    paragraphs = "\n".join(f"<p>{escape(' '.join(part.split()))}</p>" for part in text.split("\n\n") if part.strip())
    items = "\n".join(_figure(root, item) if item.figure else _table(root, item) for item in section.items)
    return f'<section id="s{number}">\n<h2>{escape(section.heading)}</h2>\n{paragraphs}\n{items}\n</section>'


def _figure(root: Path, item: Item) -> str:
    path = root / "figures" / f"{item.figure}.png"
    if not path.exists():
        raise InputError(f"{path}: not there; `dvc repro` makes it")
    data, caption = base64.b64encode(path.read_bytes()).decode(), escape(item.caption)
    return (
        f'<figure><img src="data:image/png;base64,{data}" alt="{caption}"><figcaption>{caption}</figcaption></figure>'
    )


def _table(root: Path, item: Item) -> str:
    table = _read(root, item)
    numeric = [pd.api.types.is_numeric_dtype(table[column]) for column in table]
    head = "".join(f'<th scope="col">{escape(str(column).replace("_", " "))}</th>' for column in table)
    rows = "\n".join(
        "<tr>" + "".join(_cell(value, number) for value, number in zip(row, numeric, strict=True)) + "</tr>"
        for row in table.itertuples(index=False)
    )
    return (
        f'<div class="table" tabindex="0"><table id="{item.table}"><caption>{escape(item.caption)}</caption>\n'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody></table></div>"
    )


def _cell(value: object, number: bool) -> str:
    return f'<td class="number">{shown(value)}</td>' if number else f"<td>{escape(shown(value))}</td>"


def _read(root: Path, item: Item) -> pd.DataFrame:
    path = root / "results" / "tables" / f"{item.table}.csv"
    if not path.exists():
        raise InputError(f"{path}: not there; `dvc repro` makes it")
    return pd.read_csv(path)


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
