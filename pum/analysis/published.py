"""The published tables beside this study's: main results, paired tests, efficiency, failures, and parts of the system.

Percentages are in percent, as the paper prints them. Every table has the columns `ours` (this study) and `published`,
with NaN where one of them has no number. `published` is data/published.json: one section per table, with its place in
the paper (`where`).
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from scipy import stats

from pum.analysis.overlap import Overlap
from pum.analysis.statistics import detectable_difference, holm, paired_difference, power, profile_means, three_digits
from pum.analysis.style import OUTCOMES, ordered

_PARTS = ("mean", "low", "high")


def _scale(outcome: str) -> float:
    return 100.0 if outcome in ("success", "timeout") else 1.0


def _ours(mean: float, low: float, high: float) -> dict[str, float]:
    return {"ours": mean, "low": low, "high": high}


def main_beside(metrics: dict, published: dict) -> pd.DataFrame:
    """Rows method, outcome, ours, low, high, published."""
    rows = []
    for method, values in metrics["methods"].items():
        for outcome in OUTCOMES:
            estimate = [_scale(outcome) * values[outcome][part] for part in _PARTS]
            cell = published["main"]["methods"].get(method, {}).get(outcome, np.nan)
            rows.append({"method": method, "outcome": outcome, **_ours(*estimate), "published": cell})
    return pd.DataFrame(rows)


def efficiency_beside(table: pd.DataFrame, published: dict) -> pd.DataFrame:
    """The values of `main_results.efficiency_table`: rows method, measure, ours, low, high, published."""
    cells = published["efficiency"]["measures"]
    values = table[table.control == ""].rename(columns={"mean": "ours"})[["method", "measure", "ours", "low", "high"]]
    pairs = zip(values.method, values.measure, strict=True)
    return values.reset_index(drop=True).assign(
        published=[cells.get(measure, {}).get(method, np.nan) for method, measure in pairs]
    )


def implied(published: dict) -> pd.DataFrame:
    """What follows from the published paired tests, by outcome.

    Columns: difference, p_one_sided, p_two_sided, p_holm (of the one-sided ones), error (standard error, from
    difference and p), detectable (defined as for this study).
    """
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
    """Rows method, control, outcome: this study's difference with interval, two-sided p and detectable difference.

    The published numbers are for the one comparison that the paper tests. `power`: the chance that this study finds a
    true difference as large as the published one; like `detectable`, it is NaN where (nearly) nothing differed.
    """
    theirs = implied(published)
    tested = (published["paired"]["method"], published["paired"]["control"])
    freedom = sessions.user_id.nunique() - 1
    rows = []
    for method, control in comparisons:
        for outcome in OUTCOMES:
            found = paired_difference(sessions, method, control, outcome, resamples, seed)
            by = _scale(outcome)
            level = by * profile_means(sessions[sessions.method == control], outcome).mean()
            row = {
                "method": method,
                "control": control,
                "outcome": outcome,
                **_ours(*(round(by * getattr(found, part), 6) for part in _PARTS)),
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

    `causes`: index method, columns `sessions.CAUSES`. Rows method, failure, ours, published; the paper only tells how
    many sessions were solved or out of turns.
    """
    rows = []
    for method in ordered(sessions.method):
        mine = sessions[sessions.method == method]
        cell = published["main"]["methods"].get(method, {"success": np.nan, "timeout": np.nan})
        unsolved = mine.success == 0
        shares = {
            "out of turns": (mine.timeout == 1, cell["timeout"]),
            "neither solved nor out of turns": (
                unsolved & (mine.timeout == 0),
                round(100 - cell["success"] - cell["timeout"], 1),
            ),
            "the user gave up": (mine.outcome == "gave_up", np.nan),
            "a wrong answer was accepted": (unsolved & (mine.outcome == "completed"), np.nan),
            "an error in agent, user or infrastructure": (mine.failed, np.nan),
        }
        rows += [(method, name, 100 * share.mean(), theirs) for name, (share, theirs) in shares.items()]
        if method in causes.index:
            asked = causes.loc[method]
            rows += [(method, f"asked for: {name.replace('_', ' ')}", asked[name], np.nan) for name in asked.index]
    return pd.DataFrame(rows, columns=["method", "failure", "ours", "published"])


def overlap_beside(found: Mapping[str, Overlap], norm: float, published: dict) -> pd.DataFrame:
    """Rows overlap, measure, ours, published; `found`: what the preferences that overlap are -> Mantel's test.

    Only z_long is compared, because z_short is reset at the end of a session. The published p values treat pairs of
    users as independent.
    """
    theirs = published["overlap"]
    rows = []
    for name, one in found.items():
        rows += [
            (name, "pairs of users", one.pairs, theirs["pairs"]),
            (name, "Spearman's rho", one.rho, theirs["rho"]["z_long"]),
            (name, "p of rho", three_digits(one.p), theirs["p"]["z_long"]),
            (name, "mean cosine, quarter with most overlap", one.top, theirs["top_quarter_cosine"]),
            (name, "mean cosine, quarter with least overlap", one.bottom, theirs["bottom_quarter_cosine"]),
            (name, "p of their difference", three_digits(one.contrast_p), theirs["quarters_p"]),
            (name, "mean |z_long|", norm, theirs["z_long_norm"]),
        ]
    return pd.DataFrame(rows, columns=["overlap", "measure", "ours", "published"])


