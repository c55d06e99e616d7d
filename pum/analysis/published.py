"""The published comparison beside ours: main results, the paired test, efficiency measures, and what could be found.

Percentages are in percent on both sides, as the paper prints them. Every table has columns `ours` and `published`.
"""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from pum.analysis.statistics import detectable_difference, holm, paired_difference, power, profile_means, three_digits
from pum.analysis.style import OUTCOMES, ordered

_PERCENT = frozenset({"success", "timeout"})


def load_published(path: Path) -> dict:
    """data/published.json: a section a table, with `where` in the paper it stands."""
    return json.loads(path.read_text(encoding="utf-8"))


def scale(outcome: str) -> float:
    return 100.0 if outcome in _PERCENT else 1.0


def main_beside(metrics: dict, published: dict) -> pd.DataFrame:
    """Rows method, outcome, ours, low, high, published (NaN where the paper has none)."""
    rows = []
    for method, values in metrics["methods"].items():
        for outcome in OUTCOMES:
            estimate = {name: scale(outcome) * values[outcome][name] for name in ("mean", "low", "high")}
            cell = published["main"]["methods"].get(method, {}).get(outcome, np.nan)
            rows.append({"method": method, "outcome": outcome, **_ours(estimate), "published": cell})
    return pd.DataFrame(rows)


def efficiency_beside(table: pd.DataFrame, published: dict) -> pd.DataFrame:
    """Of `pum.analysis.efficiency.efficiency_table`: rows method, measure, ours, low, high, published."""
    cells = published["efficiency"]["measures"]
    values = table[table.control == ""]
    return pd.DataFrame(
        {
            "method": row.method,
            "measure": row.measure,
            **_ours({name: getattr(row, name) for name in ("mean", "low", "high")}),
            "published": cells.get(row.measure, {}).get(row.method, np.nan),
        }
        for row in values.itertuples(index=False)
    )


def implied(published: dict) -> pd.DataFrame:
    """What the published paired tests say beyond their p value: index outcome; difference, p_one_sided, p_two_sided,
    p_holm (of the one-sided ones), error (standard error, from difference and p), detectable (as ours is)."""
    freedom = published["main"]["profiles"] - 1
    table = pd.DataFrame(published["paired"]["outcomes"]).T
    table["p_two_sided"] = (2 * table.p_one_sided).clip(upper=1.0)
    table["p_holm"] = holm(table.p_one_sided.tolist())
    table["error"] = table.difference.abs() / stats.t.isf(table.p_one_sided, freedom)
    table["detectable"] = [detectable_difference(error, freedom) for error in table.error]
    return table.rename_axis("outcome")


def paired_beside(
    sessions: pd.DataFrame, comparisons: Sequence[tuple[str, str]], published: dict, resamples: int, seed: int
) -> pd.DataFrame:
    """Rows method, control, outcome: our difference with interval, two-sided p and what was detectable, and theirs.

    `published` is for the one comparison that the paper tests. `power`: the chance that this study finds a true
    difference as large as the published one; like what was detectable it is NaN where (nearly) nothing differed.
    """
    theirs = implied(published)
    tested = (published["paired"]["method"], published["paired"]["control"])
    freedom = sessions.user_id.nunique() - 1
    rows = []
    for method, control in comparisons:
        for outcome in OUTCOMES:
            found = paired_difference(sessions, method, control, outcome, resamples, seed)
            by = scale(outcome)
            level = by * profile_means(sessions[sessions.method == control], outcome).mean()
            row = {
                "method": method,
                "control": control,
                "outcome": outcome,
                **_ours({name: round(by * getattr(found, name), 6) for name in ("mean", "low", "high")}),
                "p": three_digits(found.p),
                "detectable": by * found.detectable,
                "detectable_percent": 100 * by * found.detectable / level if level else np.nan,
            }
            if outcome in theirs.index:
                cell = theirs.loc[outcome]
                error = by * found.detectable / detectable_difference(1.0, freedom)
                row["power"] = power(cell.difference, error, freedom)
                if (method, control) == tested:
                    row |= {
                        "published": cell.difference,
                        "published_p_one_sided": cell.p_one_sided,
                        "published_p_two_sided": three_digits(cell.p_two_sided),
                        "published_p_holm": three_digits(cell.p_holm),
                        "published_detectable": cell.detectable,
                    }
            rows.append(row)
    return pd.DataFrame(rows)


def failures_beside(sessions: pd.DataFrame, causes: pd.DataFrame, published: dict) -> pd.DataFrame:
    """How sessions end, in percent of the scheduled ones, and why users had to ask, per session with transcripts.

    `causes`: index method, columns of `pum.analysis.error_attribution.CAUSES`. Rows method, failure, ours, published;
    of the paper's sessions no more is known than how many were neither solved nor out of turns.
    """
    rows = []
    for method in ordered(set(sessions.method)):
        mine = sessions[sessions.method == method]
        cell = published["main"]["methods"].get(method, {"success": np.nan, "timeout": np.nan})
        accepted = (mine.outcome == "completed") & (mine.success == 0)
        shares = {
            "out of turns": (mine.timeout == 1, cell["timeout"]),
            "neither solved nor out of turns": (
                (mine.success == 0) & (mine.timeout == 0),
                round(100 - cell["success"] - cell["timeout"], 1),
            ),
            "the user gave up": (mine.outcome == "gave_up", np.nan),
            "a wrong answer was accepted": (accepted, np.nan),
            "an error in agent, user or infrastructure": (mine.failed, np.nan),
        }
        rows += [(method, name, 100 * share.mean(), theirs) for name, (share, theirs) in shares.items()]
        if method in causes.index:
            asked = causes.loc[method]
            rows += [(method, f"asked for: {name.replace('_', ' ')}", asked[name], np.nan) for name in asked.index]
    return pd.DataFrame(rows, columns=["method", "failure", "ours", "published"])


def _ours(estimate: dict[str, float]) -> dict[str, float]:
    return {"ours": estimate["mean"], "low": estimate["low"], "high": estimate["high"]}
