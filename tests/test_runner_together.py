"""Runs played at the same time: all checked first, each as if it were alone, and one that fails stops no other."""

import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from pum.config.params import AgentParams, check_params, load_params
from pum.core.errors import IncompleteRun, InputError
from pum.llm.client_pool import ClientPool
from pum.results.files import SessionRow
from pum.runner.batch import run, run_together
from pum.runner.config import RunConfig
from pum.runner.journal import Journal
from tests.model_server import completion, serving
from tests.small_runs import add_servers, small_files, small_params
from tests.test_cluster_ranges import MERGED

PARAMS = load_params()


def config(method: str, **study: object) -> RunConfig:
    scale = PARAMS.study("smoke").model_copy(update={"n_profiles": 1, "n_sessions": 1} | study)
    return RunConfig("smoke", scale, method, PARAMS)


def small(method: str, **study: object) -> RunConfig:
    params = small_params(n_profiles=1, **study)
    return RunConfig("smoke", params.study("smoke"), method, params, small_files())


def test_nothing_is_played_when_one_cannot_start(tmp_path: Path) -> None:
    runs = [(config("vanilla"), tmp_path / "vanilla"), (config("rag", n_profiles=10**6), tmp_path / "rag")]
    with pytest.raises(InputError, match="n_profiles: 1000000 wanted"):
        run_together(runs, 1, work=tmp_path / "work")
    assert not list(tmp_path.rglob("results.json")) and not (tmp_path / "work").exists()


@pytest.mark.slow
def test_each_ends_as_if_alone_and_one_without_a_server_stops_no_other(tmp_path: Path) -> None:
    # Nothing listens on the discard port.
    away = AgentParams(kind="openai", base_url="http://127.0.0.1:9/v1", model="none", timeout_s=1.0)
    runs = [
        (config("vanilla", agent=away), tmp_path / "away"),
        *((config(method), tmp_path / method) for method in ("vanilla", "oracle")),
    ]
    with pytest.raises(IncompleteRun, match="vanilla: the model stopped answering for 1 profiles"):
        run_together(runs, 2, work=tmp_path / "work")
    for method in ("vanilla", "oracle"):
        run(config(method), tmp_path / "alone" / method, work=tmp_path / "work")
        files = sorted(path.name for path in (tmp_path / method).iterdir() if path.name != "provenance.json")
        assert "results.json" in files
        for name in files:
            assert (tmp_path / method / name).read_bytes() == (tmp_path / "alone" / method / name).read_bytes(), name


def test_of_an_interrupted_batch_what_is_finished_is_not_played_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second run breaks after its first session; then it is played again, and then others in its place."""
    monkeypatch.setattr("pum.runner.batch.worker_processes", lambda *_: ThreadPoolExecutor(1))
    names, work = ("vanilla", "rag"), tmp_path / "work"
    runs = [(small(name, n_sessions=2), tmp_path / name) for name in names]
    commit, played, breaks = Journal.commit, [], [IncompleteRun("killed")]

    def committing(journal: Journal, row: SessionRow, *rest: object) -> None:
        commit(journal, row, *rest)
        played.append(row.session)
        if played == [0, 1, 0] and breaks:
            raise breaks.pop()

    monkeypatch.setattr(Journal, "commit", committing)
    with pytest.raises(IncompleteRun, match="killed"):
        run_together(runs, 1, work)
    run_together(runs, 1, work)
    assert played == [0, 1, 0, 1], "the first run is kept, and the second goes on"
    for name in names:
        alone = run(small(name, n_sessions=2), tmp_path / "alone" / name, work=work)
        assert all((tmp_path / name / file).read_bytes() == (alone / file).read_bytes() for file in MERGED), name

    played.clear()
    run_together(runs, 1, work)
    assert not played
    first = tmp_path / names[0]
    run_together(runs[:1], 1, work, again=True)
    run_together([(small("vanilla", n_sessions=2, max_turns=3), first)], 1, work)
    run_together([(small("vanilla", n_sessions=1, max_turns=3), first)], 1, work)
    (first / "users.parquet").unlink()
    run_together([(small("vanilla", n_sessions=1, max_turns=3), first)], 1, work)
    assert played == [0, 1, 0, 1, 0, 0], "when asked to, of other parameters or sizes, and where a file is missing"


@pytest.mark.slow
def test_a_worker_that_is_killed_is_told_in_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pum.runner.batch.run", killed)
    with pytest.raises(IncompleteRun, match="2 runs played together: a worker process was killed, .* memory"):
        run_together([(small(name), tmp_path / name) for name in ("vanilla", "rag")], 1, work=tmp_path / "work")


def killed(*_: object, **__: object) -> None:
    """In a worker process, in the place of `run`."""
    os.kill(os.getpid(), signal.SIGKILL)


def test_runs_played_together_share_the_budget_and_each_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What each of them is given; at least one call, and one request under way."""
    given = []
    monkeypatch.setattr("pum.runner.batch.worker_processes", lambda *_: ThreadPoolExecutor(1))
    monkeypatch.setattr("pum.runner.batch.run", lambda config, *_, **__: given.append(config))
    for budget, processes in ((10, 3), (2, 8)):
        params = check_params({**PARAMS.model_dump(), "site": {"executor": {"call_budget": budget}}})
        runs = [(replace(config("vanilla"), params=params), tmp_path / str(number)) for number in range(4)]
        run_together(runs, processes, work=tmp_path / "work")
    assert [each.call_budget for each in given] == [2] * 4 + [1] * 4
    assert [each.played_at_once for each in given] == [3] * 4 + [4] * 4
    assert replace(runs[0][0]).digest == given[-1].digest, "it stays the same run"
    endpoints = [ClientPool(sharers=given[-1].played_at_once).endpoint(None, "KEY", limit) for limit in (2, 64)]
    assert [endpoint.concurrency for endpoint in endpoints] == [1, 16]


@pytest.mark.slow
def test_the_limits_hold_for_all_runs_together(tmp_path: Path) -> None:
    """Two runs of four profiles each: never more than two requests under way, and ten in all."""
    under_way, most, lock = 0, 0, threading.Lock()

    def slowly(handler) -> None:
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        time.sleep(0.1)
        with lock:
            under_way -= 1
        handler.send_json(200, completion("Sure."))

    with serving(lambda *_: slowly) as server:
        data = PARAMS.model_dump(mode="json")
        add_servers(data, "test", {"agent": {"model": "m", "replicas": [{"url": server.url}], "concurrency": 2}})
        data["studies"]["smoke"] |= {"agent": {"kind": "served"}, "servers": "test", "n_profiles": 4, "n_sessions": 1}
        data["site"]["executor"]["call_budget"] = 10
        params = check_params(data)
        runs = [
            (RunConfig("smoke", params.study("smoke"), method, params), tmp_path / method)
            for method in ("vanilla", "contextual")
        ]
        with pytest.raises(IncompleteRun, match="the budget of 5 calls is spent"):
            run_together(runs, 2, work=tmp_path / "work")
    assert len(server.bodies) == 10 and most <= 2
