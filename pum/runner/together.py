"""Several runs at once: so that a slow model server gets full batches, and that small runs keep every core busy."""

import multiprocessing
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from pum.errors import IncompleteRun
from pum.paths import WORK
from pum.runner.config import RunConfig
from pum.runner.run import check, run


def run_together(runs: Sequence[tuple[RunConfig, Path]], processes: int, work: Path = WORK) -> None:
    """Each (configuration, output) in one of `processes`; all are checked before the first session is played.

    One whose model stopped answering does not stop the others; IncompleteRun then says which are to be started again.
    """
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
