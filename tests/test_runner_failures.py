"""A run whose sessions fail says so: by its last line, by its exit code, and early where nothing works."""

import asyncio
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
import yaml
from jinja2 import TemplateError

import pum.runner.batch
from pum.cli.app import main
from pum.core.errors import IncompleteRun
from pum.llm.chat_model import InvalidReply, RefusedError, TransportError
from pum.llm.openai_chat import OpenAIChat
from pum.results.files import Outcome, read_results
from pum.runner.batch import run
from pum.runner.config import RunConfig
from pum.runner.first_sessions import ALIKE
from pum.runner.run_folder import RunFolder
from pum.runner.simulate import SessionId, classify, play_session
from tests.model_server import Fault, Handling, body, completion, serving, status
from tests.small_runs import small_files, small_params

FILES = ("results.json", "turns.parquet", "users.parquet")


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pum.llm.failures.Backoff.pause", lambda *_: 0.001)


def config(url: str, profiles: int = ALIKE + 1, sessions: int = 1) -> RunConfig:
    agent = {"kind": "openai", "base_url": url, "model": "m", "timeout_s": 5.0}
    params = small_params(agent=agent, n_profiles=profiles, n_sessions=sessions, max_turns=3, user="verifiable")
    return RunConfig("smoke", params.study("smoke"), "rag", params, small_files())


def same_results(one: Path, other: Path) -> bool:
    return all((one / name).read_bytes() == (other / name).read_bytes() for name in FILES)


def refuses(number: int, sent: dict) -> Handling:
    return status(400, "I serve nobody")


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> Callable[[RunConfig], tuple[int, str, str]]:
    """`pum run` of a configuration: its exit code, the last line of its errors, and what it printed."""

    def call(job: RunConfig) -> tuple[int, str, str]:
        monkeypatch.setattr("pum.runner.config.DataFiles", small_files)
        monkeypatch.setattr(pum.runner.batch, "run", partial(run, work=tmp_path / "work"))
        (tmp_path / "params.yaml").write_text(yaml.safe_dump(job.params.model_dump(mode="json")))
        words = f"run --params {tmp_path / 'params.yaml'} --methods rag --output-dir {tmp_path / 'out'}"
        code = main(words.split())
        printed = capsys.readouterr()
        return code, printed.err.strip().splitlines()[-1], printed.out

    return call


@pytest.mark.parametrize(
    ("fault", "code", "cause"),
    [
        (refuses, 1, "I serve nobody"),
        (lambda *_: body({"error": {"message": "nothing here"}}), 1, "nothing here"),
        (lambda *_: body(completion("")), 1, "the reply holds nothing"),
        (lambda *_: body(completion("<think>Answer: 4")), 1, "nothing but reasoning"),
        (lambda *_: status(503, "on holiday"), 1, "on holiday"),
        (lambda *_: status(402, "Insufficient Balance"), 2, "Insufficient Balance"),
        (lambda *_: status(401, "who are you"), 2, "who are you"),
    ],
)
def test_a_server_that_serves_nobody_ends_a_run_at_once_by_name(fault: Fault, code: int, cause: str, command) -> None:
    with serving(fault) as server:
        started = time.monotonic()
        ended, last, _ = command(config(server.url, profiles=20, sessions=3))
        assert ended == code and last.startswith("pum: ") and cause in last
        assert len(server.bodies) < 20 * 5 + 1 and time.monotonic() - started < 60


def test_nobody_listening_ends_a_run_by_name(command) -> None:
    code, last, _ = command(config("http://127.0.0.1:9/v1"))
    assert code == 1 and "nothing listens there" in last


@pytest.mark.parametrize(("profiles", "sessions"), [(ALIKE + 1, 1), (1, ALIKE + 1), (2, ALIKE)])
def test_what_failed_for_all_is_played_again_by_the_same_command(profiles: int, sessions: int, tmp_path: Path) -> None:
    with serving(refuses) as server:
        job = config(server.url, profiles, sessions)
        with pytest.raises(IncompleteRun, match=f"all of the first {ALIKE} sessions failed.*I serve nobody"):
            run(job, tmp_path / "out", work=tmp_path / "work")
        assert set(RunFolder(job, tmp_path / "work").finished().values()) == {0}
        server.fault = None
        run(job, tmp_path / "out", work=tmp_path / "work")
        run(job, tmp_path / "undisturbed", work=tmp_path / "work")
    assert same_results(tmp_path / "out", tmp_path / "undisturbed")


def play_some(job: RunConfig, work: Path, sessions: int) -> dict[tuple[int, str], int]:
    """Play until so many sessions are journaled, and those that others had begun by then; returns how many each has."""
    stop, original = work / "stop", RunFolder.count_session

    def count(folder: RunFolder) -> None:
        original(folder)
        if folder.progress.stat().st_size >= sessions:
            stop.touch()

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PUM_STOP_FILE", str(stop))
        patch.setattr(RunFolder, "count_session", count)
        with pytest.raises(IncompleteRun, match="asked to stop"):
            run(job, work / "unfinished", work=work)
    return RunFolder(job, work).finished()


