"""`pum status`: how far each method and range is, from the journals and from SLURM's queue."""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from tqdm import tqdm

from pum.cluster import slurm
from pum.cluster.sharded_run import ShardedRun
from pum.core.errors import InputError
from pum.core.sqlite_file import read_only
from pum.results.files import read_results

_HEADER = (
    f"{'method':<13} {'range':<7} {'sessions':>15}  {'state':<22} {'sessions/h':>10} {'left':>8} {'agent tokens':>13}"
)


@dataclass(frozen=True)
class Standing:
    """The progress of one range. `per_hour` counts since its job began; None while unknown."""

    done: int
    scheduled: int
    state: str
    per_hour: float | None
    tokens: int  # written by the agent in journaled sessions

    @property
    def hours_left(self) -> float | None:
        return (self.scheduled - self.done) / self.per_hour if self.per_hour else None


def standings(runs: Sequence[ShardedRun]) -> dict[str, list[Standing]]:
    """Method -> the standing of each range. Without SLURM on this machine, from the journals only."""
    try:
        queue = slurm.queued()
    except (InputError, slurm.ControllerDown):
        queue = {}
    return {run.config.method: _of_job(run, queue) for run in runs}


def show(runs: Sequence[ShardedRun]) -> None:
    found = standings(runs)
    print(_HEADER)
    for run in runs:
        for shard, standing in zip(run.shards, found[run.config.method], strict=True):
            print(_line(run.config.method, f"p{shard.start}", standing))


def watch(runs: Sequence[ShardedRun]) -> None:
    """Show a progress bar for each range until all are finished."""
    labels = [(run.config.method, shard) for run in runs for shard in run.shards]
    scheduled = [run.shard(index).scheduled for run in runs for index in range(len(run.shards))]
    bars = [
        tqdm(total=total, desc=f"{method} p{shard.start}".ljust(20), position=row, unit="session")
        for row, ((method, shard), total) in enumerate(zip(labels, scheduled, strict=True))
    ]
    try:
        while True:
            now = [standing for found in standings(runs).values() for standing in found]
            for bar, standing in zip(bars, now, strict=True):
                bar.set_postfix_str(standing.state, refresh=False)
                bar.update(standing.done - bar.n)
                bar.refresh()
            if all(standing.done >= standing.scheduled for standing in now):
                return
            time.sleep(runs[0].config.params.site.cluster.poll_s)
    finally:
        for bar in bars:
            bar.close()


def _of_job(run: ShardedRun, queue: dict[str, dict[int, slurm.QueuedTask]]) -> list[Standing]:
    if not run.merged():
        return [_standing(run, index, queue) for index in range(len(run.shards))]
    tokens = Counter[str]()
    for row in read_results(run.results)["sessions"]:
        tokens[row["user_id"]] += row["agent_tokens"]
    shards = [run.shard(index) for index in range(len(run.shards))]
    return [
        Standing(shard.scheduled, shard.scheduled, "merged", None, sum(tokens[user] for user in shard.users()))
        for shard in shards
    ]


def _standing(run: ShardedRun, index: int, queue: dict[str, dict[int, slurm.QueuedTask]]) -> Standing:
    shard = run.shard(index)
    done, tokens = _journaled(run, index)
    task = queue.get(run.name, {}).get(index)
    if task:
        state = task.state.lower() + (f" ({task.reason})" if task.reason not in ("None", "") else "")
    elif done >= shard.scheduled:
        state = "done"
    else:
        state = "failed" if run.log(index).exists() else "not queued"
    return Standing(done, shard.scheduled, state, _rate(run, index, done), tokens)


def _journaled(run: ShardedRun, index: int) -> tuple[int, int]:
    """Sessions and tokens of a range. Journals are opened read-only, so that a running job is not disturbed."""
    shard = run.shard(index)
    done = tokens = 0
    limit = run.config.study.n_sessions
    for seed in run.config.study.seeds:
        for user in shard.users():
            path = shard.journal_path(seed, user)
            if path.exists():
                with read_only(path) as db:
                    query = "SELECT COUNT(*), SUM(json_extract(row, '$.agent_tokens')) FROM sessions WHERE session < ?"
                    count, written = db.execute(query, (limit,)).fetchone()
                done += count
                tokens += written or 0
    return done, tokens


def _rate(run: ShardedRun, index: int, done: int) -> float | None:
    """Sessions per hour between the job's last start and its last session."""
    progress = run.shard(index).progress
    if not (progress.exists() and run.log(index).exists()):
        return None
    starts = [float(line.split()[0]) for line in run.log(index).read_text().splitlines() if " start task=" in line]
    before = run.folder / f"{index}.before"
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
