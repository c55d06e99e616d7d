"""A progress bar for a run that is played by any process."""

import sys
import threading

from tqdm import tqdm

from pum.runner.job import Run


class Progress:
    """A bar with sessions per hour, fed by the size of the run's progress file; any process may watch any run."""

    def __init__(self, job: Run) -> None:
        self._job = job
        # In a log file every refresh is a line.
        self._interval = 0.5 if sys.stderr.isatty() else 10.0
        self._failed = False
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "Progress":
        self._thread.start()
        return self

    def __exit__(self, error: type[BaseException] | None, *_: object) -> None:
        self._failed = error is not None
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        layout = "{desc}: {percentage:3.0f}%|{bar:30}| {n_fmt}/{total_fmt} [{elapsed}<{remaining}, {postfix}]"
        with tqdm(total=self._job.scheduled, desc=self._job.config.method, bar_format=layout, file=sys.stderr) as bar:
            done = first = None
            while not self._stop.wait(self._interval):
                try:
                    done = self._job.progress.stat().st_size
                except FileNotFoundError:
                    continue
                first = done if first is None else first
                hours = max(bar.format_dict["elapsed"], 1e-9) / 3600
                bar.set_postfix_str(f"{(done - first) / hours:,.0f} sessions/h", refresh=False)
                bar.update(done - bar.n)
            bar.update(0 if self._failed else self._job.scheduled - bar.n)
