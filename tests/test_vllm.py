"""A real vLLM server plays every role of the quicktest: nothing is lost, and the ledger is what the server counted. It
is then stopped, killed and started again, and what was played before stays as it was."""

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import threading
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from pum.config.params import Params, check_params, load_params
from pum.config.servers import Replica, ServerParams
from pum.core.errors import IncompleteRun
from pum.core.schemas import Message
from pum.llm.chat_model import InvalidReply, RefusedError, TransportError
from pum.llm.failures import Backoff
from pum.llm.openai_chat import OpenAIChat
from pum.results.files import read_results
from pum.runner.batch import run, run_together
from pum.runner.config import RunConfig
from pum.runner.run_folder import PROGRESS, RunFolder
from pum.serving.vllm import running
from tests.small_runs import add_servers

pytestmark = pytest.mark.vllm

METHODS = ("vanilla", "contextual", "reflection", "all_memory", "rag", "rag_vector")
ROLES = {"agent": 16, "user": 96, "judge": 64, "extractor": 96}
"""Roles, and how many tokens each may write: enough to fill in its form."""


@dataclass
class Server:
    params: ServerParams
    process: subprocess.Popen

    @property
    def url(self) -> str:
        return self.params.urls[0]

    def signal(self, number: int) -> None:
        """To all its processes."""
        os.killpg(self.process.pid, number)


@pytest.fixture(scope="module")
def params() -> ServerParams:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
    return ServerParams(
        model="smollm2-135m",
        weights="smollm2-135m",
        replicas=(Replica(url=url),),
        timeout_s=600,
        arguments=("--enforce-eager",),  # compiling takes longer than all that is generated here
    )


@pytest.fixture(scope="module")
def server(params: ServerParams) -> Iterator[Server]:
    with running("agent", params, params.replicas[0], "test-vllm") as process:
        yield Server(params, process)


def counted(server: Server) -> dict[str, float]:
    """Prompt and generated tokens since the server started, from its own metrics."""
    with urllib.request.urlopen(server.url.removesuffix("/v1") + "/metrics") as response:
        text = response.read().decode()
    return {
        ours: sum(map(float, re.findall(rf"^vllm:{theirs}_total{{.*}} (\S+)$", text, re.MULTILINE)))
        for ours, theirs in (("prompt_tokens", "prompt_tokens"), ("completion_tokens", "generation_tokens"))
    }


def quicktest(server: Server) -> Params:
    data = load_params().model_dump(mode="json")
    served = server.params.model_dump(mode="json")
    add_servers(data, "test", {role: {**served, "max_tokens": most} for role, most in ROLES.items()})
    data["studies"]["quicktest"].update(agent={"kind": "served"}, user="llm", servers="test")
    data["assistant"].update(reward_mode="llm", extractor="llm", context_tokens=4096, max_tokens=32)
    return check_params(data)


def test_every_role_of_the_quicktest_is_played_and_every_token_is_booked(server: Server, tmp_path: Path) -> None:
    params = quicktest(server)
    before = counted(server)
    study = params.study("quicktest")
    runs = [(RunConfig("quicktest", study, method, params), tmp_path / method) for method in METHODS]
    run_together(runs, len(runs), work=tmp_path / "work")

    spent = {"prompt_tokens": 0, "completion_tokens": 0}
    purposes: set[str] = set()
    for method in METHODS:
        data = read_results(tmp_path / method)
        assert data["scheduled"] == len(data["sessions"]) == study.n_profiles * study.n_sessions
        assert {row["outcome"] for row in data["sessions"]} <= {"completed", "timeout", "user_error"}
        ledger = json.loads((tmp_path / method / "ledger.json").read_text())["purposes"]
        purposes |= set(ledger)
        for purpose in ledger.values():
            for name in spent:
                spent[name] += purpose[name]
    assert purposes >= {"agent", "user", "judge", "extractor", "reflection"}
    after = counted(server)
    for name, booked in spent.items():
        assert booked == pytest.approx(after[name] - before[name], rel=0.01), name
    sessions = [row for method in METHODS for row in read_results(tmp_path / method)["sessions"]]
    assert sum(row["turns"] for row in sessions) > len(sessions), "most sessions are real conversations"


def ask(server: Server, question: str, **settings: object) -> str:
    model = OpenAIChat(server.url, server.params.model, max_retries=0, **{"timeout_s": 120, **settings})
    reply = asyncio.run(model.answer([Message(role="user", content=question)], seed=0, max_tokens=8))
    return reply.text


def test_what_a_real_server_does_not_answer_is_classed(server: Server) -> None:
    with pytest.raises((InvalidReply, RefusedError), match="context|length|token"):
        ask(server, "word " * 20_000)
    answer = ask(server, "Hello!")
    server.signal(signal.SIGSTOP)
    try:
        with pytest.raises(TransportError):
            ask(server, "Hello!", timeout_s=1)
    finally:
        server.signal(signal.SIGCONT)
    assert ask(server, "Hello!") == answer


def test_a_killed_server_costs_no_session_and_what_was_played_stays(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Backoff, "pause", lambda *_: 0.01)
    data = quicktest(server).model_dump(mode="json")
    data["studies"]["quicktest"].update(user="verifiable", n_sessions=3, max_turns=2, parallel_profiles=1)
    data["assistant"].update(reward_mode="keyword", extractor="rules")
    params = check_params(data)
    config = RunConfig("quicktest", params.study("quicktest"), "rag", params)
    progress = RunFolder(config, tmp_path / "work").path / PROGRESS

    def kill_when_a_session_is_done() -> None:
        while not (progress.exists() and progress.stat().st_size) and server.process.poll() is None:
            killed.wait(0.01)
        server.signal(signal.SIGKILL)

    killed = threading.Event()
    threading.Thread(target=kill_when_a_session_is_done, daemon=True).start()
    with pytest.raises(IncompleteRun, match="the model stopped answering"):
        run(config, tmp_path / "out", work=tmp_path / "work")
    partial = read_results(tmp_path / "out")["sessions"]
    assert len(partial) == 6 and {"infrastructure_error"} < {row["outcome"] for row in partial}

    with running("agent", server.params, server.params.replicas[0], "test-vllm-again"):
        run(config, tmp_path / "out", work=tmp_path / "work")
    complete = read_results(tmp_path / "out")["sessions"]
    assert len(complete) == 6 and "infrastructure_error" not in {row["outcome"] for row in complete}
    for before, after in zip(partial, complete, strict=True):
        assert before["outcome"] == "infrastructure_error" or before == after
