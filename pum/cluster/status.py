"""`pum status`: how far each method and range is, from the journals and from what SLURM has queued."""

import sqlite3
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass

from tqdm import tqdm

from pum.cluster import slurm
from pum.cluster.job import Job
from pum.core.errors import InputError
from pum.results.files import read_results

_HEADER = (
    f"{'method':<13} {'range':<7} {'sessions':>15}  {'state':<22} {'sessions/h':>10} {'left':>8} {'agent tokens':>13}"
)


@dataclass(frozen=True)
class Standing:
    """Of one range. `per_hour` is since its job began; None before that can be told."""

    done: int
    scheduled: int
    state: str
    per_hour: float | None
    tokens: int  # written by the agent in journaled sessions

    @property
    def hours_left(self) -> float | None:
        return (self.scheduled - self.done) / self.per_hour if self.per_hour else None


def standings(jobs: Sequence[Job]) -> dict[str, list[Standing]]:
    """By method, range by range. Without SLURM on this machine, what the journals say."""
    try:
        queue = slurm.queued()
    except (InputError, slurm.ControllerDown):
        queue = {}
    return {job.config.method: _of_job(job, queue) for job in jobs}


def show(jobs: Sequence[Job]) -> None:
    """Print the table once."""
    found = standings(jobs)
    print(_HEADER)
    for job in jobs:
        for part, standing in zip(job.ranges, found[job.config.method], strict=True):
            print(_line(job.config.method, f"p{part.start}", standing))


def watch(jobs: Sequence[Job]) -> None:
    """A bar a range, until all is done."""
    labels = [(job.config.method, part) for job in jobs for part in job.ranges]
    scheduled = [job.part(index).scheduled for job in jobs for index in range(len(job.ranges))]
    bars = [
        tqdm(total=total, desc=f"{method} p{part.start}".ljust(20), position=row, unit="session")
        for row, ((method, part), total) in enumerate(zip(labels, scheduled, strict=True))
    ]
    try:
        while True:
            now = [standing for found in standings(jobs).values() for standing in found]
            for bar, standing in zip(bars, now, strict=True):
                bar.set_postfix_str(standing.state, refresh=False)
                bar.update(standing.done - bar.n)
                bar.refresh()
            if all(standing.done >= standing.scheduled for standing in now):
                return
            time.sleep(jobs[0].config.params.site.cluster.poll_s)
    finally:
        for bar in bars:
            bar.close()


def _of_job(job: Job, queue: dict[str, dict[int, slurm.Task]]) -> list[Standing]:
    if not job.merged():
        return [_standing(job, index, queue) for index in range(len(job.ranges))]
    tokens = Counter[str]()
    for row in read_results(job.results)["sessions"]:
        tokens[row["user_id"]] += row["agent_tokens"]
    parts = [job.part(index) for index in range(len(job.ranges))]
    return [
        Standing(part.scheduled, part.scheduled, "merged", None, sum(tokens[user] for user in part.users()))
        for part in parts
    ]


def _standing(job: Job, index: int, queue: dict[str, dict[int, slurm.Task]]) -> Standing:
    part = job.part(index)
    done, tokens = _journaled(job, index)
    task = queue.get(job.name, {}).get(index)
    if task:
        state = task.state.lower() + (f" ({task.reason})" if task.reason not in ("None", "") else "")
    elif done >= part.scheduled:
        state = "done"
    else:
        state = "failed" if job.log(index).exists() else "not queued"
    return Standing(done, part.scheduled, state, _rate(job, index, done), tokens)


def _journaled(job: Job, index: int) -> tuple[int, int]:
    """Sessions and tokens of a range; read only, so that a run that goes on is not disturbed."""
    part = job.part(index)
    done = tokens = 0
    limit = job.config.study.n_sessions
    for seed in job.config.study.seeds:
        for user in part.users():
            path = part.folder / f"seed-{seed}" / f"{user}.sqlite"
            if path.exists():
                with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=10)) as db:
                    query = "SELECT COUNT(*), SUM(json_extract(row, '$.agent_tokens')) FROM sessions WHERE session < ?"
                    count, written = db.execute(query, (limit,)).fetchone()
                done += count
                tokens += written or 0
    return done, tokens


def _rate(job: Job, index: int, done: int) -> float | None:
    """Sessions per hour between the job's last start and its last session."""
    progress = job.part(index).progress
    if not (progress.exists() and job.log(index).exists()):
        return None
    starts = [float(line.split()[0]) for line in job.log(index).read_text().splitlines() if " start task=" in line]
    before = job.folder / f"{index}.before"
    if not starts or not before.exists():
        return None
    hours = (progress.stat().st_mtime - starts[-1]) / 3600
    played = done - int(before.read_text())
    return played / hours if played > 0 and hours > 0 else None


def _line(method: str, name: str, standing: Standing) -> str:
    rate = f"{standing.per_hour:,.0f}" if standing.per_hour else ""
    left = f"{standing.hours_left:.1f} h" if standing.hours_left else ""
    sessions = f"{standing.done:,}/{standing.scheduled:,}"
    return f"{method:<13} {name:<7} {sessions:>15}  {standing.state:<22} {rate:>10} {left:>8} {standing.tokens:>13,}"
