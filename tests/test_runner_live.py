"""Runs whose agent, user, judge and extractor are all served: whatever the servers do, every session is accounted for
once, what did not fail is the same to the byte, and the key is nowhere."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pandas as pd
import pytest
import yaml

from pum.config.params import check_params, load_params
from pum.core.errors import IncompleteRun, InputError
from pum.core.paths import CACHE, ROOT, WORK
from pum.llm.chat_model import CallOutcome
from pum.llm.client_pool import REPLIES, UsageLedger
from pum.pipeline.notebook import NotebookError, run_notebook
from pum.results.files import read_results
from pum.runner.batch import run
from pum.runner.build import LEDGER
from pum.runner.config import RunConfig
from pum.runner.run_folder import RunFolder
from tests.model_server import KEY, Handling, ModelServer, body, completion, cut, serving, status
from tests.small_runs import add_servers
from tests.test_notebook import make_notebook

pytestmark = pytest.mark.slow

SESSIONS = ("results.json", "turns.parquet", "users.parquet", "checkpoint.json")


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODEL_KEY", KEY)
    monkeypatch.setattr("pum.llm.failures.Backoff.pause", lambda *_: 0.001)


def config(
    *urls: str, method: str = "rag_vector", profiles: int = 2, sessions: int = 2, cache: str = "off", **executor
) -> RunConfig:
    """The smoke study, small, with every role served at `urls`."""
    data = load_params().model_dump(mode="json")
    served = {
        "model": "m",
        "api_key_env": "MODEL_KEY",
        "replicas": [{"url": url} for url in urls],
        "max_retries": 2,
        "timeout_s": 5,
        "cache": cache,
    }
    add_servers(data, "test", dict.fromkeys(("agent", "user", "judge", "extractor"), served))
    data["studies"]["smoke"].update(
        agent={"kind": "served"}, user="llm", servers="test", n_profiles=profiles, n_sessions=sessions, max_turns=4
    )
    data["assistant"].update(reward_mode="llm", extractor="llm")
    data["site"]["executor"].update(executor)
    params = check_params(data)
    return RunConfig("smoke", params.study("smoke"), method, params)


def same(one: Path, other: Path) -> bool:
    return all((one / name).read_bytes() == (other / name).read_bytes() for name in SESSIONS)


@pytest.fixture(scope="module")
def healthy(tmp_path_factory) -> Path:
    """An undisturbed run, its ledger checked against what the server counted."""
    folder = tmp_path_factory.mktemp("healthy")
    with pytest.MonkeyPatch.context() as patch, serving() as server:
        patch.setenv("MODEL_KEY", KEY)
        run(config(server.url), folder / "out", work=folder / "work")
        spent = json.loads((folder / "out" / "ledger.json").read_text())["purposes"]
        for name, counted in server.counted.items():
            assert sum(purpose[name] for purpose in spent.values()) == counted
        assert server.authorizations == {f"Bearer {KEY}"}
    assert set(spent) == {"agent", "user", "judge", "extractor"}
    return folder / "out"


def test_every_session_is_played_by_the_served_roles(healthy: Path) -> None:
    data = read_results(healthy)
    assert data["scheduled"] == len(data["sessions"]) == 4
    assert {row["outcome"] for row in data["sessions"]} <= {"completed", "timeout"}
    turns = pd.read_parquet(healthy / "turns.parquet")
    assert (turns.reward_label == "neg_correction").any() and (turns.extracted.str.contains("use bullet points")).any()
    assert (turns.kind == "enforcement").sum() == sum(row["enforcements"] for row in data["sessions"]) > 0
    # Each message is the reward of the turn before it, so the first of a session is none.
    assert turns[turns.turn == 0].reward.isna().all() and turns[turns.turn == 1].reward.notna().all()
    manifest = json.loads((healthy / "manifest.json").read_text())
    assert manifest["simulated"] == {"agent": False, "user": "llm (served)"}
    assert set(manifest["inputs"]["servers"]) == {"agent", "user", "judge", "extractor"}
    ledger = json.loads((healthy / "ledger.json").read_text())["purposes"]
    assert ledger["agent"]["completion_tokens"] == turns.agent_tokens.sum()


def test_how_many_servers_and_which_schedule_changes_no_byte(healthy: Path, tmp_path: Path) -> None:
    with serving() as one, serving() as other:
        run(config(one.url, other.url), tmp_path / "two", work=tmp_path / "work")
        assert one.bodies and other.bodies
        run(config(one.url, schedule="turn_synchronous"), tmp_path / "synchronous", work=tmp_path / "work")
    for name in ("two", "synchronous"):
        assert same(tmp_path / name, healthy)
        assert (tmp_path / name / "manifest.json").read_bytes() == (healthy / "manifest.json").read_bytes()


def test_faults_that_pass_change_no_byte(healthy: Path, tmp_path: Path) -> None:
    with serving(lambda number, _: status((429, 500, 503)[number % 3]) if number % 5 == 0 else None) as server:
        run(config(server.url), tmp_path / "out", work=tmp_path / "work")
    assert same(tmp_path / "out", healthy)
    spent = json.loads((tmp_path / "out" / "ledger.json").read_text())["purposes"]
    assert sum(purpose["calls"].get("transport", 0) for purpose in spent.values()) == -(-len(server.bodies) // 5)


def test_a_server_that_dies_and_comes_back_costs_only_time(healthy: Path, tmp_path: Path) -> None:
    def vanish() -> None:
        server.shutdown()
        server.server_close()

    def dies(number: int, _: dict):
        if number == 15:
            threading.Thread(target=vanish).start()
        return (lambda handler: handler.connection.close()) if number >= 15 else None

    with ModelServer(dies) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        job = config(server.url)
        with pytest.raises(IncompleteRun, match="the model stopped answering"):
            run(job, tmp_path / "out", work=tmp_path / "work")
    partial = read_results(tmp_path / "out")
    assert partial["scheduled"] == len(partial["sessions"]) == 4
    complete = read_results(healthy)["sessions"]
    for row, wanted in zip(partial["sessions"], complete, strict=True):
        assert row["outcome"] == "infrastructure_error" or row == wanted
        assert KEY not in row["error"]
    with serving(port=server.server_port) as again:
        run(job, tmp_path / "out", work=tmp_path / "work")
    assert same(tmp_path / "out", healthy)
    spent = json.loads((tmp_path / "out" / "ledger.json").read_text())["purposes"]
    for name in again.counted:
        assert sum(p[name] for p in spent.values()) == server.counted[name] + again.counted[name]


def test_the_budget_of_calls_counts_those_before_a_resume(healthy: Path, tmp_path: Path) -> None:
    """What is cached, or booked when the rules take over from the extractor, is no call."""

    def no_item(number: int, sent: dict):
        form = sent.get("response_format", {}).get("json_schema", {}).get("name")
        return body(completion("no JSON")) if form == "Items" and number < 9 else None

    with serving(no_item) as server:
        for _ in range(2):
            with pytest.raises(IncompleteRun, match="the budget of 12 calls is spent"):
                run(config(server.url, call_budget=12), tmp_path / "out", work=tmp_path / "work")
            assert len(server.bodies) == 12
        folder = RunFolder(config(server.url), tmp_path / "work")
        booked = UsageLedger(folder.path / LEDGER)
        assert "extractor_fallback" in booked.totals()
        booked.book("agent", CallOutcome.CACHED)
        booked.close()
        with pytest.raises(IncompleteRun, match="the budget of 13 calls is spent"):
            run(config(server.url, call_budget=13), tmp_path / "out", work=tmp_path / "work")
        assert len(server.bodies) == 13
        run(config(server.url, call_budget=500), tmp_path / "out", work=tmp_path / "work")
    assert len(read_results(tmp_path / "out")["sessions"]) == 4


def test_one_of_two_servers_dying_loses_no_session_and_changes_no_byte(healthy: Path, tmp_path: Path) -> None:
    """Sessions that are under way go on at the other."""

    with serving() as one, serving(lambda number, _: cut if number >= 5 else None) as dying:
        run(config(dying.url, one.url), tmp_path / "out", work=tmp_path / "work")
    assert len(dying.bodies) > 5 and one.bodies
    assert same(tmp_path / "out", healthy)
    spent = json.loads((tmp_path / "out" / "ledger.json").read_text())["purposes"]
    for name in one.counted:
        assert sum(purpose[name] for purpose in spent.values()) == one.counted[name] + dying.counted[name]
    lost = sum(purpose["calls"].get("transport", 0) for purpose in spent.values())
    assert lost == len(dying.bodies) - 5


def test_a_user_that_writes_nonsense_is_a_failed_session_and_no_other_changes(healthy: Path, tmp_path: Path) -> None:
    """The second session of each profile opens with nonsense, also after repairs; the first is untouched."""
    openings = []

    def nonsense(number: int, sent: dict):
        if sent.get("response_format", {}).get("json_schema", {}).get("name") == "Opening":
            openings.append(sent["messages"][0]["content"])
            return body(completion("no JSON")) if len(set(openings)) > 2 else None
        return None

    with serving(nonsense) as server:
        run(config(server.url), tmp_path / "out", work=tmp_path / "work")
    rows, wanted = (read_results(folder)["sessions"] for folder in (tmp_path / "out", healthy))
    assert [row["outcome"] for row in rows].count("user_error") == 2
    assert all(row == other for row, other in zip(rows, wanted, strict=True) if row["session"] == 0)
    assert all("no valid Opening" in row["error"] for row in rows if row["outcome"] == "user_error")


def test_a_conversation_too_long_for_the_agent_is_its_failure_and_the_run_ends(tmp_path: Path) -> None:
    def too_long(number: int, sent: dict):
        plain = "response_format" not in sent
        return status(400, "maximum context length") if plain and len(sent["messages"]) > 2 else None

    with serving(too_long) as server:
        run(config(server.url), tmp_path / "out", work=tmp_path / "work")
    outcomes = [row["outcome"] for row in read_results(tmp_path / "out")["sessions"]]
    assert len(outcomes) == 4 and "agent_error" in outcomes and set(outcomes) <= {"agent_error", "completed", "timeout"}


def test_an_error_that_quotes_the_key_stops_the_run_without_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError(f"header 'Bearer {KEY}'")

    monkeypatch.setattr("pum.llm.openai_chat.OpenAIChat.answer", broken)
    with serving() as server, pytest.raises(IncompleteRun, match=r"RuntimeError: header 'Bearer \*\*\*'") as caught:
        run(config(server.url, profiles=1, sessions=1), tmp_path / "out", work=tmp_path / "work")
    files_without_key(tmp_path)
    assert KEY not in str(caught.value)
    assert "Traceback" in caplog.text and KEY not in caplog.text


def test_a_key_that_no_header_can_hold_stops_a_run_before_it_is_quoted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODEL_KEY", f"{KEY}é")
    with serving() as server, pytest.raises(InputError, match="MODEL_KEY is not a key") as caught:
        run(config(server.url, profiles=1, sessions=1), tmp_path / "out", work=tmp_path / "work")
    files_without_key(tmp_path)
    assert KEY not in str(caught.value)


def test_the_key_is_in_no_file_that_a_run_leaves(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a run that does not end well, with its unfinished work, and of one that does; all replies are cached."""
    monkeypatch.setattr("pum.runner.build.WORK", tmp_path)
    with serving(key_told) as server:
        job = config(server.url, profiles=1, sessions=1, cache="all")
        with pytest.raises(IncompleteRun) as caught:
            run(job, tmp_path / "bad", work=tmp_path / "work")
    assert "***" in str(caught.value) and any(RunFolder(job, tmp_path / "work").path.iterdir())
    assert (tmp_path / REPLIES).is_file()
    assert len(files_without_key(tmp_path)) > 8
    with serving() as server:
        run(config(server.url, profiles=1, sessions=1, cache="all"), tmp_path / "good", work=tmp_path / "work")
    assert json.loads((tmp_path / "good" / "ledger.json").read_text())["purposes"]["agent"]["calls"]["cached"]
    assert len(files_without_key(tmp_path)) > 12
    assert KEY not in caplog.text + str(caught.value)


