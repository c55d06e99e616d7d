"""The contents of the report: reads and checks data/report.yaml, and fills numbers into sentences (README too)."""

import math
import numbers
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import Field, model_validator

from pum.core.errors import InputError
from pum.core.files import read_yaml
from pum.core.validation import FrozenModel, validated
from pum.report.numbers import read_numbers
from pum.report.readable import Wording

_BLOCK = re.compile(
    r"(?P<begin><!-- begin (?P<name>\w+)[^>]*-->\n)(?P<body>.*?)(?P<end><!-- end (?P=name) -->)", re.DOTALL
)
_NUMBER = re.compile(r"\{(?P<file>\w+)(?P<path>(?:\.\w+)+)(?::(?P<format>[^}]*))?\}")


class ReportItem(FrozenModel):
    """A figure or a table, by its name in `figures/` or `results/tables/`, with its caption.

    `study`: a key of the contents' `studies`, for the caption. For tables: `columns` to show (default: all), `headings`
    and `values` with wordings of their own, and the text of a column's empty cells (`missing`).
    """

    figure: str | None = None
    table: str | None = None
    caption: Annotated[str, Field(min_length=1)]
    study: str
    columns: tuple[str, ...] = ()
    headings: Mapping[str, str] = {}
    values: Mapping[str, str] = {}
    missing: Mapping[str, str] = {}

    @model_validator(mode="after")
    def _one(self) -> "ReportItem":
        if (self.figure is None) == (self.table is None):
            raise ValueError("either a figure or a table")
        return self


class ReportSection(FrozenModel):
    """A section. `text`: paragraphs between empty lines; `{FILE.key.key:FORMAT}` is a number (see numbers.py)."""

    heading: str
    text: str
    items: tuple[ReportItem, ...] = ()


class Contents(FrozenModel):
    """The whole report. `studies`: name -> a sentence on what is simulated, which ends captions. `left_out`: figures
    and tables that are not part of the report."""

    title: str
    studies: Mapping[str, str]
    wording: Wording = Wording()
    sections: tuple[ReportSection, ...]
    left_out: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _known(self) -> "Contents":
        if unknown := {item.study for section in self.sections for item in section.items} - set(self.studies):
            raise ValueError(f"no such study among `studies`: {', '.join(sorted(unknown))}")
        return self

    def caption(self, item: ReportItem, metrics: Path) -> str:
        """The caption of `item`, with the sentence on what is simulated."""
        return filled(f"{item.caption} {self.studies[item.study]}".strip(), metrics)

    def words(self, item: ReportItem) -> Wording:
        columns, values = {**self.wording.columns, **item.headings}, {**self.wording.values, **item.values}
        return self.wording.model_copy(update={"columns": columns, "values": values, "missing": item.missing})


def load_contents(path: Path) -> Contents:
    """Read the report's contents; InputError says what is wrong with the file."""
    return validated(Contents, read_yaml(path), path)


def filled(text: str, metrics: Path) -> str:
    """Fill the numbers into `text`; InputError for one that is missing or NaN, so that no page has a hole."""
    files: dict[str, object] = {}

    def number(match: re.Match) -> str:
        name, path = match["file"], match["path"][1:].split(".")
        if name not in files:
            files[name] = read_numbers(name, metrics)
        value = files[name]
        for key in path:
            if not isinstance(value, dict) or key not in value:
                raise InputError(f"{metrics / name}.json has no {'.'.join(path)}")
            value = value[key]
        if not isinstance(value, str) and not (isinstance(value, numbers.Real) and math.isfinite(value)):
            raise InputError(f"{metrics / name}.json has no number at {'.'.join(path)}: {str(value)[:40]}")
        return format(value, match["format"] or "")

    return _NUMBER.sub(number, text)


def with_numbers(readme: str, template: str, metrics: Path) -> str:
    """Replace every marked block of `readme` by the template's, with numbers from the results.

    InputError for a block that only one of the two has.
    """
    bodies = {block["name"]: block["body"] for block in _BLOCK.finditer(template)}
    names = {block["name"] for block in _BLOCK.finditer(readme)}
    if odd := names ^ set(bodies):
        raise InputError(f"README and its template differ in blocks: {', '.join(sorted(odd))}")
    return _BLOCK.sub(lambda block: block["begin"] + filled(bodies[block["name"]], metrics) + block["end"], readme)
