"""The counts of a calibration, their intervals, and the offline agent's curves that are fitted to them."""

import json
import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydantic import BaseModel

from pum.bench.agent.curves import SHORT_PROMPT, Asked, Curves, FollowingRates, Noted, Solve, read_calibration
from pum.calibration.fit import Pooled, fit_logistic, fit_rates, proportion
from pum.calibration.records import Observed
from pum.core.errors import InputError
from pum.core.files import write_text
from pum.core.validation import FrozenModel, validated

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "unprompted": (),
    "noted": ("notes", "place", "own_words"),
    "asked": ("distance",),
    "solve": ("difficulty", "prompt_tokens"),
}
# The share of preferences that survive when the model rewrites its notes: assumed, not measured.
KEEPS = 0.9


@dataclass(frozen=True)
class Count:
    """Successes of `trials` for a style or dataset (`name`) with the covariates `x`."""

    name: str
    x: tuple[float, ...]
    successes: int
    trials: int


@dataclass(frozen=True)
class Counts:
    """The counts of each kind, sorted; `replies` is the number of replies they come from."""

    replies: int
    kinds: Mapping[str, tuple[Count, ...]]

    def by_name(self, kind: str) -> dict[str, tuple[int, int]]:
        """(successes, trials) of each style or dataset."""
        return self._pooled(kind, lambda count: count.name)

    def by_x(self, kind: str, column: str) -> dict[float, tuple[int, int]]:
        """(successes, trials) at each value of a covariate."""
        position = COLUMNS[kind].index(column)
        return self._pooled(kind, lambda count: count.x[position])

    def _pooled(self, kind: str, group: Callable[[Count], object]) -> dict:
        pooled: dict = {}
        for count in self.kinds[kind]:
            k, n = pooled.get(group(count), (0, 0))
            pooled[group(count)] = (k + count.successes, n + count.trials)
        return dict(sorted(pooled.items()))


def tally(observations: Iterable[Observed], replies: int) -> Counts:
    trials: Counter[tuple] = Counter()
    successes: Counter[tuple] = Counter()
    for seen in observations:
        cell = (seen.kind, seen.name, seen.x)
        trials[cell] += 1
        successes[cell] += seen.success
    return Counts(
        replies,
        {
            kind: tuple(Count(*cell[1:], successes[cell], trials[cell]) for cell in sorted(trials) if cell[0] == kind)
            for kind in COLUMNS
        },
    )


def fit_curves(counts: Counts, model: str) -> Curves:
    """Fit the offline agent's curves. A style's unprompted rate also helps to predict how it is followed on request."""
    rates, mean = fit_rates(counts.by_name("unprompted"))
    leaning = {name: _logit(rate) for name, rate in rates.items()}

    def logistic(kind: str, falling: tuple[int, ...], leans: Mapping[str, float]) -> Pooled:
        rows = counts.kinds[kind]
        x = np.array([[leans.get(row.name, _logit(mean)) - _logit(mean), *_scaled(kind, row.x)] for row in rows])
        fitted = fit_logistic(
            [row.name for row in rows],
            x,
            np.array([row.successes for row in rows], dtype=float),
            np.array([row.trials for row in rows], dtype=float),
            tuple(column + 1 for column in falling),
        )
        lean, *slopes = fitted.slopes
        effects = {
            name: fitted.effects.get(name, fitted.mean) + lean * (leans.get(name, _logit(mean)) - _logit(mean))
            for name in sorted({*leans, *fitted.effects})
        }
        return Pooled(effects, fitted.mean, tuple(slopes))

    noted, asked = logistic("noted", (0,), leaning), logistic("asked", (0,), leaning)
    solve = logistic("solve", (0, 1), {})
    return Curves(
        source=f"Measured on {model} ({counts.replies} replies); assumed: a note survives a reflection at {KEEPS}.",
        measured=True,
        unprompted=FollowingRates(rates=_rounded(rates), otherwise=round(mean, 4)),
        noted=Noted(**_shape(noted), **_named(noted, "per_doubling", "place", "own_words")),
        asked=Asked(**_shape(asked), **_named(asked, "per_doubling")),
        solve=Solve(**_shape(solve), **_named(solve, "difficulty", "per_doubling")),
        keeps=KEEPS,
    )


