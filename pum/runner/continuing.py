"""`--continue-from`: a finished run's sessions become the first sessions of a longer one."""

import json
from pathlib import Path

from pum.errors import InputError
from pum.runner.config import RunConfig
from pum.runner.journal import Journal
from pum.runner.results import read_results


def seed_journals(finished: Path, folder: Path, config: RunConfig) -> None:
    """Fill the journals under `folder` from the results in `finished`; journals that are further along stay.

    InputError when `finished` is no finished run, or was made by another method, code, data or parameters.
    """
    import pandas as pd

    try:
        checkpoint = json.loads((finished / "checkpoint.json").read_text(encoding="utf-8"))
        sessions = read_results(finished)["sessions"]
        turns = pd.read_parquet(finished / "turns.parquet")
        users = pd.read_parquet(finished / "users.parquet")
    except (OSError, ValueError, KeyError) as error:
        raise InputError(f"{finished}: cannot continue from there: {error}") from None
    if checkpoint.get("digest") != config.digest:
        raise InputError(f"{finished}: made by another method, code, data or parameters; it cannot be continued")
    rows = [
        {key: (None if pd.isna(value) else value) for key, value in row.items()} for row in turns.to_dict("records")
    ]
    for seed, user_id, state in users[["seed", "user_id", "state"]].itertuples(index=False):
        journal = Journal(folder / f"seed-{seed}" / f"{user_id}.sqlite", config.digest)
        mine = [row for row in sessions if (row["seed"], row["user_id"]) == (seed, user_id) and not row["error"]]
        for row in mine[journal.finished() :]:
            spoken = [
                turn
                for turn in rows
                if (turn["seed"], turn["user_id"], turn["session"]) == (seed, user_id, row["session"])
            ]
            journal.commit_json(row, spoken, json.loads(state))
        journal.close()
