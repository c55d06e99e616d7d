"""A run's working folder: journals, locks, and a progress file that any process may watch."""

import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from pum.core.concurrency import locked
from pum.core.paths import WORK
from pum.runner.config import RunConfig
from pum.runner.journal import Journal
from pum.runner.world import load_profiles

log = logging.getLogger(__name__)

PROGRESS = "progress"


@dataclass(frozen=True)
class RunFolder:
    """The working folder of a run, or of one shard of it. It survives a killed process, and is deleted after success.

    `profiles`: the shard's positions in the study. All shards share the folder.
    """

    config: RunConfig
    work: Path = WORK
    profiles: range | None = None  # None: all

    @property
    def path(self) -> Path:
        study = self.config.study
        size = f"{study.n_profiles}x{study.n_sessions}x{'_'.join(map(str, study.seeds))}"
        return self.work / "runs" / self.config.method / f"{self.config.digest}-{size}"

    def journal_path(self, seed: int, user_id: str) -> Path:
        return self.path / f"seed-{seed}" / f"{user_id}.sqlite"

    def journal(self, seed: int, user_id: str) -> Journal:
        """A user's journal. A session with a model costs money, so it is kept through a power cut; others are quick."""
        return Journal(self.journal_path(seed, user_id), self.config.digest, durable=self.config.needs_model)

    @property
    def progress(self) -> Path:
        """A file with one byte per finished session, so that its size shows the progress to any process."""
        return self.path / (PROGRESS if self.profiles is None else f"{PROGRESS}-{shard_name(self.profiles)}")

    def count_session(self) -> None:
        with self.progress.open("ab") as file:
            file.write(b".")

    @property
    def scheduled(self) -> int:
        study = self.config.study
        profiles = study.n_profiles if self.profiles is None else len(self.profiles)
        return profiles * study.n_sessions * len(study.seeds)

    def users(self) -> tuple[str, ...]:
        scheduled = [profile.user_id for profile in load_profiles(self.config)]
        return tuple(scheduled if self.profiles is None else scheduled[self.profiles.start : self.profiles.stop])

    def finished(self) -> dict[tuple[int, str], int]:
        """How many sessions the journals hold, by (seed, user)."""
        counts = {}
        users = self.users()
        for seed in self.config.study.seeds:
            for user_id in users:
                counts[seed, user_id] = 0
                if self.journal_path(seed, user_id).exists():
                    journal = self.journal(seed, user_id)
                    counts[seed, user_id] = min(journal.finished(), self.config.study.n_sessions)
                    journal.close()
        return counts

    @contextmanager
    def lock(self) -> Iterator[tuple[int, ...]]:
        """Keep two processes from playing the same sessions: a whole run excludes all others, a shard only itself.

        Yields the locks' descriptors. InputError if the run is going on in another process; a shard waits until the
        same shard is finished.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        busy = f"{self.path}: this very run is going on in another process"
        with locked(self.path, busy, shared=self.profiles is not None) as whole:
            if self.profiles is None:
                yield (whole,)
            else:
                with locked(self.path / shard_name(self.profiles), busy="") as shard:
                    yield (whole, shard)

    def name_unfinished_others(self) -> None:
        """Log unfinished runs with other code, data or parameters; they are left alone."""
        others = [path.name for path in self.path.parent.iterdir() if path.is_dir() and path != self.path]
        if others and not any(self.path.iterdir()):
            log.warning(
                "%s: starting afresh; unfinished runs under other code, data or parameters: %s",
                self.config.method,
                ", ".join(sorted(others)),
            )


def shard_name(profiles: range) -> str:
    return f"{profiles.start}-{profiles.stop}"


class Progress:
    """A progress bar with sessions per hour; it watches the size of the run's progress file."""

    def __init__(self, folder: RunFolder) -> None:
        self._folder = folder
        # In a log file, every refresh adds a line.
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
        scheduled, method = self._folder.scheduled, self._folder.config.method
        with tqdm(total=scheduled, desc=method, bar_format=layout, file=sys.stderr) as bar:
            done = first = None
            while not self._stop.wait(self._interval):
                try:
                    done = self._folder.progress.stat().st_size
                except FileNotFoundError:
                    continue
                first = done if first is None else first
                hours = max(bar.format_dict["elapsed"], 1e-9) / 3600
                bar.set_postfix_str(f"{(done - first) / hours:,.0f} sessions/h", refresh=False)
                bar.update(done - bar.n)
            bar.update(0 if self._failed else scheduled - bar.n)
