"""Reads and writes files of records; an error names the file, the line, and what is wrong."""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import ConfigDict, Field

from pum.core.errors import InputError
from pum.core.validation import validated_json

STRICT_KEYS = ConfigDict(extra="forbid")
Text = Annotated[str, Field(min_length=1)]
Texts = Annotated[tuple[Text, ...], Field(min_length=1)]
_Record = TypeVar("_Record")


def read_text(path: Path) -> str:
    """The text of a UTF-8 file; InputError in one line when it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise InputError(f"{path}: not UTF-8 text") from None


def read_lines(kind: type[_Record], path: Path, unique: str) -> Iterator[tuple[str, _Record]]:
    """The records of a JSONL file, each with its place "FILE:LINE".

    InputError, naming the place, for a bad line, and for a record whose field `unique` another one has.
    """
    seen = set()
    # Not splitlines: JSON strings may contain other line separators unescaped.
    for number, line in enumerate(read_text(path).split("\n"), start=1):
        if line.strip():
            place = f"{path}:{number}"
            record = validated_json(kind, line, place)
            if (value := getattr(record, unique)) in seen:
                raise InputError(f"{place}: {unique} {value!r} comes twice")
            seen.add(value)
            yield place, record


def write_lines(path: Path, records: Iterable[Mapping[str, object]], **style: object) -> None:
    """Write one JSON object per line, keys sorted. `style` goes to `json.dumps`."""
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
