"""The last finished run of each stage, kept where DVC does not delete it: more sessions or profiles go on from there.

Only a run of the same digest is continued, so the bytes are those of a run from the start. Deleting them loses time.
"""

import logging
import shutil
from pathlib import Path

from pum.core.errors import InputError
from pum.core.paths import WORK
from pum.runner.config import RunConfig
from pum.runner.continuing import Checkpoint, check_continuable, read_checkpoint, seed_journals
from pum.runner.job import Run
from pum.runner.world import load_world

log = logging.getLogger(__name__)


def keep(config: RunConfig, output: Path, work: Path = WORK) -> None:
    """Remember the finished results in `output`, if they are of this run, in place of the stage's earlier ones."""
    kept = _folder(config, work)
    if (checkpoint := _checkpoint(output)) is None or checkpoint.digest != config.digest:
        return
    part = kept.with_suffix(".part")
    for old in (part, kept):
        shutil.rmtree(old, ignore_errors=True)
    shutil.copytree(output, part)
    part.rename(kept)


def go_on_from_kept(config: RunConfig, work: Path = WORK) -> bool:
    """Start from what is kept, if that is a smaller run of the same digest; says whether it did."""
    kept = _folder(config, work)
    checkpoint = _checkpoint(kept)
    played = sum(checkpoint.sessions_per_profile.values()) if checkpoint else 0
    if not 0 < played < Run(config).scheduled:
        return False
    try:
        check_continuable(kept, config, load_world(config))
    except InputError as error:
        log.info("%s: starts afresh: %s", config.method, error)
        return False
    seed_journals(kept, Run(config, work).folder, config)
    return True


def _checkpoint(folder: Path) -> Checkpoint | None:
    try:
        return read_checkpoint(folder)
    except InputError:
        return None


def _folder(config: RunConfig, work: Path) -> Path:
    return work / "finished" / config.name / config.method
