"""How often the checkers agree with a reader of a real model's replies (`data/labelled/readings.jsonl`)."""

from collections.abc import Mapping, Sequence

import pandas as pd

from pum.bench.checkers.checking import check
from pum.bench.types import Situation, Task
from pum.calibration.fit import wilson

_DIGITS = 3


def agreement_table(
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
    low, high = wilson(agreed, len(group))
    differs = group[group.verdict != group["first"]]
    return {
        "split": split,
        "style": style,
        "n": len(group),
        "satisfied": int((group["first"] == "satisfied").sum()),
        "agreed": agreed,
        "rate": round(agreed / len(group), _DIGITS),
        "low": round(low, _DIGITS),
        "high": round(high, _DIGITS),
        "too_strict": int((differs.verdict == "violated").sum()),
        "too_lenient": int((differs.verdict == "satisfied").sum()),
        "before": int((group.before == group["first"]).sum()),
        "reread": int((group.second == group["first"]).sum()),
    }
