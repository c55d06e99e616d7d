"""JSONL files: one object a line."""

import json
from collections.abc import Sequence
from pathlib import Path

from pum.core.errors import InputError


def read_jsonl(path: Path, fields: Sequence[str]) -> list[dict]:
    """The records of a JSONL file. InputError, naming the line, when one is no object with `fields`."""
    records = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            record = json.loads(line)
        except json.JSONDecodeError as error:
            raise InputError(f"{path}, line {number}: not JSON ({error.msg})") from error
        missing = [name for name in fields if not isinstance(record, dict) or name not in record]
        if missing:
            raise InputError(f"{path}, line {number}: no {missing[0]!r}")
        records.append(record)
    return records
