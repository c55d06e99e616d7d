"""What the report holds: data/report.yaml, read and checked; numbers in its sentences come from results/metrics."""

import json
import re
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from pum.errors import InputError
from pum.yaml_file import read_yaml

_NUMBER = re.compile(r"\{(?P<file>\w+)(?P<path>(?:\.\w+)+)(?::(?P<format>[^}]*))?\}")


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Item(_Part):
    """A figure or a table by its name in `figures/` or `results/tables/`, and what it shows."""

    figure: str | None = None
    table: str | None = None
    caption: Annotated[str, Field(min_length=1)]

    @model_validator(mode="after")
    def _one(self) -> "Item":
        if (self.figure is None) == (self.table is None):
            raise ValueError("either a figure or a table")
        return self


class Section(_Part):
    """`text`: paragraphs, parted by empty lines; `{FILE.key.key:FORMAT}` is a number of results/metrics/FILE.json."""

    heading: str
    text: str
    items: tuple[Item, ...] = ()


class Contents(_Part):
    """`left_out`: figures and tables that are made for something else."""

    title: str
    sections: tuple[Section, ...]
    left_out: tuple[str, ...] = ()


def load_contents(path: Path) -> Contents:
    """InputError naming what is wrong with the file."""
    try:
        return Contents.model_validate(read_yaml(path))
    except ValidationError as error:
        first = error.errors()[0]
        raise InputError(f"{path}: {'.'.join(map(str, first['loc']))}: {first['msg'].lower()}") from None


def filled(text: str, metrics: Path) -> str:
    """`text` with its numbers. InputError for a number that is not there, so that no page goes out with a hole."""
    files: dict[str, object] = {}

    def number(match: re.Match) -> str:
        name, path = match["file"], match["path"][1:].split(".")
        if name not in files:
            source = metrics / f"{name}.json"
            if not source.exists():
                raise InputError(f"{source}: not there; `dvc repro` makes it")
            files[name] = json.loads(source.read_text(encoding="utf-8"))
        value = files[name]
        for key in path:
            if not isinstance(value, dict) or key not in value:
                raise InputError(f"{metrics / name}.json has no {'.'.join(path)}")
            value = value[key]
        return format(value, match["format"] or "")

    return _NUMBER.sub(number, text)
