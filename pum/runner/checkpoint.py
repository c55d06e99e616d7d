"""Finished runs: their checkpoint.json, longer runs that continue them, and the cache of results.

The cache keeps each stage's last finished run where DVC does not delete it. Only a run with the same digest continues
from it, so the bytes are those of a run from the start. It is safe to delete: the next run only takes longer.
"""

import json
import logging
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, NonNegativeInt, ValidationError

from pum.core.errors import InputError
from pum.core.files import sha256
from pum.core.paths import WORK
from pum.core.validation import FrozenModel, first_error
from pum.results.files import Outcome, read_results
from pum.runner.config import RunConfig
from pum.runner.run_folder import RunFolder
from pum.runner.world import World, load_world

if TYPE_CHECKING:
    import pandas as pd

log = logging.getLogger(__name__)

# The files from which a longer run continues; the checkpoint has their SHA-256.
CONTINUED_FROM = ("results.json", "turns.parquet", "users.parquet")


class Checkpoint(FrozenModel, strict=True):
    """checkpoint.json: which run finished, and how far it got. Keys of `sessions_per_profile` are SEED/USER."""

    format: Literal[2]
    study: str
    method: str
    digest: str
    transcripts: list[str]
    files: dict[str, str]
    sessions_per_profile: dict[Annotated[str, Field(pattern=r"\A\d+/[a-z0-9_-]+\z")], NonNegativeInt]


def read_checkpoint(finished: Path) -> Checkpoint:
    """Read a run's checkpoint; InputError if it is missing, damaged or of another version."""
    path = finished / "checkpoint.json"
    try:
        return Checkpoint.model_validate_json(path.read_bytes())
    except OSError as error:
        raise InputError(f"{finished}: no finished run to continue ({path.name}: {error.strerror})") from None
    except ValidationError as error:
        raise InputError(f"{path}: damaged or of another version ({first_error(error)})") from None


def is_finished(folder: RunFolder, output: Path) -> bool:
    """Does `output` hold this run, complete and unchanged?"""
    if (checkpoint := _checkpoint(output)) is None:
        return False
    study, users = folder.config.study, folder.users()
    every = {f"{seed}/{user}": study.n_sessions for seed in study.seeds for user in users}
    return (
        checkpoint.digest == folder.config.digest
        and checkpoint.sessions_per_profile == every
        and checkpoint.transcripts == list(users[: study.transcripts])
        and not any(_changed(output, checkpoint))
    )


def check_continuable(finished: Path, config: RunConfig, world: World) -> None:
    """Raise InputError unless `finished` is a run of the same method, code, data and parameters, unchanged."""
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


def seed_journals(finished: Path, folder: RunFolder) -> None:
    """Fill the run's journals from the results in `finished`; journals that have sessions stay as they are."""
    import pandas as pd

    sessions = pd.DataFrame(read_results(finished)["sessions"])
    sessions = sessions[sessions.outcome != Outcome.INFRASTRUCTURE_ERROR]
    turns = pd.read_parquet(finished / "turns.parquet")
    users = pd.read_parquet(finished / "users.parquet")
    for seed, user_id, state in users[["seed", "user_id", "state"]].itertuples(index=False):
        journal = folder.journal(seed, user_id)
        if not journal.finished():
            mine = [table[(table.seed == seed) & (table.user_id == user_id)] for table in (sessions, turns)]
            journal.commit_json(_records(mine[0]), _records(mine[1]), json.loads(state))
        journal.close()


def save_to_cache(config: RunConfig, output: Path, work: Path = WORK) -> None:
    """Copy finished results of this run from `output` into the cache, replacing the stage's earlier ones."""
    cached = _cached(config, work)
    if (checkpoint := _checkpoint(output)) is None or checkpoint.digest != config.digest:
        return
    part = cached.with_suffix(".part")
    for old in (part, cached):
        shutil.rmtree(old, ignore_errors=True)
    shutil.copytree(output, part)
    part.rename(cached)


def continue_from_cache(config: RunConfig, work: Path = WORK) -> bool:
    """Start from cached results of a smaller run with the same digest; returns whether it did."""
    cached = _cached(config, work)
    checkpoint = _checkpoint(cached)
    played = sum(checkpoint.sessions_per_profile.values()) if checkpoint else 0
    folder = RunFolder(config, work)
    if not 0 < played < folder.scheduled:
        return False
    try:
        check_continuable(cached, config, load_world(config))
    except InputError as error:
        log.info("%s: starts afresh: %s", config.method, error)
        return False
    seed_journals(cached, folder)
    return True


def _checkpoint(folder: Path) -> Checkpoint | None:
    try:
        return read_checkpoint(folder)
    except InputError:
        return None


def _cached(config: RunConfig, work: Path) -> Path:
    return work / "finished" / config.name / config.method


def _changed(finished: Path, checkpoint: Checkpoint) -> Iterator[Path]:
    """Result files that are missing or changed."""
    for name in CONTINUED_FROM:
        if not (finished / name).is_file() or sha256(finished / name) != checkpoint.files.get(name):
            yield finished / name


def _records(table: "pd.DataFrame") -> list[dict]:
    """Rows as plain dictionaries, with None for missing values."""
    return table.astype(object).where(table.notna(), None).to_dict("records")
