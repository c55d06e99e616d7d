"""Several runs at once: so that a slow model server gets full batches, and that small runs keep every core busy."""

import logging
import multiprocessing
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from pathlib import Path

from pum.core.errors import IncompleteRun
from pum.core.paths import WORK
from pum.runner.checks import check
from pum.runner.config import RunConfig
from pum.runner.continuing import is_finished
from pum.runner.job import Run
from pum.runner.run import run, worker_killed

log = logging.getLogger(__name__)


def run_together(
    runs: Sequence[tuple[RunConfig, Path]], processes: int, work: Path = WORK, again: bool = False
) -> None:
    """Each (configuration, output) in one of `processes`; all are checked before the first session is played.

    One that an earlier call finished is not played again, unless `again`. Each of the others has its share of the
    budget of calls, and of the requests that an address may have under way. One whose model stopped answering does not
    stop the others; IncompleteRun then says which are to be started again, and if a process was killed.
    """
    scheduled = len(runs)
    runs = [(config, output) for config, output in runs if again or not is_finished(Run(config, work), output)]
    if len(runs) < scheduled:
        log.warning("%d of %d runs are finished already", scheduled - len(runs), scheduled)
    if not runs:
        return
    at_once = min(processes, len(runs))
    runs = [(replace(config, played_together=len(runs), played_at_once=at_once), output) for config, output in runs]
    for config, output in runs:
        check(config, output)
    try:
        with ProcessPoolExecutor(processes, multiprocessing.get_context("spawn")) as pool:
            started = [pool.submit(run, config, output, work=work) for config, output in runs]
        errors = [error for job in started if (error := job.exception())]
        for error in errors:
            if not isinstance(error, IncompleteRun):
                raise error
    except BrokenProcessPool:
        raise worker_killed(f"{len(runs)} runs played together") from None
    if errors:
        raise IncompleteRun("; ".join(map(str, errors)))
