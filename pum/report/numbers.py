"""The numbers that sentences quote: from a file of results/metrics, or computed from other results."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from pum.analysis.style import kind
from pum.core.files import read_json
from pum.results.files import made

_SMALL_P = 0.05


def read_numbers(name: str, metrics: Path) -> dict:
    """The numbers called `name`: of `_DERIVED`, or results/metrics/NAME.json; InputError if the file is missing."""
    source, numbers = _DERIVED.get(name, (f"metrics/{name}.json", read_json))
    path = metrics / f"{name}.json" if numbers is read_json else metrics.parent / source
    return numbers(made(path))


def _followed(path: Path) -> dict:
    """The measured model's successes, trials and rate, by kind (`noted`, `asked`, `solve`, ...).

    `noted.same_styles`, `asked.same_styles`: the rate over styles that were also counted unprompted, and the unprompted
    rate of the same mix of styles. `asked.back`: rates by the number of messages since asking, as `first`, `last`.
    """
    table = pd.read_csv(path)
    styles = table[table.by.isin(("style", "dataset"))]
    counts = styles.groupby("kind")[["successes", "trials"]].sum()
    counts["rate"] = counts.successes / counts.trials
    found = counts.astype(object).to_dict("index")
    alone = styles[styles.kind == "unprompted"].set_index("value")
    alone = alone.successes / alone.trials
    for name in {"noted", "asked"} & set(found):
        both = styles[(styles.kind == name) & styles.value.isin(alone.index)]
        if trials := both.trials.sum():
            unprompted = float((both.trials * both.value.map(alone)).sum() / trials)
            found[name]["same_styles"] = {"rate": float(both.successes.sum() / trials), "unprompted": unprompted}
        back = table[(table.kind == name) & (table.by == "distance")]
        if len(back):
            back = back.assign(value=back.value.astype(int)).sort_values("value")
            found[name]["back"] = {
                place: {"messages": int(row.value), "rate": float(row.rate)}
                for place, row in (("first", back.iloc[0]), ("last", back.iloc[-1]))
            }
    return found


def _settings(path: Path) -> dict:
    """Hyperparameters of the method with the vector: name -> ours (this study), published."""
    return pd.read_csv(path).set_index("name")[["ours", "published"]].to_dict("index")


def _factors(path: Path) -> dict:
    """Counts over the sweeps.

    `null_conditions`, and in how many both methods were `identical`, or the interval excludes 0 (`excluding`). Other
    `settings`, each counted once, and in how many p is small with `fewer` or `more` enforcements of the learner.
    `default`: the default setting, which is the last row of the factor `sessions`.
    """
    table = pd.read_csv(path)
    ends = table[table.null]
    others = table[~table.null].drop_duplicates(["rag", "mean", "low", "high", "p"])
    clear = others.p < _SMALL_P
    default = table[table.factor == "sessions"].iloc[-1]
    return {
        "null_conditions": len(ends),
        "identical": int((ends.note == "identical").sum()),
        "excluding": int(((ends.low > 0) | (ends.high < 0)).sum()),
        "settings": len(others),
        "fewer": int((clear & (others["mean"] < 0)).sum()),
        "more": int((clear & (others["mean"] > 0)).sum()),
        "default": {name: float(default[name]) for name in ("mean", "low", "high", "p")},
    }


def _vectors(path: Path) -> dict:
    """Learners with a vector: their `count`, for how many the interval of the difference from rag lies below 0
    (`better`), and the share of the headroom that the `best` and the `worst` of them close."""
    table = pd.read_csv(path)
    table = table[table.z_norm.notna() & (table.method.map(kind) == "learner")].sort_values("headroom_closed_mean")
    ends = {"worst": table.iloc[0], "best": table.iloc[-1]}
    return {
        "count": len(table),
        "better": int((table.versus_rag_high < 0).sum()),
        **{
            name: {part: float(row[f"headroom_closed_{part}"]) for part in ("mean", "low", "high")}
            for name, row in ends.items()
        },
    }


def _chosen(path: Path) -> dict:
    """The choice of hyperparameters, in enforcements per evaluation session: `rag`, the winner (`best`), the best of
    the other learners (`next`); and REINFORCE's learning rate (`eta`)."""
    chosen = read_json(path)
    trials = pd.DataFrame(chosen["trials"])
    lowest = trials.loc[trials.groupby("learner").evaluation_enforcements.idxmin()].set_index("learner")
    learners = lowest.drop(index="rag")
    return {
        "rag": float(lowest.evaluation_enforcements["rag"]),
        "best": float(learners.evaluation_enforcements[chosen["best"]]),
        "next": float(learners.drop(index=chosen["best"]).evaluation_enforcements.min()),
        "eta": float(learners["values"]["tuned_vector"]["eta_long"]),
    }


def _ablations(path: Path) -> dict:
    """Change, its words joined by underscores -> mean, low, high."""
    table = pd.read_csv(path)
    table.index = [change.replace(" ", "_") for change in table.change]
    return table[["mean", "low", "high"]].to_dict("index")


def _dual(path: Path) -> dict:
    """For both vectors at published rates: the percentage of replayed turns with other notes."""
    table = pd.read_csv(path).set_index(["rates", "vectors", "measure"])
    return {"flip_rate": float(table.ours["published rates", "both", "flip_rate"])}


def _live(path: Path) -> dict:
    """The number of `methods` played live; for how many the real model was enforced less often than the simulated agent
    (`lower`), and for how many the interval excludes 0 (`clear`)."""
    table = pd.read_csv(path)
    mean, low, high = (table[f"difference_enforcements_{part}"] for part in ("mean", "low", "high"))
    return {"methods": len(table), "lower": int((mean < 0).sum()), "clear": int(((low > 0) | (high < 0)).sum())}


def _evaluation(path: Path) -> dict:
    """The learners' evaluation sessions (from 1): `first`, `last`, `count`; `long`: those of users who continued."""

    def span(sessions: list[int]) -> dict[str, int]:
        return {"first": min(sessions), "last": max(sessions), "count": len(sessions)}

    found = read_json(path)
    return {**span(found["evaluation_sessions"]), "long": span(found["long_horizon"]["evaluation_sessions"])}


_DERIVED: dict[str, tuple[str, Callable[[Path], dict]]] = {
    "ablations": ("tables/ablations.csv", _ablations),
    "calibration": ("tables/calibration.csv", _followed),
    "chosen": ("learners/chosen.json", _chosen),
    "dual": ("tables/published_dual.csv", _dual),
    "hyperparameters": ("tables/published_hyperparameters.csv", _settings),
    "evaluation": ("metrics/learner_study.json", _evaluation),
    "live": ("tables/live_vs_offline.csv", _live),
    "sweeps": ("tables/sweeps.csv", _factors),
    "vectors": ("tables/learner_study.csv", _vectors),
}
