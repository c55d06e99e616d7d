"""Reads runs into one table: a row per scheduled session, failed ones included."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from pum.core.errors import InputError
from pum.results.files import read_results
from pum.results.rows import FAILURES, Outcome


def load_sessions(study: Path, methods: Sequence[str]) -> pd.DataFrame:
    """Sessions of all methods of a study, with `method`, `timeout` and `failed` columns.

    A failed session counts as one that ran out of turns, and as no success; turns, tokens and enforcements are those
    seen before it failed, and none of a session that the model's absence kept from being played to an end.
    """
    frames = []
    for method in methods:
        try:
            data = read_results(study / method)
        except FileNotFoundError as error:
            raise InputError(f"{error.filename}: no results there; run `dvc repro`") from None
        frame = pd.DataFrame(data["sessions"]).assign(method=method)
        if len(frame) != data["scheduled"]:
            raise InputError(f"{study / method}: {len(frame)} sessions of {data['scheduled']} scheduled ones")
        frames.append(frame)
    sessions = pd.concat(frames, ignore_index=True)
    return sessions.assign(
        timeout=sessions.outcome.isin((Outcome.TIMEOUT, *FAILURES)).astype(float),
        failed=sessions.outcome.isin(FAILURES),
        success=sessions.success.astype(float),
    )
