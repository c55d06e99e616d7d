"""Several runs at once: so that a slow model server gets full batches, and that small runs keep every core busy."""

import multiprocessing
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path

from pum.errors import IncompleteRun
from pum.paths import WORK
from pum.runner.checks import check
from pum.runner.config import RunConfig
from pum.runner.run import run


def run_together(runs: Sequence[tuple[RunConfig, Path]], processes: int, work: Path = WORK) -> None:
    """Each (configuration, output) in one of `processes`; all are checked before the first session is played.

    Each has its share of the budget of calls, and of the requests that an address may have under way. One whose model
    stopped answering does not stop the others; IncompleteRun then says which are to be started again.
    """
    at_once = min(processes, len(runs))
    runs = [(replace(config, played_together=len(runs), played_at_once=at_once), output) for config, output in runs]
    for config, output in runs:
        check(config, output)
    with ProcessPoolExecutor(processes, multiprocessing.get_context("spawn")) as pool:
        started = [pool.submit(run, config, output, work=work) for config, output in runs]
    errors = [error for job in started if (error := job.exception())]
    for error in errors:
        if not isinstance(error, IncompleteRun):
            raise error
    if errors:
        raise IncompleteRun("; ".join(map(str, errors)))
