"""The files that a run leaves behind: read, and written atomically, the same bytes for the same rows."""

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path


def read_results(folder: Path) -> dict:
    """results.json with its rows as dictionaries."""
    data = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    data["sessions"] = [dict(zip(data["columns"], row, strict=True)) for row in data.pop("rows")]
    return data


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write_parquet(path: Path, rows: list[dict], columns: list[str]) -> None:
    """Byte-stable for the pinned pyarrow."""
    import pandas as pd

    frame = pd.DataFrame(rows, columns=columns)
    write_whole(
        path, lambda temporary: frame.to_parquet(temporary, index=False, compression="zstd", compression_level=9)
    )


def write_json(path: Path, data: dict) -> None:
    """Sorted and indented, but a table's rows stay one line each."""
    rows = data.get("rows")
    text = json.dumps({**data, "rows": []} if rows else data, sort_keys=True, indent=1, ensure_ascii=False)
    if rows:
        lines = ",\n  ".join(compact_json(row) for row in rows)
        text = text.replace('"rows": []', f'"rows": [\n  {lines}\n ]')
    write_whole(path, lambda temporary: temporary.write_text(text + "\n", encoding="utf-8"))


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Readers see the old file or the new one, never a part."""
    temporary = path.with_name(path.name + ".part")
    write(temporary)
    os.replace(temporary, path)


def compact_json(value: object) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