def to_json(counts: Counts, curves: Curves, model: Mapping[str, object]) -> dict:
    """The calibration file: the model measured, the curves, rates with their 95% intervals, and every count."""
    return {
        "model": dict(model),
        "curves": curves.model_dump(mode="json"),
        "rates": {
            "unprompted by style": _rates(counts.by_name("unprompted")),
            "noted by style": _rates(counts.by_name("noted")),
            "noted by number of notes": _rates(counts.by_x("noted", "notes")),
            "asked by style": _rates(counts.by_name("asked")),
            "asked by distance": _rates(counts.by_x("asked", "distance")),
            "solved by dataset": _rates(counts.by_name("solve")),
        },
        "counts": {
            "replies": counts.replies,
            **{
                kind: [[count.name, *count.x, count.successes, count.trials] for count in counts.kinds[kind]]
                for kind in COLUMNS
            },
        },
    }


def write_calibration(path: Path, data: dict) -> None:
    """Write indented JSON, with innermost lists on one line, so that a count is a line."""
    text = json.dumps(data, indent=1, sort_keys=False, ensure_ascii=False)
    text = re.sub(r"\[\n\s+([^\[\]{}]*?)\n\s+\]", lambda match: f"[{' '.join(match[1].split())}]", text)
    write_text(path, text + "\n")


def check_curves(counts: Counts, curves: Curves) -> None:
    """Raise InputError unless the curves fit the counts (to a hundredth, since machines round differently)."""
    again = fit_curves(counts, "")
    for kind in COLUMNS:
        given, found = _numbers(getattr(curves, kind)), _numbers(getattr(again, kind))
        if given.keys() != found.keys():
            raise InputError(f"calibration: curves.{kind} has other names than its counts; calibrate again")
        for name, value in found.items():
            if abs(given[name] - value) > 0.01:
                raise InputError(f"calibration: curves.{kind}: {name} is {given[name]}, its counts give {value}")


def _numbers(part: BaseModel) -> dict[str, float]:
    """All numbers of a part of the curves, by key."""
    flat: dict[str, float] = {}
    for key, value in part.model_dump().items():
        flat |= {f"{key}.{name}": number for name, number in value.items()} if isinstance(value, dict) else {key: value}
    return flat


class _CountsEntry(FrozenModel):
    replies: int
    unprompted: list[tuple[str, int, int]]
    noted: list[tuple[str, float, float, float, int, int]]
    asked: list[tuple[str, float, int, int]]
    solve: list[tuple[str, float, float, int, int]]


def load_counts(path: Path) -> Counts:
    """The section `counts` of a calibration file; InputError naming file and key."""
    entry = validated(_CountsEntry, read_calibration(path).get("counts"), path, at=("counts",))
    return Counts(
        entry.replies,
        {kind: tuple(Count(row[0], tuple(row[1:-2]), *row[-2:]) for row in getattr(entry, kind)) for kind in COLUMNS},
    )


def _scaled(kind: str, x: tuple[float, ...]) -> list[float]:
    if kind == "noted":
        notes, place, own_words = x
        return [math.log2(notes), place - 0.5, own_words]
    if kind == "asked":
        return [math.log2(x[0])]
    difficulty, prompt_tokens = x
    return [difficulty, math.log2(max(1.0, prompt_tokens / SHORT_PROMPT))]


def _rates(counts: Mapping[object, tuple[int, int]]) -> dict[str, list[float]]:
    """Rate, interval and counts by name: [rate, low, high, successes, trials]."""
    return {
        f"{name:g}" if isinstance(name, float) else str(name): [*proportion(k, n, 4), k, n]
        for name, (k, n) in counts.items()
    }


def _shape(fitted: Pooled) -> dict[str, object]:
    return {"effects": _rounded(fitted.effects), "otherwise": round(fitted.mean, 4)}


def _named(fitted: Pooled, *names: str) -> dict[str, float]:
    return {name: round(slope, 4) for name, slope in zip(names, fitted.slopes, strict=True)}


def _rounded(values: Mapping[str, float]) -> dict[str, float]:
    return {name: round(value, 4) for name, value in values.items()}


def _logit(p: float) -> float:
    p = min(0.99, max(0.01, p))
    return math.log(p / (1 - p))
