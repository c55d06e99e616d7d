"""`--continue-from`: a finished run's sessions become the first sessions of a longer one."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt, ValidationError

from pum.core.errors import InputError
from pum.results.files import read_results, sha256
from pum.results.rows import Outcome
from pum.runner.config import RunConfig
from pum.runner.job import Run
from pum.runner.journal import Journal
from pum.runner.results import CONTINUED_FROM
from pum.runner.world import World

if TYPE_CHECKING:
    import pandas as pd


class Checkpoint(BaseModel):
    """checkpoint.json: what a finished run was, and how far it got. `sessions_per_profile` is by SEED/USER."""

    model_config = ConfigDict(extra="forbid", strict=True)

    format: Literal[2]
    study: str
    method: str
    digest: str
    transcripts: list[str]
    files: dict[str, str]
    sessions_per_profile: dict[Annotated[str, Field(pattern=r"\A\d+/[a-z0-9_-]+\z")], NonNegativeInt]


def read_checkpoint(finished: Path) -> Checkpoint:
    """InputError when there is none, or it is damaged or of another version."""
    path = finished / "checkpoint.json"
    try:
        return Checkpoint.model_validate_json(path.read_bytes())
    except OSError as error:
        raise InputError(f"{finished}: no finished run to continue ({path.name}: {error.strerror})") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise InputError(f"{path}: damaged or of another version ({where}: {first['msg']})") from None


def is_finished(job: Run, output: Path) -> bool:
    """Does `output` have this very run, every session of it played, and as the run left it?"""
    try:
        checkpoint = read_checkpoint(output)
    except InputError:
        return False
    study, users = job.config.study, job.users()
    every = {f"{seed}/{user}": study.n_sessions for seed in study.seeds for user in users}
    return (
        checkpoint.digest == job.config.digest
        and checkpoint.sessions_per_profile == every
        and checkpoint.transcripts == list(users[: study.transcripts])
        and not any(_changed(output, checkpoint))
    )


def check_continuable(finished: Path, config: RunConfig, world: World) -> None:
    """InputError when `finished` is no finished run, or was made by another method, code, data or parameters."""
    checkpoint = read_checkpoint(finished)
    if checkpoint.digest != config.digest:
        raise InputError(f"{finished}: made by another method, code, data or parameters; it cannot be continued")
    for path in _changed(finished, checkpoint):
        raise InputError(f"{path}: not as the run left it; it cannot be continued")
    if max(checkpoint.sessions_per_profile.values(), default=0) > config.study.n_sessions:
        raise InputError(f"{finished}: has more than {config.study.n_sessions} sessions; there is nothing to continue")
    played = {name.split("/")[1] for name in checkpoint.sessions_per_profile}
    wanted = [profile.user_id for profile in world.profiles[: config.study.transcripts]]
    if lost := [user for user in wanted if user in played and user not in checkpoint.transcripts]:
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


def _changed(finished: Path, checkpoint: Checkpoint) -> Iterator[Path]:
    """Results that are not as the run left them."""
    for name in CONTINUED_FROM:
        if not (finished / name).is_file() or sha256(finished / name) != checkpoint.files.get(name):
            yield finished / name


def _records(table: "pd.DataFrame") -> list[dict]:
    """Rows as plain dictionaries, what is missing as None."""
    return table.astype(object).where(table.notna(), None).to_dict("records")
