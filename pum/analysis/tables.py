"""Tables as CSV and JSON for machines, and as data frames of text for notebooks."""

import json
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from pum.analysis.style import label
from pum.core.files import write_text

# Outcome -> short heading, factor, decimals.
_SHORT = {
    "enforcements": ("Enforcements", 1, 2),
    "success": ("Success (%)", 100, 1),
    "timeout": ("Timeout (%)", 100, 1),
    "user_tokens": ("User tokens", 1, 0),
    "agent_tokens": ("Agent tokens", 1, 0),
}


def write_csv(table: pd.DataFrame, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    table.to_csv(path, index=False, lineterminator="\n", float_format="%.6g")


def write_json(metrics: dict, path: Path) -> None:
    write_text(path, json.dumps(metrics, indent=1) + "\n")


def readable(table: pd.DataFrame) -> pd.DataFrame:
    """`main_table` as text for a notebook, with cells `mean [low, high]`."""
    columns = {
        heading: [estimate(row, outcome, factor, decimals) for row in table.to_dict("records")]
        for outcome, (heading, factor, decimals) in _SHORT.items()
    }
    counts = [f"{row.finished}/{row.scheduled}" for row in table.itertuples(index=False)]
    return pd.DataFrame({"Method": table.method.map(label), **columns, "Sessions": counts}).set_index("Method")


def estimate(row: Mapping[str, float], name: str, factor: float, decimals: int) -> str:
    """`mean [low, high]` from the columns NAME_mean, NAME_low, NAME_high; "" without a mean."""
    mean, low, high = (factor * row[f"{name}_{part}"] for part in ("mean", "low", "high"))
    return "" if pd.isna(mean) else f"{mean:.{decimals}f} [{low:.{decimals}f}, {high:.{decimals}f}]"


def beside(table: pd.DataFrame, rows: str, columns: str, names: Mapping[str, str], digits: int = 1) -> pd.DataFrame:
    """A grid of cells `ours (published)`, from a table with these two columns; `names`: measure -> display name."""

    def cell(ours: float, published: float) -> str:
        texts = [f"{value:.{digits}f}" for value in (ours, published) if pd.notna(value)]
        return texts[0] + (f" ({texts[1]})" if len(texts) > 1 else "") if texts else ""

    def name(key: str) -> str:
        return names.get(key, label(key))

    shown = table.assign(cell=[cell(row.ours, row.published) for row in table.itertuples(index=False)])
    order = {key: list(dict.fromkeys(table[key])) for key in (rows, columns)}
    grid = shown.pivot(index=rows, columns=columns, values="cell").loc[order[rows], order[columns]].fillna("")
    return grid.rename(index=name, columns=name)


def dashed(table: pd.DataFrame) -> pd.DataFrame:
    """The table as text for a notebook, with a dash for missing numbers."""
    return table.astype(object).where(table.notna(), "—")