def test_the_key_is_in_nothing_that_the_command_prints_or_leaves(tmp_path: Path) -> None:
    """`pum run` in a process and a working folder of its own, against a server that tells the key."""
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "models").symlink_to(WORK / "models")
    with serving(key_told) as server:
        params = tmp_path / "params.yaml"
        params.write_text(
            yaml.safe_dump(config(server.url, profiles=1, sessions=1, cache="all").params.model_dump(mode="json"))
        )
        words = ["run", "--params", str(params), "--methods", "rag", "--output-dir", str(tmp_path / "out")]
        done = subprocess.run(
            [sys.executable, "-m", "pum.cli", *words],
            env={**os.environ, "PUM_WORK": str(tmp_path / "work"), "PUM_CACHE": str(CACHE), "OMP_NUM_THREADS": "1"},
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=300,
        )
    assert done.returncode == 1 and "bad key ***" in done.stderr
    assert KEY not in done.stdout + done.stderr
    names = {path.name for path in files_without_key(tmp_path)}
    assert {REPLIES, LEDGER, "results.json", "ledger.json"} <= names


def test_the_key_is_in_no_notebook(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is printed, and what is shown of an error that ends it."""
    asks = "run_sync(model.answer([{'role': 'user', 'content': '2 + 2?'}], seed=0))"
    cells = (
        f"from pum.core.concurrency import run_sync\nfrom pum.llm.openai_chat import OpenAIChat\n"
        f"model = OpenAIChat(url, 'm', 'MODEL_KEY', max_retries=0)\nprint(model, {asks})",
        f"try:\n    {asks}\nexcept Exception as error:\n    print(repr(error), error.__cause__)",
        asks,
    )
    source = make_notebook(tmp_path / "source.ipynb", *cells, parameters="url = ''")
    with serving(lambda number, _: status(500, f"bad key {KEY}") if number else None) as server:
        with pytest.raises(NotebookError, match=r"bad key \*\*\*") as caught:
            run_notebook(source, tmp_path / "executed.ipynb", {"url": server.url}, variables=["MODEL_KEY"])
        assert len(server.bodies) == 3
    assert "bad key ***" in (tmp_path / "executed.running.ipynb").read_text()
    assert len(files_without_key(tmp_path)) == 2
    assert KEY not in str(caught.value) + "".join(capsys.readouterr())


def key_told(number: int, _: dict) -> Handling | None:
    """After a few replies, a server quotes the key that it was shown."""
    return status(500, f"bad key {KEY}") if number > 4 else None


def files_without_key(folder: Path) -> list[Path]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert [path for path in files if KEY.encode() in path.read_bytes()] == []
    return files
