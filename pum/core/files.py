"""Reads and writes text, YAML and JSON lines; an error names the file, the line, and what is wrong.

Unquoted values of YAML follow the core schema of YAML 1.2, as in the programs that rewrite such files (DVC): `12:00:00`
and `no` are text, quoted or not. PyYAML's default is YAML 1.1, which reads them as 43200 and False.
"""

import hashlib
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import yaml

from pum.core.errors import InputError
from pum.core.validation import validated_json

_Record = TypeVar("_Record")


def read_text(path: Path) -> str:
    """The text of a UTF-8 file; InputError in one line when it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise InputError(f"{path}: not UTF-8 text") from None


def read_json(path: Path) -> dict:
    """The object in a JSON file of this project's own. Raises the errors of `open` and `json`."""
    return json.loads(path.read_text(encoding="utf-8"))


def read_jsonl(path: Path, fields: Sequence[str]) -> list[dict]:
    """The objects of a JSONL file, one per line. InputError, naming the line, for one without all of `fields`."""
    records = []
    for number, line in _lines(path):
        try:
            record = json.loads(line)
        except json.JSONDecodeError as error:
            raise InputError(f"{path}, line {number}: not JSON ({error.msg})") from error
        missing = [name for name in fields if not isinstance(record, dict) or name not in record]
        if missing:
            raise InputError(f"{path}, line {number}: no {missing[0]!r}")
        records.append(record)
    return records


def read_lines(kind: type[_Record], path: Path, unique: str) -> Iterator[tuple[str, _Record]]:
    """The records of a JSONL file, each with its place "FILE:LINE".

    InputError, naming the place, for a bad line, and for a record whose field `unique` another one has.
    """
    seen = set()
    for number, line in _lines(path):
        place = f"{path}:{number}"
        record = validated_json(kind, line, place)
        if (value := getattr(record, unique)) in seen:
            raise InputError(f"{place}: {unique} {value!r} comes twice")
        seen.add(value)
        yield place, record


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """The lines that are not blank, with their numbers. Not splitlines: JSON may hold other separators unescaped."""
    return ((number, line) for number, line in enumerate(read_text(path).split("\n"), start=1) if line.strip())


def write_lines(path: Path, records: Iterable[Mapping[str, object]], **style: object) -> None:
    """Write one JSON object per line, keys sorted. `style` goes to `json.dumps`."""
    lines = [json.dumps(record, sort_keys=True, ensure_ascii=False, **style) + "\n" for record in records]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(lines), encoding="utf-8", newline="\n")


def write_text(path: Path, text: str) -> None:
    """Write a file of results atomically, in a folder that is made if it is missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, lambda temporary: temporary.write_text(text, encoding="utf-8"))


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Write a file atomically: readers see the old file or the new one, never a part."""
    temporary = path.with_name(path.name + ".part")
    write(temporary)
    os.replace(temporary, path)


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


# LibYAML's loader is ten times as fast, but not every build of PyYAML has it.
class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """Plain data by the core schema: https://yaml.org/spec/1.2.2/#103-core-schema."""

    yaml_implicit_resolvers = {}


def _integer(loader: yaml.Loader, node: yaml.ScalarNode) -> int:
    base = {"0o": 8, "0x": 16}.get(node.value[:2], 10)
    return int(node.value, base)


for _kind, _pattern in {
    "null": r"~|null|Null|NULL|",
    "bool": r"true|True|TRUE|false|False|FALSE",
    "int": r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+",
    "float": r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)",
}.items():
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_kind}", re.compile(f"^(?:{_pattern})$"), None)
_Loader.add_constructor("tag:yaml.org,2002:int", _integer)

_DEEPEST = 50


def read_yaml(path: Path) -> object:
    """The file's plain data. InputError, naming the file, if it cannot be read or is not YAML in UTF-8."""
    text = read_text(path)
    try:
        _check_depth(path, text)
        return yaml.load(text, Loader=_Loader)
    except InputError:
        raise
    except (yaml.YAMLError, ValueError) as error:  # ValueError: a number of more digits than Python reads
        raise InputError(f"{path}: not YAML: {' '.join(str(error).split())}") from None


def _check_depth(path: Path, text: str) -> None:
    """Refuse deep nesting, on which LibYAML crashes. Its events need no recursion."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            raise InputError(f"{path}: nested more than {_DEEPEST} levels deep")
