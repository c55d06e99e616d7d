"""A run whose sessions fail says so: by its last line, by its exit code, and early where nothing works."""

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
from pum.runner.simulate import classify
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


def test_what_failed_for_all_is_played_again_by_the_same_command(tmp_path: Path) -> None:
    with serving(refuses) as server:
        job = config(server.url)
        with pytest.raises(IncompleteRun, match=f"all of the first {ALIKE} sessions failed.*I serve nobody"):
            run(job, tmp_path / "out", work=tmp_path / "work")
        assert set(RunFolder(job, tmp_path / "work").finished().values()) == {0}
        server.fault = None
        run(job, tmp_path / "out", work=tmp_path / "work")
        run(job, tmp_path / "undisturbed", work=tmp_path / "work")
    for name in FILES:
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "undisturbed" / name).read_bytes()


def test_sessions_of_before_stay_when_nothing_works_any_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half of a run, then a server that refuses: the half stays."""
    with serving() as server:
        job = config(server.url, sessions=2)
        stop = tmp_path / "stop"
        monkeypatch.setenv("PUM_STOP_FILE", str(stop))
        original = RunFolder.count_session
        monkeypatch.setattr(RunFolder, "count_session", lambda folder: (original(folder), stop.touch()))
        with pytest.raises(IncompleteRun, match="asked to stop"):
            run(job, tmp_path / "out", work=tmp_path / "work")
        before = RunFolder(job, tmp_path / "work").finished()
        stop.unlink()
        monkeypatch.setattr(RunFolder, "count_session", original)
        server.fault = refuses
        with pytest.raises(IncompleteRun, match="I serve nobody"):
            run(job, tmp_path / "out", work=tmp_path / "work")
        assert RunFolder(job, tmp_path / "work").finished() == before and sum(before.values()) > 0
        server.fault = None
        run(job, tmp_path / "out", work=tmp_path / "work")
    assert {row["outcome"] for row in read_results(tmp_path / "out")["sessions"]} <= {"completed", "timeout", "gave_up"}


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
