"""How much of the oracle headroom (from `rag` to `oracle`) a method closes, and what causes the rest.

share closed = (method - rag) / (oracle - rag), in enforcements per evaluation session (the last share of the sessions).
Profiles are resampled, and the three means of each resample give one ratio, so that numerator and denominator vary
together.
"""

import numpy as np
import pandas as pd

from pum.analysis.sessions import CAUSES
from pum.analysis.statistics import Estimate, bootstrap_mean, holm, or_none, paired_difference, three_digits
from pum.analysis.style import label
from pum.analysis.tables import estimate
from pum.core.rng import generator

REFERENCE, CEILING = "rag", "oracle"
_OUTCOME = "enforcements"


def evaluation_sessions(sessions: pd.DataFrame, evaluation_share: float) -> pd.DataFrame:
    count = int(sessions.session.max()) + 1
    return sessions[sessions.session >= count - round(evaluation_share * count)]


def share_closed(sessions: pd.DataFrame, method: str, resamples: int, seed: int) -> dict | None:
    """The share of the headroom that a method closes: mean and 95% percentile interval.

    None if `oracle` is not better than `rag` in 97.5% of the resamples: without headroom, the ratio would be noise.
    """
    means = sessions.pivot_table(index="user_id", columns="method", values=_OUTCOME, aggfunc="mean").sort_index()
    method_, reference, ceiling = (means[name].to_numpy() for name in (method, REFERENCE, CEILING))
    rows = generator("gap closed", seed).integers(0, len(means), size=(resamples, len(means)))
    gaps = (reference - ceiling)[rows].mean(axis=1)
    if np.quantile(gaps, 0.025) <= 0:
        return None
    closed = (reference - method_)[rows].mean(axis=1) / gaps
    low, high = np.quantile(closed, [0.025, 0.975])
    mean = (reference - method_).mean() / (reference - ceiling).mean()
    return Estimate(float(mean), float(low), float(high)).to_json()


