"""Records read from files that people edit or copy: what is wrong with one is said in a line that names its place."""

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from pum.core.errors import InputError

STRICT_KEYS = ConfigDict(extra="forbid")
Text = Annotated[str, Field(min_length=1)]
Texts = Annotated[tuple[Text, ...], Field(min_length=1)]
_Record = TypeVar("_Record")


def checked(kind: type[_Record], data: object, place: str) -> _Record:
    """Plain data as a record of this kind; InputError "PLACE: KEY: what" for the first thing that is wrong."""
    try:
        return _adapter(kind).validate_python(data)
    except ValidationError as error:
        raise InputError(f"{place}: {_first(error)}") from None


def read_lines(kind: type[_Record], path: Path) -> Iterator[tuple[str, _Record]]:
    """The records of a JSONL file, each with its place, FILE:LINE; InputError names it for what is wrong."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise InputError(f"{path}: not UTF-8 text") from None
    # Not splitlines: a text may hold a line separator that JSON need not escape.
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            try:
                record = _adapter(kind).validate_json(line)
            except ValidationError as error:
                raise InputError(f"{path}:{number}: {_first(error)}") from None
            yield f"{path}:{number}", record


def write_lines(path: Path, records: Iterable[Mapping[str, object]], **style: object) -> None:
    """One JSON object a line, keys sorted, and the same bytes for the same records. `style` goes to `json.dumps`."""
    lines = [json.dumps(record, sort_keys=True, ensure_ascii=False, **style) + "\n" for record in records]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(lines), encoding="utf-8", newline="\n")


def refuse_repeats(place: object, what: str, values: Iterable[str]) -> None:
    """InputError when a value comes more than once."""
    seen: set[str] = set()
    for value in values:
        if value in seen:
            raise InputError(f"{place}: {what} {value!r} comes twice")
        seen.add(value)


@cache
def _adapter(kind: type[_Record]) -> TypeAdapter[_Record]:
    return TypeAdapter(kind)


def _first(error: ValidationError) -> str:
    first = error.errors()[0]
    key = ".".join(map(str, first["loc"]))
    return f"{key + ': ' if key else ''}{first['msg'].removeprefix('Value error, ')}"
