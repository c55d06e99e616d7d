"""What is to be played: a configured run, whole or a range of its profiles, and the folder in which it is under way."""

from dataclasses import dataclass
from pathlib import Path

from pum.core.paths import WORK
from pum.runner.config import RunConfig
from pum.runner.journal import Journal
from pum.runner.world import load_profiles

PROGRESS = "progress"


@dataclass(frozen=True)
class Run:
    """A configured run and where it works; `folder` outlives a killed process, and is deleted after success.

    `profiles` are positions in the study: one range's share of the run, whose journals lie in the run's own folder.
    """

    config: RunConfig
    work: Path = WORK
    profiles: range | None = None  # None: all

    @property
    def folder(self) -> Path:
        study = self.config.study
        size = f"{study.n_profiles}x{study.n_sessions}x{'_'.join(map(str, study.seeds))}"
        return self.work / "runs" / self.config.method / f"{self.config.digest}-{size}"

    def journal(self, seed: int, user_id: str) -> Journal:
        return Journal(self.folder / f"seed-{seed}" / f"{user_id}.sqlite", self.config.digest)

    @property
    def progress(self) -> Path:
        """A byte per finished session, so that any process can watch by its size."""
        return self.folder / (PROGRESS if self.profiles is None else f"{PROGRESS}-{range_name(self.profiles)}")

    @property
    def scheduled(self) -> int:
        study = self.config.study
        profiles = study.n_profiles if self.profiles is None else len(self.profiles)
        return profiles * study.n_sessions * len(study.seeds)

    def users(self) -> tuple[str, ...]:
        """The ids of its profiles."""
        scheduled = [profile.user_id for profile in load_profiles(self.config)]
        return tuple(scheduled if self.profiles is None else scheduled[self.profiles.start : self.profiles.stop])

    def finished(self) -> dict[tuple[int, str], int]:
        """How many sessions the journals hold, by (seed, user)."""
        counts = {}
        users = self.users()
        for seed in self.config.study.seeds:
            for user_id in users:
                counts[seed, user_id] = 0
                if (self.folder / f"seed-{seed}" / f"{user_id}.sqlite").exists():
                    journal = self.journal(seed, user_id)
                    counts[seed, user_id] = min(journal.finished(), self.config.study.n_sessions)
                    journal.close()
        return counts


def range_name(profiles: range) -> str:
    """A range's share of file names."""
    return f"{profiles.start}-{profiles.stop}"
