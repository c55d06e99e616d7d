"""The calibration: what was counted on the real model, beside what the fitted curves say of the same replies."""

from collections.abc import Callable

import pandas as pd

from pum.bench.agent.curves import Curves
from pum.calibration.fit import wilson
from pum.calibration.tables import Count, Counts

_THIRDS = ("first", "middle", "last")
# What the counts are grouped by: kind, name of the grouping, value of a count.
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


def fitted_table(counts: Counts, curves: Curves) -> pd.DataFrame:
    """Columns kind, by, value, successes, trials, rate, low, high, fitted.

    `rate` with its 95% Wilson interval is counted; `fitted` is the curves' mean chance over the very same replies.
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
            rows.append((kind, by, value, k, n, k / n, *wilson(k, n), fitted))
    columns = ["kind", "by", "value", "successes", "trials", "rate", "low", "high", "fitted"]
    return pd.DataFrame(rows, columns=columns)


def chance(curves: Curves, kind: str, count: Count) -> float:
    """What the curves say of one cell of the counts."""
    if kind == "unprompted":
        return curves.unprompted.of(count.name)
    if kind == "noted":
        notes, place, own_words = count.x
        return curves.noted.chance(count.name, int(notes), place, bool(own_words))
    if kind == "asked":
        return curves.asked.chance(count.name, int(count.x[0]))
    return curves.solve.chance(count.name, *count.x)