@pytest.mark.parametrize(
    ("profiles", "sessions", "played"),
    [
        pytest.param(1, 7, 2, id="in the middle, of one user"),
        pytest.param(2, 5, 3, id="several of two users"),
        pytest.param(ALIKE, 2, 1, id="the last of each"),
    ],
)
def test_sessions_of_before_stay_when_nothing_works_any_more(
    profiles: int, sessions: int, played: int, tmp_path: Path
) -> None:
    """A part of a run, then a server that refuses: the part stays, and the rest is as if nothing had failed."""
    with serving() as server:
        job = config(server.url, profiles, sessions)
        before = play_some(job, tmp_path / "work", played)
        server.fault = refuses
        with pytest.raises(IncompleteRun, match="I serve nobody"):
            run(job, tmp_path / "out", work=tmp_path / "work")
        assert RunFolder(job, tmp_path / "work").finished() == before and sum(before.values()) >= played
        server.fault = None
        run(job, tmp_path / "out", work=tmp_path / "work")
        run(job, tmp_path / "undisturbed", work=tmp_path / "work")
    assert same_results(tmp_path / "out", tmp_path / "undisturbed")


def test_a_session_that_ends_well_while_the_run_stops_is_played_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One user's second session fails, and the third ends well just after the others' failures have stopped the run."""
    meeting = asyncio.Barrier(ALIKE)

    async def at_once(id_: SessionId, *others: object) -> object:
        first_to_fail = id_.user_id == "user_000"
        if first_to_fail and id_.session == 2:
            ended = await play_session(id_, *others)
            await meeting.wait()
            await asyncio.sleep(0)
            return ended
        if not first_to_fail:
            await meeting.wait()
        raise RefusedError("I serve nobody")

    with serving() as server:
        job = config(server.url, profiles=ALIKE, sessions=3)
        before = play_some(job, tmp_path / "work", 1)
        assert set(before.values()) == {1}
        with monkeypatch.context() as patch:
            patch.setattr(pum.runner.batch, "play_session", at_once)
            with pytest.raises(IncompleteRun, match="I serve nobody"):
                run(job, tmp_path / "out", work=tmp_path / "work")
        assert RunFolder(job, tmp_path / "work").finished() == before
        run(job, tmp_path / "out", work=tmp_path / "work")
        run(job, tmp_path / "undisturbed", work=tmp_path / "work")
    assert same_results(tmp_path / "out", tmp_path / "undisturbed")


def test_a_run_of_few_sessions_that_all_failed_says_so(command, tmp_path: Path) -> None:
    with serving(refuses) as server:
        code, last, printed = command(config(server.url, profiles=2))
    assert code == 1 and last.startswith("pum: rag: 2 of 2 sessions failed (agent_error: ") and "I serve nobody" in last
    assert "success 0.000, enforcements no a session" in printed
    assert len(read_results(tmp_path / "out" / "rag")["sessions"]) == 2


def test_one_failed_session_is_told_and_counts_in_no_mean_of_enforcements(command, tmp_path: Path) -> None:
    def third(number: int, sent: dict) -> Handling | None:
        return status(400, "not that one") if number == 2 else None

    with serving(third) as server:
        code, last, printed = command(config(server.url, profiles=3))
    rows = read_results(tmp_path / "out" / "rag")["sessions"]
    played = [row["enforcements"] for row in rows if row["outcome"] != "agent_error"]
    assert code == 1 and "1 of 3 sessions failed (agent_error: " in last and len(played) == 2
    assert f"enforcements {sum(played) / 2:.3f} a session" in printed


def test_a_run_without_failures_ends_well(command) -> None:
    with serving() as server:
        code, _, printed = command(config(server.url, profiles=2))
    assert code == 0 and "2 sessions" in printed


UNKNOWN = [ImportError("no such library"), TemplateError("no roles"), RuntimeError("a bug"), KeyError("x")]


@pytest.mark.parametrize("error", UNKNOWN, ids=lambda error: type(error).__name__)
def test_an_unknown_error_is_nobodys_failure_and_stops_the_run(
    error: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog
) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise error

    assert classify(error) is None
    monkeypatch.setattr(OpenAIChat, "answer", broken)
    job = config("http://127.0.0.1:9/v1", profiles=1)
    with pytest.raises(IncompleteRun, match=f"not the agent's: {type(error).__name__}"):
        run(job, tmp_path / "out", work=tmp_path / "work")
    assert "Traceback" in caplog.text and sum(RunFolder(job, tmp_path / "work").finished().values()) == 0


def test_the_agents_failures_are_those_of_its_replies() -> None:
    assert classify(RefusedError()) is classify(InvalidReply()) is Outcome.AGENT_ERROR
    assert classify(TransportError()) is classify(OSError()) is Outcome.INFRASTRUCTURE_ERROR
