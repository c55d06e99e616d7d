"""Ranges of a run: whatever their sizes, played in any order, stopped or played twice, they merge to the same bytes."""

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pum.cluster import executor, slurm
from pum.cluster.sharded_run import ShardedRun, cut, read_sharded_run
from pum.config.params import Params, check_params
from pum.core.errors import IncompleteRun, InputError
from pum.runner.batch import STOP_FILE, play_shard, run
from pum.runner.config import RunConfig
from tests.small_runs import small_files, small_params

MERGED = ("results.json", "turns.parquet", "users.parquet", "manifest.json", "checkpoint.json")


def with_cluster(params: Params, **settings: object) -> Params:
    data = params.model_dump(mode="json")
    data["site"]["cluster"].update(settings)
    return check_params(data)


def job(work: Path, size: int = 2, profiles: int = 4, sessions: int = 2, **cluster: object) -> ShardedRun:
    params = small_params(n_profiles=profiles, n_sessions=sessions)
    params = with_cluster(params, profiles_per_range=size, poll_s=0.01, **cluster)
    return ShardedRun(RunConfig("smoke", params.study("smoke"), "rag_vector", params, small_files()), work)


def merge(sharded: ShardedRun, output: Path) -> dict[str, bytes]:
    run(sharded.config, output, work=sharded.work)
    return {name: (output / name).read_bytes() for name in MERGED}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What one machine alone writes."""
    folder = tmp_path_factory.mktemp("whole")
    return merge(job(folder / "work"), folder / "out")


@given(st.integers(1, 500), st.integers(1, 500))
def test_ranges_hold_every_profile_once(profiles: int, size: int) -> None:
    ranges = cut(profiles, size)
    assert [position for part in ranges for position in part] == list(range(profiles))
    assert all(len(part) == size for part in ranges[:-1])


@pytest.mark.parametrize("size", [3, *(pytest.param(size, marks=pytest.mark.slow) for size in (1, 4))])
def test_ranges_of_any_size_merge_to_the_same_bytes(size: int, whole: dict[str, bytes], tmp_path: Path) -> None:
    ranged = job(tmp_path / "work", size)
    for index in reversed(range(len(ranged.shards))):
        assert index in ranged.unfinished()
        play_shard(ranged.shard(index))
        assert index not in ranged.unfinished()
    played = dict(ranged.whole.finished())
    play_shard(ranged.shard(0))
    assert ranged.whole.finished() == played, "a range played again plays nothing"
    assert merge(ranged, tmp_path / "out") == whole


@pytest.mark.slow
def test_200_profiles_in_ranges_of_25_50_and_200(tmp_path: Path) -> None:
    merged = []
    for size in (25, 50, 200):
        ranged = job(tmp_path / str(size), size, profiles=200, sessions=1)
        for index in range(len(ranged.shards)):
            play_shard(ranged.shard(index))
        merged.append(merge(ranged, tmp_path / f"{size}-out"))
    assert merged[0] == merged[1] == merged[2]


def test_a_range_started_twice_at_once_is_played_once(whole: dict[str, bytes], tmp_path: Path) -> None:
    ranged = job(tmp_path / "work", size=4)
    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(play_shard, ranged.shard(0)) for _ in range(2)]
    assert [playing.exception() for playing in both] == [None, None]
    assert merge(ranged, tmp_path / "out") == whole


def test_asked_to_stop_a_range_ends_between_two_sessions(
    whole: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ranged = job(tmp_path / "work", size=4)
    stop = tmp_path / "stop"
    monkeypatch.setenv(STOP_FILE, str(stop))

    def ask() -> None:
        while not (ranged.shard(0).progress.exists() and ranged.shard(0).progress.stat().st_size):
            time.sleep(0.001)
        stop.touch()

    asking = threading.Thread(target=ask)
    asking.start()
    with pytest.raises(IncompleteRun, match="asked to stop"):
        play_shard(ranged.shard(0))
    asking.join()
    assert 0 < sum(ranged.whole.finished().values()) < ranged.whole.scheduled
    with pytest.raises(IncompleteRun, match="asked to stop"):
        merge(ranged, tmp_path / "out")
    assert not (tmp_path / "out" / "results.json").exists(), "half a run is no result"
    stop.unlink()
    assert merge(ranged, tmp_path / "out") == whole


def test_a_job_is_what_was_submitted_whatever_params_yaml_says_later(tmp_path: Path) -> None:
    submitted = job(tmp_path / "work")
    read = read_sharded_run(submitted.describe())
    assert (read.name, read.shards, read.config.digest) == (submitted.name, submitted.shards, submitted.config.digest)
    description = submitted.folder / "job.json"
    description.write_text(json.dumps({**json.loads(description.read_text()), "digest": "0" * 16}))
    with pytest.raises(InputError, match="have changed since"):
        read_sharded_run(submitted.folder)


class FakeQueue:
    """Stands for SLURM where only its answers matter; tests marked slurm use the real one."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.submitted: list[list[str]] = []
        self.queue: dict[str, dict[int, slurm.QueuedTask]] = {}
        monkeypatch.setattr(slurm, "sbatch", lambda arguments, _: self.submitted.append(list(arguments)) or "1")
        monkeypatch.setattr(slurm, "queued", lambda: self.queue)


