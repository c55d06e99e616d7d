"""`--continue-from`: a finished run's sessions become the first sessions of a longer one."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from pum.errors import InputError
from pum.runner.config import RunConfig
from pum.runner.journal import Journal
from pum.runner.records import Outcome
from pum.runner.results import read_results
from pum.runner.world import World

if TYPE_CHECKING:
    import pandas as pd


def check_continuable(finished: Path, config: RunConfig, world: World) -> None:
    """InputError when `finished` is no finished run, or was made by another method, code, data or parameters."""
    try:
        checkpoint = json.loads((finished / "checkpoint.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{finished}: cannot continue from there: {error}") from None
    if not isinstance(checkpoint, dict) or checkpoint.get("digest") != config.digest:
        raise InputError(f"{finished}: made by another method, code, data or parameters; it cannot be continued")
    if max(checkpoint["sessions_per_profile"].values(), default=0) > config.study.n_sessions:
        raise InputError(f"{finished}: has more than {config.study.n_sessions} sessions; there is nothing to continue")
    played = {name.split("/")[1] for name in checkpoint["sessions_per_profile"]}
    wanted = [profile.user_id for profile in world.profiles[: config.study.transcripts]]
    if lost := [user for user in wanted if user in played and user not in checkpoint["transcripts"]]:
        raise InputError(f"{finished}: kept no transcript of {lost[0]}; ask for at most {len(wanted) - len(lost)}")


def seed_journals(finished: Path, folder: Path, config: RunConfig) -> None:
    """Fill the journals under `folder` from the results in `finished`; those that have any session stay as they are."""
    import pandas as pd

    sessions = pd.DataFrame(read_results(finished)["sessions"])
    sessions = sessions[sessions.outcome != Outcome.INFRASTRUCTURE_ERROR]
    turns = pd.read_parquet(finished / "turns.parquet")
    users = pd.read_parquet(finished / "users.parquet")
    for seed, user_id, state in users[["seed", "user_id", "state"]].itertuples(index=False):
        journal = Journal(folder / f"seed-{seed}" / f"{user_id}.sqlite", config.digest)
        if not journal.finished():
            mine = [table[(table.seed == seed) & (table.user_id == user_id)] for table in (sessions, turns)]
            journal.commit_json(_records(mine[0]), _records(mine[1]), json.loads(state))
        journal.close()


def _records(table: "pd.DataFrame") -> list[dict]:
    """Rows as plain dictionaries, what is missing as None."""
    return table.astype(object).where(table.notna(), None).to_dict("records")
