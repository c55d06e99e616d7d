"""`pum status` tells what the journals hold and what SLURM has queued."""

import time
from pathlib import Path

import pytest

from pum.cluster import slurm
from pum.cluster.status import show, standings, watch
from pum.core.errors import InputError
from pum.results.files import read_results
from pum.runner.batch import play_shard, run
from tests.test_cluster_ranges import FakeQueue, job


@pytest.mark.slow
def test_every_range_has_its_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    ranged = job(tmp_path / "work", size=1, profiles=4)
    fake = FakeQueue(monkeypatch)
    fake.queue = {ranged.name: {1: slurm.QueuedTask("PENDING", "Priority", "7_1")}}
    ranged.describe()
    ranged.log(0).write_text(f"{time.time() - 3600} start task=7_0 host=node restart=0\n")
    (ranged.folder / "0.before").write_text("0")
    ranged.log(2).write_text("oom\n")
    play_shard(ranged.shard(0))
    found = standings([ranged])["rag_vector"]
    assert [standing.state for standing in found] == ["done", "pending (Priority)", "failed", "not queued"]
    assert [(standing.done, standing.scheduled) for standing in found] == [(2, 2), (0, 2), (0, 2), (0, 2)]
    assert found[0].per_hour == pytest.approx(2, rel=0.05)
    assert found[0].tokens > 0 == found[1].tokens
    show([ranged])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 5 and lines[1].split()[:4] == ["rag_vector", "p0", "2/2", "done"]


def test_without_slurm_the_journals_speak(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> None:
        raise InputError("squeue: not found")

    monkeypatch.setattr(slurm, "queued", none)
    assert {standing.state for standing in standings([job(tmp_path / "work")])["rag_vector"]} == {"not queued"}


def test_what_is_merged_is_done_with_its_tokens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ranged = job(tmp_path / "work")
    FakeQueue(monkeypatch)
    monkeypatch.setattr("pum.cluster.sharded_run.RESULTS", tmp_path)
    run(ranged.config, ranged.results, work=ranged.work)
    found = standings([ranged])["rag_vector"]
    assert {standing.state for standing in found} == {"merged"}
    written = sum(row["agent_tokens"] for row in read_results(ranged.results)["sessions"])
    assert sum(standing.tokens for standing in found) == written > 0
    watch([ranged])