def headroom_by_stretch(sessions: pd.DataFrame, stretch: int, resamples: int, seed: int) -> pd.DataFrame:
    """One row per method and stretch of `stretch` sessions of the users' trajectories.

    Columns: `first` and `last` session (from 1), enforcements per session, and the share of the headroom closed there
    (`headroom_closed_mean`, `_low`, `_high`; NaN for `rag` and `oracle`, and without headroom).
    """
    rows = []
    for first, played in sessions.groupby(sessions.session // stretch * stretch):
        span = {"first": first + 1, "last": int(played.session.max()) + 1}
        for method in dict.fromkeys(sessions.method):
            closed = None if method in (REFERENCE, CEILING) else share_closed(played, method, resamples, seed)
            closed = closed or dict.fromkeys(("mean", "low", "high"), np.nan)
            mean = round(played[played.method == method][_OUTCOME].mean(), 4)
            shares = {f"headroom_closed_{part}": share for part, share in closed.items()}
            rows.append({**span, "method": method, _OUTCOME: mean, **shares})
    return pd.DataFrame(rows)


def headroom_metrics(sessions: pd.DataFrame, best: str, controls: list[str], resamples: int, seed: int) -> dict:
    """Everything about one agent's evaluation sessions.

    `learners.<method>`: headroom_closed, enforcements, their difference from `rag`, the share of turns in which the
    learner changed the set (rank_flip_rate), notes per turn in which something applied, their precision and recall, and
    enforcements by cause. `in_context`: the best learner minus `rag`, both also using the open request as a query.
    `best_versus`: the best learner minus each control, paired; negative is better; `p_holm` is corrected over them.
    """
    methods = [name for name in dict.fromkeys(sessions.method) if name not in (REFERENCE, CEILING)]
    described = {
        name: {"headroom_closed": share_closed(sessions, name, resamples, seed)}
        | _described(sessions, name, resamples, seed)
        for name in methods
    }
    gap = paired_difference(sessions, REFERENCE, CEILING, _OUTCOME, resamples, seed)
    return {
        "profiles": int(sessions.user_id.nunique()),
        "seeds": int(sessions.seed.nunique()),
        "evaluation_sessions": sorted({int(session) + 1 for session in sessions.session}),
        "best": best,
        "headroom_closed_by_best": share_closed(sessions, best, resamples, seed),
        "headroom": gap.to_json(),
        "ends": {name: _described(sessions, name, resamples, seed) for name in (REFERENCE, CEILING)},
        "learners": described,
        "best_versus": _best_versus(sessions, best, controls, resamples, seed),
        "in_context": _in_context(sessions, resamples, seed),
    }


def _best_versus(sessions: pd.DataFrame, best: str, controls: list[str], resamples: int, seed: int) -> dict:
    found = {
        control: paired_difference(sessions, best, control, _OUTCOME, resamples, seed).to_json()
        for control in controls
        if control in set(sessions.method)
    }
    adjusted = holm([difference["p"] for difference in found.values()])
    return {
        control: {**difference, "p_holm": or_none(three_digits(p))}
        for (control, difference), p in zip(found.items(), adjusted, strict=True)
    }


def _in_context(sessions: pd.DataFrame, resamples: int, seed: int) -> dict | None:
    """What learning adds if the open request is a query too; None if that was not played."""
    both = ("vector_in_context", "rag_in_context")
    if not set(both) <= set(sessions.method):
        return None
    return paired_difference(sessions, *both, _OUTCOME, resamples, seed).to_json()


def headroom_table(metrics: dict) -> pd.DataFrame:
    """One row per method, including `rag` and `oracle`. `best_versus`: the best learner minus this control."""
    rows = []
    for name, values in (metrics["ends"] | metrics["learners"]).items():
        row: dict[str, object] = {"method": name}
        for outcome in ("enforcements", "versus_rag", "headroom_closed"):
            estimate = values.get(outcome) or {}
            row |= {f"{outcome}_{part}": estimate.get(part, np.nan) for part in ("mean", "low", "high")}
        versus = metrics["best_versus"].get(name, {})
        row |= {f"best_versus_{part}": versus.get(part, np.nan) for part in ("mean", "low", "high", "p", "p_holm")}
        plain = {
            key: value for key, value in values.items() if not isinstance(value, dict) and key != "headroom_closed"
        }
        rows.append(row | plain | values["causes"])
    return pd.DataFrame(rows)


def headroom_in_words(metrics: dict) -> str:
    """Sentences on the size of the headroom, and on what the best learner closes of it."""
    gap, best = metrics["headroom"], metrics["best"]
    closed = metrics["learners"][best]["headroom_closed"]
    wide = (
        f"rag - oracle: {gap['mean']:.3f} [{gap['low']:.3f}, {gap['high']:.3f}] enforcements per evaluation session. "
    )
    if closed is None:
        return f"{wide}There is no headroom to close."
    share = f"{closed['mean']:.0%} [{closed['low']:.0%}, {closed['high']:.0%}] of it"
    verdict = "closes" if closed["low"] > 0 else "is not shown to close any of it; estimate"
    return f"{wide}The best learner on validation users, {best}, {verdict} {share}."


def readable_headroom(table: pd.DataFrame) -> pd.DataFrame:
    rows = table.to_dict("records")
    columns = {
        "Headroom closed (%)": [estimate(row, "headroom_closed", 100, 0) for row in rows],
        "Enforcements": [estimate(row, "enforcements", 1, 2) for row in rows],
        "minus RAG": [estimate(row, "versus_rag", 1, 3) for row in rows],
    }
    shares = table[["rank_flip_rate", "precision", "recall_of_memory"]].round(3)
    return pd.concat([table.method.map(label).rename("Method"), pd.DataFrame(columns), shares], axis=1).set_index(
        "Method"
    )


def _described(sessions: pd.DataFrame, method: str, resamples: int, seed: int) -> dict:
    mine = sessions[sessions.method == method]
    totals = mine.drop(columns=["study", "method", "user_id"]).sum()
    per_profile = mine.groupby("user_id")[_OUTCOME].mean().sort_index().to_numpy()
    return {
        "enforcements": bootstrap_mean(per_profile, resamples, seed, "gap").to_json(),
        "versus_rag": paired_difference(sessions, method, REFERENCE, _OUTCOME, resamples, seed).to_json(),
        "rank_flip_rate": _ratio(totals.rank_flips, totals.turns),
        "notes": _ratio(totals.injected, totals.judged),
        "precision": _ratio(totals.right, totals.injected),
        "recall_of_memory": _ratio(totals.reached, totals.known),
        # Without cards, as for the oracle, there is no recall.
        "recall": _ratio(totals.reached, totals.applicable) if totals.known else None,
        # A learner that changes the order without a vector keeps other evidence, so its norm means nothing.
        "z_norm": _ratio(totals.z_norm, mine.z_norm.count()) if totals.z_norm or not totals.rank_flips else None,
        "causes": {cause: round(float(totals[cause]) / len(mine), 6) for cause in CAUSES},
    }


def _ratio(part: float, whole: float) -> float | None:
    return round(float(part) / float(whole), 6) if whole else None
