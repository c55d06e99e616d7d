"""Reads and writes the files of results: atomically, and with the same bytes for the same rows."""

import json
from pathlib import Path

from pum.core.errors import InputError
from pum.core.files import read_json, write_text, write_whole

FORMAT = 2
"""Of a run's files. In format 1, cards have no `until` and no `last_use`, and turns no `base_spread` and no `z_norm`."""


def read_results(folder: Path) -> dict:
    """results.json of a run; its rows become dictionaries under "sessions". InputError without it, or for a format
    that is not known."""
    path = folder / "results.json"
    data = read_json(made(path))
    if data["format"] not in (1, FORMAT):
        raise InputError(f"{path}: results of format {data['format']}; this version of pum reads 1 and {FORMAT}")
    data["sessions"] = [dict(zip(data["columns"], row, strict=True)) for row in data.pop("rows")]
    return data


def made(path: Path) -> Path:
    """`path`; InputError if no stage has made it yet."""
    if not path.exists():
        raise InputError(f"{path}: not there; `dvc repro` makes it")
    return path


def write_parquet(path: Path, rows: list[dict], columns: list[str]) -> None:
    """Write a Parquet file; the bytes are stable for the pinned pyarrow."""
    import pandas as pd

    frame = pd.DataFrame(rows, columns=columns)
    write_whole(
        path, lambda temporary: frame.to_parquet(temporary, index=False, compression="zstd", compression_level=9)
    )


def write_json(path: Path, data: dict) -> None:
    """Write JSON, sorted and indented, with one line for each of the table's `rows`."""
    rows = data.get("rows")
    text = json.dumps({**data, "rows": []} if rows else data, sort_keys=True, indent=1, ensure_ascii=False)
    if rows:
        lines = ",\n  ".join(compact_json(row) for row in rows)
        text = text.replace('"rows": []', f'"rows": [\n  {lines}\n ]')
    write_text(path, text + "\n")


def compact_json(value: object) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