def dual_beside(
    replayed: Mapping[str, pd.DataFrame], played: Mapping[str, str], metrics: dict, published: dict
) -> pd.DataFrame:
    """Rows rates ("not played here" if only the paper has them), vectors, measure, ours, low, high, published.

    `replayed`: name of the rates -> `sensitivity.dual`. `played`: vectors -> the study's method with exactly these. The
    published runs have other users, tasks and another agent.
    """
    rows = []
    for rates, table in replayed.items():
        for row in table.to_dict("records"):
            for measure in ("flip_rate", "precision"):
                cells = [100 * row[f"{measure}_{part}"] for part in _PARTS]
                rows.append((rates, row["vectors"], measure, *cells, np.nan))
    for vectors, cells in published["dual"]["vectors"].items():
        for measure, cell in cells.items():
            if vectors in played:
                estimate = metrics["methods"][played[vectors]][measure]
                ours = ("played", [_scale(measure) * estimate[part] for part in _PARTS])
            else:
                ours = ("not played here", [np.nan] * 3)
            rows.append((ours[0], vectors, measure, *ours[1], cell))
    return pd.DataFrame(rows, columns=["rates", "vectors", "measure", "ours", "low", "high", "published"])


def vectors_of(settings: Mapping[str, object]) -> str:
    """Which vectors have an effect under a method's settings: both, z_long only, z_short only, or none."""
    rates = settings.get("user_model", {})
    used = [name for name in ("long", "short") if rates.get(f"beta_{name}", 0) and rates.get(f"eta_{name}", 0)]
    return {2: "both", 0: "none"}.get(len(used)) or f"z_{used[0]} only"


def extractor_beside(measured: dict, published: dict) -> pd.DataFrame:
    """Rows measure, ours, low, high, published, in percent; `ours` is measured on messages never used for training."""
    items, theirs = measured["items"], published["extractor"]
    rows = [
        (name, 100 * items[name], *(100 * bound for bound in items[f"{name}_interval"]), theirs[name])
        for name in ("precision", "recall", "f1")
    ]
    # This study's extractor writes no JSON that could be invalid.
    rows.append(("valid_json", np.nan, np.nan, np.nan, theirs["valid_json"]))
    return pd.DataFrame(rows, columns=["measure", "ours", "low", "high", "published"])


def hyperparameters_beside(settings: Mapping[str, object], rank: int, published: dict) -> pd.DataFrame:
    """Rows name, ours, published; `settings`: the section of the method with the vector."""
    ours = {**settings, **settings["user_model"], "rank": rank}
    rows = [
        (name, ours.get(name, np.nan), value) for name, value in published["hyperparameters"].items() if name != "where"
    ]
    return pd.DataFrame(rows, columns=["name", "ours", "published"])


def example_beside(sessions: pd.DataFrame, revealed: Mapping[str, int], published: dict) -> pd.DataFrame:
    """The user with the median number of enforcements (the first of equals), beside the paper's example.

    `sessions` of one method and one seed; `revealed`: user -> how many preferences were ever asked for.
    """
    asked = sessions.groupby("user_id").enforcements.sum().sort_values(kind="stable")
    user = asked.index[(len(asked) - 1) // 2]
    mine, theirs = sessions[sessions.user_id == user], published["example_user"]
    rows = [
        (user, "sessions", len(mine), theirs["sessions"]),
        (user, "successes", int(mine.success.sum()), theirs["successes"]),
        (user, "enforcement_turns", int(mine.enforcements.sum()), theirs["enforcement_turns"]),
        (user, "preferences_revealed", revealed[user], theirs["preferences_revealed"]),
    ]
    return pd.DataFrame(rows, columns=["user", "measure", "ours", "published"])


def throughput_beside(measured: dict, per_hour_api: float, per_hour_node: float) -> pd.DataFrame:
    """Rows measure, unit, ours, published. The published speeds are with real models; the offline grid uses none."""
    offline, live = measured["offline"], measured["live"]
    rows = [
        ("offline, simulated users and agent, two cores", "sessions/h", offline["sessions_per_hour"], np.nan),
        ("real models through an API", "sessions/h", np.nan, per_hour_api),
        ("real models on four A100 (expected)", "sessions/h", np.nan, per_hour_node),
        ("served small model on two cores, sessions in flight", "tokens/s", live["continuous_tokens_per_s"], np.nan),
        ("the same server, requests alone", "tokens/s", live["raw_tokens_per_s"], np.nan),
    ]
    return pd.DataFrame(rows, columns=["measure", "unit", "ours", "published"])


def sensitivity_beside(table: pd.DataFrame, published: dict) -> pd.DataFrame:
    """Rows reading, measure, ours, published: norm of z_long, its change in percent, cosine with the baseline's, and
    this study's flip rate in percent."""
    theirs = published["sensitivity"]["rows"]
    base = (table.norm.iloc[0], next(iter(theirs.values()))["norm"])
    rows = []
    for row in table.to_dict("records"):
        cell = theirs.get(row["reading"], {"norm": np.nan, "cosine": np.nan})
        norms = (row["norm"], cell["norm"])
        changes = (100 * (norm / of - 1) for norm, of in zip(norms, base, strict=True))
        rows += [
            (row["reading"], "norm", *norms),
            (row["reading"], "change of norm (%)", *changes),
            (row["reading"], "cosine", row["cosine"], cell["cosine"]),
            (row["reading"], "flip rate (%)", 100 * row["flip_rate_mean"], np.nan),
        ]
    return pd.DataFrame(rows, columns=["reading", "measure", "ours", "published"])
