"""Ablations: enforcements a session with one part changed, against the method that it is changed in."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from pum.analysis.statistics import holm, paired_difference, three_digits
from pum.analysis.style import colour, label
from pum.config.params import Params
from pum.methods.configured import configured


def ablation_table(sessions: pd.DataFrame, changes: Mapping[str, str], resamples: int, seed: int) -> pd.DataFrame:
    """A row per change (`changes`: name -> the method that it is changed in), paired by profile.

    `mean` [`low`, `high`] is changed minus whole in enforcements a session, with p after Holm's correction over all
    rows. `precision`: of the injected notes, those that applied; `recall`: of the cards that applied, those injected;
    both where that was counted.
    """
    rows = []
    played = sessions.rename(columns={"change": "method"})
    for change, of in changes.items():
        found = paired_difference(played, change, of, "enforcements", resamples, seed, "ablation")
        mine, whole = (played[played.method == name] for name in (change, of))
        rows.append(
            {
                "change": change,
                "of": of,
                "whole": whole.enforcements.mean(),
                "changed": mine.enforcements.mean(),
                **{name: getattr(found, name) for name in ("mean", "low", "high", "p", "detectable")},
                **_hits(mine),
                **{f"{name}_whole": share for name, share in _hits(whole).items()},
            }
        )
    table = pd.DataFrame(rows)
    table.insert(table.columns.get_loc("p") + 1, "p_holm", [three_digits(p) for p in holm(table.p)])
    return table.assign(p=table.p.map(three_digits))


def _hits(sessions: pd.DataFrame) -> dict[str, float]:
    if "injected" not in sessions:
        return {}
    pairs = {"precision": ("right", "injected"), "recall": ("reached", "known")}
    sums = sessions[["right", "injected", "reached", "known"]].sum()
    return {name: sums[part] / sums[whole] if sums[whole] else np.nan for name, (part, whole) in pairs.items()}


def names_by_rate(methods: Iterable[str], params: Params) -> dict[str, str]:
    """What methods that learn by REINFORCE are called here: by their rate in params.yaml. Their usual names are of the
    study of learners, which chooses rates of its own."""
    rates = {method: configured(method, params)[1].get("user_model", {}).get("eta_long") for method in methods}
    return {method: f"REINFORCE, eta {rate:g}" for method, rate in rates.items() if rate is not None}


def ablation_figure(table: pd.DataFrame, title: str, names: Mapping[str, str] = MappingProxyType({})) -> Figure:
    """Changed minus whole with 95% intervals, best change first; grey: what one in five such studies would miss.

    `names`: methods that are not called as everywhere else.
    """
    table = table.sort_values(["of", "mean"], kind="stable")
    figure, axis = plt.subplots(figsize=(7.2, 0.27 * len(table) + 1.3), layout="constrained")
    for place, row in enumerate(table.itertuples(index=False)):
        axis.barh(place, 2 * row.detectable, left=-row.detectable, height=0.7, color="0.92", zorder=0)
        axis.plot([row.low, row.high], [place, place], color=colour(row.of), linewidth=2)
        axis.plot(row.mean, place, "o", color=colour(row.of), markersize=5)
    axis.axvline(0.0, color="0.4", linewidth=0.8)
    changed_in = [names.get(of, label(of)) for of in table.of]
    rows = [f"{change}  ({of})" for change, of in zip(table.change, changed_in, strict=True)]
    axis.set_yticks(range(len(table)), rows)
    axis.set_ylim(len(table) - 0.5, -0.5)
    axis.set_xlabel("Changed minus unchanged, enforcements per session\n(left is better)")
    figure.suptitle(title, fontsize=9.5, x=0.01, ha="left")
    return figure
