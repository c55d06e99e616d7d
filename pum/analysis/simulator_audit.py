"""How well do users played by language models enforce? Their enforcement against what the checkers find.

A pair is a reply and a checkable wish that the user was told of and that applied. It is violated when the checker says
so, and enforced when the user's next message asks for it by the user's own account.
"""

import json
from collections.abc import Collection

import pandas as pd

from pum.calibration.fit import wilson

COLUMNS = [
    "wishes", "replies", "pairs", "violated", "enforced", "both",
    "precision", "precision_low", "precision_high", "recall", "recall_low", "recall_high",
]  # fmt: skip


def enforcement_pairs(turns: pd.DataFrame, checkable: Collection[str]) -> pd.DataFrame:
    """Columns reply (a number), preference, violated, enforced; a row a pair. `turns` as in turns.parquet."""
    rows, reply = [], 0
    for _, session in turns.sort_values("turn").groupby(["seed", "user_id", "session"], sort=True):
        ordered = list(session.itertuples(index=False))
        for answered, following in zip(ordered, ordered[1:], strict=False):
            violated, enforced = set(json.loads(answered.violated)), set(json.loads(following.enforced))
            told = [id_ for id_ in json.loads(answered.applicable) if id_ in checkable]
            rows += [(reply, id_, id_ in violated, id_ in enforced) for id_ in told]
            reply += 1
    return pd.DataFrame(rows, columns=["reply", "preference", "violated", "enforced"])


def audit_table(pairs: pd.DataFrame) -> pd.DataFrame:
    """A row for all wishes and one per family (the id up to its underscore), with 95% Wilson intervals.

    precision: of what was enforced, the share that was violated; recall: of what was violated, the share enforced.
    """
    families = pairs.preference.str.partition("_")[0]
    groups = [("all", pairs), *pairs.groupby(families, sort=True)]
    return pd.DataFrame([_row(name, group) for name, group in groups], columns=COLUMNS)


def _row(name: str, pairs: pd.DataFrame) -> tuple:
    violated, enforced = int(pairs.violated.sum()), int(pairs.enforced.sum())
    both = int((pairs.violated & pairs.enforced).sum())
    counts = (name, pairs.reply.nunique(), len(pairs), violated, enforced, both)
    return (*counts, *_rate(both, enforced), *_rate(both, violated))


def _rate(part: int, whole: int) -> tuple[float | None, float | None, float | None]:
    """With its interval; nothing where there was nothing to be right about."""
    if not whole:
        return None, None, None
    low, high = wilson(part, whole)
    return round(part / whole, 4), round(low, 4), round(high, 4)
