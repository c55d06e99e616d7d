"""Is the simulation true? Four comparisons.

- `agreement_table`: the offline agent and the model that it was calibrated on; do both rank the methods alike?
- `audit_table`: users played by a language model and the checkers; do users enforce what was violated?
- `fitted_table`: the counts of the calibration and the curves that were fitted to them.
- `checker_table`: the checkers and a reader of a real model's replies; do both see the same in a reply?
"""

import json
import math
from collections.abc import Callable, Collection, Mapping, Sequence

import numpy as np
import pandas as pd
from scipy import stats

from pum.analysis.statistics import Estimate, bootstrap_mean, or_none, profile_means
from pum.analysis.style import ordered
from pum.bench.agent.curves import Curves
from pum.bench.checkers.checking import check
from pum.bench.types import Situation, Task
from pum.calibration.fit import proportion
from pum.calibration.tables import Count, Counts
from pum.core.rng import generator

_OUTCOMES = ("enforcements", "success")
_THIRDS = ("first", "middle", "last")
# How counts are grouped: kind, name of the grouping, the group of a count.
_GROUPINGS: tuple[tuple[str, str, Callable[[Count], object]], ...] = (
    ("unprompted", "style", lambda count: count.name),
    ("noted", "style", lambda count: count.name),
    ("noted", "notes", lambda count: int(count.x[0])),
    ("noted", "place", lambda count: _THIRDS[min(2, int(count.x[1] * 3))]),
    ("noted", "form", lambda count: "own words" if count.x[2] else "card"),
    ("asked", "style", lambda count: count.name),
    ("asked", "distance", lambda count: int(count.x[0])),
    ("solve", "dataset", lambda count: count.name),
)


def agreement_table(live: pd.DataFrame, offline: pd.DataFrame, resamples: int, seed: int) -> pd.DataFrame:
    """One row per method: for each outcome the live mean, the offline mean and their difference, paired by profile.

    Each has a 95% bootstrap interval over profiles.
    """
    rows = []
    _check_the_same_was_played(live, offline)
    for method in ordered(live.method):
        row: dict[str, object] = {"method": method}
        for outcome in _OUTCOMES:
            means = [profile_means(study[study.method == method], outcome) for study in (live, offline)]
            parts = {"live": means[0], "offline": means[1], "difference": means[0] - means[1]}
            for name, values in parts.items():
                # The same resampled profiles for all three and for all methods, so that equal values get equal
                # intervals.
                estimate = bootstrap_mean(values.to_numpy(), resamples, seed, "live", outcome)
                row |= {f"{name}_{outcome}_{part}": value for part, value in estimate.to_json().items()}
        rows.append(row)
    return pd.DataFrame(rows)


def _check_the_same_was_played(live: pd.DataFrame, offline: pd.DataFrame) -> None:
    """Raise ValueError unless both studies have the same sessions and tasks; failed sessions name no task."""
    keys = ["method", "seed", "user_id", "session"]
    both = live.merge(offline, on=keys, suffixes=("_live", "_offline"))
    tasks = both[(both.task_id_live != "") & (both.task_id_offline != "")]
    if not len(both) == len(live) == len(offline) or (tasks.task_id_live != tasks.task_id_offline).any():
        raise ValueError("the two studies did not play the same methods, profiles and tasks")