def test_only_what_is_neither_finished_nor_queued_is_submitted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ranged = job(tmp_path / "work", size=1, account="lab", options=["--qos=low"])
    fake = FakeQueue(monkeypatch)
    play_shard(ranged.shard(1))
    fake.queue = {ranged.name: {0: slurm.QueuedTask("RUNNING", "None", "1_0")}}
    executor.submit([ranged])
    ((name, array, *rest),) = fake.submitted
    assert (name, array) == (f"--job-name={ranged.name}", "--array=2,3")
    assert {"--account=lab", "--qos=low", "--signal=B:USR1@180", "--time=12:00:00"} <= set(rest)


def test_ranges_that_fail_again_and_again_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ranged = job(tmp_path / "work", attempts=2)
    fake = FakeQueue(monkeypatch)
    play_shard(ranged.shard(0))
    with pytest.raises(IncompleteRun, match=r"after 2 attempts .*: rag_vector p2 \(log: .*/1\.log\)"):
        executor.play_on_cluster([ranged])
    assert [arguments[1] for arguments in fake.submitted] == ["--array=1", "--array=1"]


def test_a_held_range_is_said_once_while_it_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ranged = job(tmp_path / "work")
    held = {
        0: slurm.QueuedTask("PENDING", "launch failed requeued held", "7_0"),
        1: slurm.QueuedTask("RUNNING", "None", "7_1"),
    }
    answers = iter([{ranged.name: held}, {ranged.name: held}, {"another": held}])
    monkeypatch.setattr(slurm, "queued", lambda: next(answers))
    executor._wait([ranged])
    assert capsys.readouterr().err.count("scontrol release 7_0") == 1


def test_other_ranges_of_a_queued_run_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = job(tmp_path / "work", size=1)
    FakeQueue(monkeypatch).queue = {other.name: {0: slurm.QueuedTask("PENDING", "Resources", "1_0")}}
    with pytest.raises(InputError, match=f"scancel -n {other.name}"):
        executor.submit([job(tmp_path / "work", size=2)])


def test_unfinished_runs_lie_in_scratch(tmp_path: Path) -> None:
    ranged = job(tmp_path / "work", profiles=1, sessions=1, scratch=str(tmp_path / "scratch"))
    executor.use_scratch(ranged)
    play_shard(ranged.shard(0))
    assert list((tmp_path / "scratch").rglob("*.sqlite"))
    merge(ranged, tmp_path / "out")
    assert not list((tmp_path / "scratch").rglob("*.sqlite"))
    with pytest.raises(InputError, match="holds unfinished runs"):
        other = job(tmp_path / "other", profiles=1, sessions=1, scratch=str(tmp_path / "scratch"))
        play_shard(other.shard(0))
        executor.use_scratch(other)


def test_executor_comes_from_params_or_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PUM_EXECUTOR", raising=False)
    assert executor.executor(small_params()) == "local"
    monkeypatch.setenv("PUM_EXECUTOR", "slurm")
    assert executor.executor(small_params()) == "slurm"
    monkeypatch.setenv("PUM_EXECUTOR", "pbs")
    with pytest.raises(InputError, match="neither local nor slurm"):
        executor.executor(small_params())
