"""Locks: no session is played twice at once, and no two runs write into one folder."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from pum.core.errors import InputError
from pum.runner.job import Run, range_name


@contextmanager
def only_one(job: Run) -> Iterator[None]:
    """Two processes must not play the same sessions at once: a whole run excludes all others, ranges their equals."""
    job.folder.mkdir(parents=True, exist_ok=True)
    whole = job.profiles is None
    with job.folder.with_suffix(".lock").open("w") as file, ExitStack() as locks:
        try:
            fcntl.flock(file, (fcntl.LOCK_EX if whole else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InputError(f"{job.folder}: this very run is going on in another process") from None
        if not whole:
            own = locks.enter_context((job.folder / f"{range_name(job.profiles)}.lock").open("w"))
            fcntl.flock(own, fcntl.LOCK_EX)
        yield


@contextmanager
def only_one_into(output: Path) -> Iterator[None]:
    """Two runs, even different ones, must not write their results into one folder."""
    folder = os.open(output, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise InputError(f"{output}: another run is going on that writes its results there") from None
    finally:
        os.close(folder)