def rank_agreement(
    live: pd.DataFrame, offline: pd.DataFrame, outcome: str, resamples: int, seed: int
) -> dict[str, dict[str, float | None]]:
    """Spearman's and Kendall's rank correlation of the methods' means; the profiles resampled are the same in both.

    `spearman` and `kendall`, each {mean, low, high}. If all methods of a study are equal, there is no order: None. Such
    resamples are left out of the interval.
    """
    by_profile = [
        study.groupby(["user_id", "method"])[outcome].mean().unstack().sort_index(axis=1).sort_index().to_numpy()
        for study in (live, offline)
    ]
    profiles = len(by_profile[0])
    draws = generator(seed, "rank agreement", outcome).integers(0, profiles, size=(resamples, profiles))
    found = {}
    for name, correlation in {"spearman": spearman, "kendall": kendall}.items():
        whole = correlation(*(study.mean(axis=0) for study in by_profile))
        drawn = [correlation(*(study[rows].mean(axis=0) for study in by_profile)) for rows in draws]
        valid = [value for value in drawn if not math.isnan(value)]
        low, high = np.quantile(valid, [0.025, 0.975]) if valid else (math.nan, math.nan)
        estimate = Estimate(whole, float(low), float(high)).to_json()
        found[name] = {part: or_none(value) for part, value in estimate.items()}
    return found


def spearman(first: np.ndarray, second: np.ndarray) -> float:
    """Spearman's rho of two (n,) arrays; ties share their mean rank; NaN if all values of one are equal."""
    ranks = [stats.rankdata(np.round(values, 9)) for values in (first, second)]
    centred = [rank - rank.mean() for rank in ranks]
    scale = math.sqrt(float((centred[0] ** 2).sum() * (centred[1] ** 2).sum()))
    return float(centred[0] @ centred[1]) / scale if scale else math.nan


def kendall(first: np.ndarray, second: np.ndarray) -> float:
    """Kendall's tau-b of two (n,) arrays; NaN if all values of one are equal."""
    return float(stats.kendalltau(np.round(first, 9), np.round(second, 9)).statistic)


def disagreements(table: pd.DataFrame, outcome: str) -> list[str]:
    """A sentence for each method whose difference's interval excludes 0, and one for each study's order of methods."""
    sentences = []
    for row in table.to_dict("records"):
        mean, low, high = (row[f"difference_{outcome}_{part}"] for part in ("mean", "low", "high"))
        if low > 0 or high < 0:
            way = "more" if mean > 0 else "less"
            sentences.append(
                f"{row['method']}: {abs(mean):.2f} {way} {outcome} live than offline [{low:.2f}, {high:.2f}]."
            )
    for study in ("live", "offline"):
        if table[f"{study}_{outcome}_mean"].nunique() == 1:
            sentences.append(f"{study}: all methods have the same {outcome}, so they are in no order.")
            continue
        order = table.sort_values([f"{study}_{outcome}_mean", "method"]).method.tolist()
        sentences.append(f"{study}, from fewest to most {outcome}: {', '.join(order)}.")
    return sentences


def enforcement_pairs(turns: pd.DataFrame, checkable: Collection[str]) -> pd.DataFrame:
    """Pairs of a reply and a checkable preference that the user has and that applied to it.

    Columns: reply (a number), preference, violated (by the checker), enforced (the user reports that the next message
    asks for it). `turns` as in turns.parquet.
    """
    rows, reply = [], 0
    for _, session in turns.sort_values("turn").groupby(["seed", "user_id", "session"], sort=True):
        played = list(session.itertuples(index=False))
        for answered, following in zip(played, played[1:], strict=False):
            violated, enforced = set(json.loads(answered.violated)), set(json.loads(following.enforced))
            applied = [preference for preference in json.loads(answered.applicable) if preference in checkable]
            rows += [(reply, it, it in violated, it in enforced) for it in applied]
            reply += 1
    return pd.DataFrame(rows, columns=["reply", "preference", "violated", "enforced"])


def audit_table(pairs: pd.DataFrame) -> pd.DataFrame:
    """A row for all pairs and one per family (the id up to its underscore), with 95% Wilson intervals.

    precision: of what was enforced, the share that was violated; recall: of what was violated, the share enforced.
    """
    families = pairs.preference.str.partition("_")[0]
    return pd.DataFrame([_audit(name, group) for name, group in [("all", pairs), *pairs.groupby(families, sort=True)]])


