"""The published tables on the parts of the system, beside ours: vectors, extractor, hyperparameters, speed."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from pum.analysis.overlap import Overlap
from pum.analysis.statistics import three_digits


def overlap_beside(found: Mapping[str, Overlap], norm: float, published: dict) -> pd.DataFrame:
    """Rows overlap, measure, ours, published; `found`: what the preferences that overlap are -> Mantel's test.

    Only z_long is compared: z_short is zero at the end of a session, by definition. The published p values treat pairs
    of users as independent.
    """
    theirs = published["overlap"]
    rows = []
    for name, one in found.items():
        measures = {
            "pairs of users": (one.pairs, theirs["pairs"]),
            "Spearman's rho": (one.rho, theirs["rho"]["z_long"]),
            "p of rho": (three_digits(one.p), theirs["p"]["z_long"]),
            "mean cosine, quarter with most overlap": (one.top, theirs["top_quarter_cosine"]),
            "mean cosine, quarter with least overlap": (one.bottom, theirs["bottom_quarter_cosine"]),
            "p of their difference": (three_digits(one.contrast_p), theirs["quarters_p"]),
            "mean |z_long|": (norm, theirs["z_long_norm"]),
        }
        rows += [(name, measure, *cells) for measure, cells in measures.items()]
    return pd.DataFrame(rows, columns=["overlap", "measure", "ours", "published"])


def dual_beside(
    replayed: Mapping[str, pd.DataFrame], played: Mapping[str, str], metrics: dict, published: dict
) -> pd.DataFrame:
    """Rows rates ("not played here" where only the paper has played), vectors, measure, ours, low, high, published.

    `replayed`: name of the rates -> `pum.analysis.sensitivity.dual`. `played`: vectors -> the method of the study that
    has just these. The published runs are on other users, tasks and another agent.
    """
    theirs = published["dual"]["vectors"]
    rows = []
    for rates, table in replayed.items():
        for row in table.to_dict("records"):
            for measure in ("flip_rate", "precision"):
                cells = [100 * row[f"{measure}_{part}"] for part in ("mean", "low", "high")]
                rows.append((rates, row["vectors"], measure, *cells, np.nan))
    for vectors, cells in theirs.items():
        for measure, cell in cells.items():
            rates, ours = "not played here", (np.nan,) * 3
            if vectors in played:
                rates = "played"
                by = 100 if measure in ("success", "timeout") else 1
                estimate = metrics["methods"][played[vectors]][measure]
                ours = tuple(by * estimate[part] for part in ("mean", "low", "high"))
            rows.append((rates, vectors, measure, *ours, cell))
    return pd.DataFrame(rows, columns=["rates", "vectors", "measure", "ours", "low", "high", "published"])


def vectors_of(settings: Mapping[str, object]) -> str:
    """Which of the two vectors a method's section lets matter: both, z_long only, z_short only, or none."""
    rates = settings.get("user_model", {})
    used = [name for name in ("long", "short") if rates.get(f"beta_{name}", 0) and rates.get(f"eta_{name}", 0)]
    return {2: "both", 0: "none"}.get(len(used)) or f"z_{used[0]} only"


def extractor_beside(measured: dict, published: dict) -> pd.DataFrame:
    """Rows measure, ours, low, high, published, in percent; ours on single preferences of messages never trained on."""
    items, theirs = measured["items"], published["extractor"]
    rows = [
        (name, 100 * items[name], *(100 * bound for bound in items[f"{name}_interval"]), theirs[name])
        for name in ("precision", "recall", "f1")
    ]
    # Nothing here writes JSON that could be broken.
    rows.append(("valid_json", np.nan, np.nan, np.nan, theirs["valid_json"]))
    return pd.DataFrame(rows, columns=["measure", "ours", "low", "high", "published"])


def hyperparameters_beside(settings: Mapping[str, object], rank: int, published: dict) -> pd.DataFrame:
    """Rows name, ours, published; `settings`: the section of the method with the vector."""
    ours = {**settings, **settings["user_model"], "rank": rank}
    theirs = {name: value for name, value in published["hyperparameters"].items() if name != "where"}
    return pd.DataFrame(
        [(name, ours.get(name, np.nan), value) for name, value in theirs.items()], columns=["name", "ours", "published"]
    )


def example_beside(sessions: pd.DataFrame, revealed: Mapping[str, int], published: dict) -> pd.DataFrame:
    """The user with the median number of enforcements (the first of equals), beside the paper's example.

    `sessions` of one method and one seed; `revealed`: user -> how many preferences were ever asked for.
    """
    asked = sessions.groupby("user_id").enforcements.sum().sort_values(kind="stable")
    user = asked.index[(len(asked) - 1) // 2]
    mine = sessions[sessions.user_id == user]
    ours = {
        "sessions": len(mine),
        "successes": int(mine.success.sum()),
        "enforcement_turns": int(mine.enforcements.sum()),
        "preferences_revealed": revealed[user],
    }
    theirs = published["example_user"]
    return pd.DataFrame(
        [(user, name, value, theirs[name]) for name, value in ours.items()],
        columns=["user", "measure", "ours", "published"],
    )


def throughput_beside(measured: dict, per_hour_api: float, per_hour_node: float) -> pd.DataFrame:
    """Rows measure, unit, ours, published. The paper's speeds are with real models; ours offline is with none."""
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
    our flip rate in percent."""
    theirs = published["sensitivity"]["rows"]
    base = {"ours": table.norm.iloc[0], "published": next(iter(theirs.values()))["norm"]}
    rows = []
    for row in table.to_dict("records"):
        cell = theirs.get(row["reading"], {"norm": np.nan, "cosine": np.nan})
        change = [100 * (norm / base[side] - 1) for norm, side in ((row["norm"], "ours"), (cell["norm"], "published"))]
        rows += [
            (row["reading"], "norm", row["norm"], cell["norm"]),
            (row["reading"], "change of norm (%)", *change),
            (row["reading"], "cosine", row["cosine"], cell["cosine"]),
            (row["reading"], "flip rate (%)", 100 * row["flip_rate_mean"], np.nan),
        ]
    return pd.DataFrame(rows, columns=["reading", "measure", "ours", "published"])
