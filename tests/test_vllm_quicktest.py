"""A real vLLM server plays every role of the quicktest: nothing is lost, and the ledger is what the server counted."""

import json
import re
import socket
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from pum.params import Params, check_params, load_params
from pum.runner.config import RunConfig
from pum.runner.results import read_results
from pum.runner.together import run_together
from pum.serve import running
from pum.servers import Replica, ServerParams

pytestmark = pytest.mark.vllm

METHODS = ("vanilla", "contextual", "reflection", "all_memory", "rag", "rag_vector")
ROLES = {"agent": 16, "user": 96, "judge": 64, "extractor": 96}
"""Roles, and how many tokens each may write: enough to fill in its form."""


@pytest.fixture(scope="module")
def server() -> Iterator[ServerParams]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
    params = ServerParams(
        model="smollm2-135m",
        weights="smollm2-135m",
        replicas=(Replica(url=url),),
        timeout_s=600,
        arguments=("--enforce-eager",),  # compiling takes longer than all that is generated here
    )
    with running("agent", params, params.replicas[0], "test-vllm"):
        yield params


def counted(server: ServerParams) -> dict[str, float]:
    """Prompt and generated tokens since the server started, from its own metrics."""
    with urllib.request.urlopen(server.urls[0].removesuffix("/v1") + "/metrics") as response:
        text = response.read().decode()
    return {
        ours: sum(map(float, re.findall(rf"^vllm:{theirs}_total{{.*}} (\S+)$", text, re.MULTILINE)))
        for ours, theirs in (("prompt_tokens", "prompt_tokens"), ("completion_tokens", "generation_tokens"))
    }


def quicktest(server: ServerParams) -> Params:
    data = load_params().model_dump(mode="json")
    served = server.model_dump(mode="json")
    data["servers"]["test"] = {role: {**served, "max_tokens": most} for role, most in ROLES.items()}
    data["studies"]["quicktest"].update(agent={"kind": "served"}, user="llm", servers="test")
    data["assistant"].update(reward_mode="llm", extractor="llm", context_tokens=4096, max_tokens=32)
    return check_params(data)


def test_every_role_of_the_quicktest_is_played_and_every_token_is_booked(server: ServerParams, tmp_path: Path) -> None:
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
