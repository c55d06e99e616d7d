"""What the published cells say when they are taken as counts of 12 or 24 turns, and which of them follow by the rule.

A published rate of four decimals, times the turns, is a whole number: that fixes the counts. From the counts of
violations the rule gives every published satisfaction; with it, that nobody was answered in a wrong language.
"""

from collections.abc import Mapping

import pandas as pd

from pum.experiments.style_personas.personas import PERSONAS, VIOLATIONS, satisfaction
from pum.experiments.style_personas.play import MEASURES, SETTINGS

TURNS = {setting: 2 * kinds.count("retention") * len(PERSONAS) for setting, (kinds, _) in SETTINGS.items()}
_DECIMALS = 4


def beside_published(ours: pd.DataFrame, published: Mapping[str, Mapping[str, Mapping[str, float]]]) -> pd.DataFrame:
    """Rows setting, system, measure, ours, published, count (of turns, as published), recomputed, follows.

    `recomputed`: the published cell again, by the rule or from its count; `follows`: what it follows from, "" for a
    cell that rests on the published system's own answers. NaN where nothing was published, as for `static_mem`.
    """
    rows = []
    for row in ours.to_dict("records"):
        cells = published[row["setting"]].get(row["system"], {})
        for measure in MEASURES:
            cell = cells.get(measure)
            recomputed, count = _recomputed(measure, cells, TURNS[row["setting"]])
            rows.append(
                {
                    "setting": row["setting"],
                    "system": row["system"],
                    "measure": measure,
                    "ours": row[measure],
                    "published": cell,
                    "count": count,
                    "recomputed": recomputed,
                    "follows": _follows(measure, row["system"], cell, row[measure]),
                }
            )
    return pd.DataFrame(rows).astype({"count": "Int64", "published": float, "recomputed": float})


def count_of(rate: float, turns: int) -> int:
    """How many of the turns a published rate is; ValueError when none gives it at four decimals."""
    count = round(rate * turns)
    if round(count / turns, _DECIMALS) != rate:
        raise ValueError(f"{rate} is no share of {turns} turns")
    return count


def _recomputed(measure: str, cells: Mapping[str, float], turns: int) -> tuple[float | None, int | None]:
    if not cells or (measure not in cells and measure != "wrong_language"):
        return None, None
    broken = sum(count_of(cells[name], turns) for name in VIOLATIONS if name in cells)
    if measure == "satisfaction":
        return round(satisfaction(broken, turns), _DECIMALS), None
    # What is left of the published satisfaction when the published violations are paid for.
    missing = round((1 - cells["satisfaction"]) * turns / (1 - satisfaction(1)) - broken)
    count = missing if measure == "wrong_language" else count_of(cells[measure], turns)
    return round(count / turns, _DECIMALS), count


def _follows(measure: str, system: str, cell: float | None, ours: float) -> str:
    if measure == "satisfaction" and cell is not None:
        return "the scoring rule"
    if measure == "wrong_language" and system != "static_mem":
        return "the scoring rule"
    if cell is None:
        return ""
    return "the personas" if round(ours, _DECIMALS) == cell else ""
