"""Where the numbers in sentences come from: a file of results/metrics, or what follows from a table of the results."""

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from pum.errors import InputError


def read_numbers(name: str, metrics: Path) -> dict:
    """results/metrics/NAME.json, or one of the names in `_OF_TABLES`. InputError if the file is not there."""
    table, numbers = _OF_TABLES.get(name, (None, None))
    source = metrics.parent / "tables" / f"{table}.csv" if table else metrics / f"{name}.json"
    if not source.exists():
        raise InputError(f"{source}: not there; `dvc repro` makes it")
    return numbers(pd.read_csv(source)) if table else json.loads(source.read_text(encoding="utf-8"))


def _followed(table: pd.DataFrame) -> dict:
    """Of the measured model, by kind (`noted`, `asked`, `solve`, ...): successes, trials, rate."""
    counts = table[table.by.isin(("style", "dataset"))].groupby("kind")[["successes", "trials"]].sum()
    counts["rate"] = counts.successes / counts.trials
    return counts.astype(object).to_dict("index")


def _settings(table: pd.DataFrame) -> dict:
    """Of the method with the vector, by name: ours, published."""
    return table.set_index("name")[["ours", "published"]].to_dict("index")


def _knobs(table: pd.DataFrame) -> dict:
    """At how many of the `null_ends` the interval leaves 0 out (`excluding`), and the largest detectable difference."""
    ends = table[table.null]
    excluding = int(((ends.low > 0) | (ends.high < 0)).sum())
    return {"null_ends": len(ends), "excluding": excluding, "largest": float(ends.detectable.max())}


_OF_TABLES: dict[str, tuple[str, Callable[[pd.DataFrame], dict]]] = {
    "calibration": ("calibration", _followed),
    "hyperparameters": ("published_hyperparameters", _settings),
    "sweeps": ("sweeps", _knobs),
}