def _audit(name: str, pairs: pd.DataFrame) -> dict[str, object]:
    violated, enforced = int(pairs.violated.sum()), int(pairs.enforced.sum())
    both = int((pairs.violated & pairs.enforced).sum())
    row = {"family": name, "replies": pairs.reply.nunique(), "pairs": len(pairs), "violated": violated}
    row |= {"enforced": enforced, "both": both}
    for share, of in (("precision", enforced), ("recall", violated)):
        # Undefined without any case.
        rates = proportion(both, of, 4) if of else [None] * 3
        row |= dict(zip((share, f"{share}_low", f"{share}_high"), rates, strict=True))
    return row


def fitted_table(counts: Counts, curves: Curves) -> pd.DataFrame:
    """Columns kind, by, value, successes, trials, rate, low, high, fitted.

    `rate` is counted, with its 95% Wilson interval; `fitted` is the curves' mean chance over the same replies.
    """
    rows = []
    for kind, by, value_of in _GROUPINGS:
        groups: dict[object, list[Count]] = {}
        for count in counts.kinds[kind]:
            groups.setdefault(value_of(count), []).append(count)
        for value in sorted(groups, key=lambda value: (_THIRDS.index(value) if value in _THIRDS else 0, value)):
            members = groups[value]
            k, n = sum(count.successes for count in members), sum(count.trials for count in members)
            fitted = sum(count.trials * chance(curves, kind, count) for count in members) / n
            rows.append((kind, by, value, k, n, *proportion(k, n), fitted))
    columns = ["kind", "by", "value", "successes", "trials", "rate", "low", "high", "fitted"]
    return pd.DataFrame(rows, columns=columns)


def chance(curves: Curves, kind: str, count: Count) -> float:
    if kind == "unprompted":
        return curves.unprompted.of(count.name)
    if kind == "noted":
        notes, place, own_words = count.x
        return curves.noted.chance(count.name, int(notes), place, bool(own_words))
    if kind == "asked":
        return curves.asked.chance(count.name, int(count.x[0]))
    return curves.solve.chance(count.name, *count.x)


_DIGITS = 3


def checker_table(
    readings: Sequence[Mapping[str, object]], replies: Mapping[str, Mapping[str, str]], tasks: Mapping[str, Task]
) -> pd.DataFrame:
    """On each half of the replies a row for all readings, for those of styles that apply, and for each style.

    `agreed`: verdicts of `n` that are the first reading's, with the share's 95% Wilson interval; `too_strict` and
    `too_lenient`: violated, satisfied against the reading; `before`: agreed before the checkers were mended on `dev`;
    `reread`: verdicts of the second reading that are the first's. `replies` is by id, `tasks` by task id.
    """
    rows = []
    for reading in readings:
        reply = replies[reading["reply"]]
        verdict = check(reading["style"], reply["text"], Situation(tasks[reply["task_id"]], frozenset()))
        rows.append({**reading, "verdict": verdict.value})
    judged = pd.DataFrame(rows)
    table = [
        _row(style, split, group)
        for split, half in judged.groupby("split", sort=True)
        for style, group in [("all", half), ("all that apply", half[half.applies]), *half.groupby("style", sort=True)]
    ]
    return pd.DataFrame(table)


def _row(style: str, split: str, group: pd.DataFrame) -> dict[str, object]:
    agreed = int((group.verdict == group["first"]).sum())
    rate, low, high = proportion(agreed, len(group), _DIGITS)
    differs = group[group.verdict != group["first"]]
    return {
        "split": split,
        "style": style,
        "n": len(group),
        "satisfied": int((group["first"] == "satisfied").sum()),
        "agreed": agreed,
        "rate": rate,
        "low": low,
        "high": high,
        "too_strict": int((differs.verdict == "violated").sum()),
        "too_lenient": int((differs.verdict == "satisfied").sum()),
        "before": int((group.before == group["first"]).sum()),
        "reread": int((group.second == group["first"]).sum()),
    }
