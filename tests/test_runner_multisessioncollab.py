"""MultiSessionCollab's protocol: the same problems for all users, greeted first; notes with or without scaffolding."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from pum.assistant.personalized_llm import AssistantSettings, PersonalizedLLM
from pum.config.params import check_params, load_params
from pum.core.errors import InputError
from pum.core.schemas import Message, Reply, Usage
from pum.llm.prompt_builder import estimate_tokens
from pum.methods.method import Resources, build_method
from pum.results.files import read_results
from pum.retrieval.embed import load_embedder
from pum.runner.batch import run
from pum.runner.config import RunConfig
from pum.user_model.item_space import fit_item_space
from tests.model_server import KEY, ModelServer, serving
from tests.small_runs import add_servers, small_files, small_params
from tests.test_bench_multisessioncollab import FIXTURE

GREETING = "Hello, what can I do for you?"
PROBLEMS = [
    {"problem": "What is $2+2$?", "solution": r"It is $\boxed{4}$.", "level": "Level 1", "type": "Algebra"},
    {"problem": "What is $3\\cdot 5$?", "solution": r"It is $\boxed{15}$.", "level": "Level 1", "type": "Algebra"},
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "user_profiles.json").write_bytes((FIXTURE / "user_profiles.json").read_bytes())
    (tmp_path / "math-500.json").write_text(json.dumps(PROBLEMS))
    return tmp_path


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModelServer]:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with serving() as server:
        yield server


def config(folder: Path, url: str, users: int = 2, user: str = "verifiable") -> RunConfig:
    data = small_params().model_dump(mode="json")
    served = {"model": "m", "replicas": [{"url": url}], "max_retries": 0, "timeout_s": 5}
    add_servers(data, "test", {"agent": served, "user": served})
    data["studies"]["smoke"].update(
        n_profiles=users, n_sessions=3, max_turns=3, datasets=["math-500"], user=user, servers="test",
        agent={"kind": "served"}, multisessioncollab={"folder": str(folder), "greeting": GREETING},
    )  # fmt: skip
    params = check_params(data)
    return RunConfig("smoke", params.study("smoke"), "vanilla", params, small_files())


def test_all_users_bring_the_same_problems_in_the_same_order_and_nothing_after_them(
    folder: Path, server: ModelServer, tmp_path: Path
) -> None:
    run(config(folder, server.url), tmp_path / "out", work=tmp_path / "work")
    sessions = pd.DataFrame(read_results(tmp_path / "out")["sessions"])
    order = sessions.groupby("user_id").task_id.apply(list)
    assert set(order.index) == {"msc_000", "msc_007"} and order["msc_000"] == order["msc_007"]
    assert order["msc_000"][0] == order["msc_000"][2] != order["msc_000"][1]
    assert set(sessions.request_type) == {"plain"}
    turns = pd.read_parquet(tmp_path / "out" / "turns.parquet")
    assert not (turns.kind == "followup").any()


def test_agent_and_user_both_see_the_greeting(folder: Path, server: ModelServer, tmp_path: Path) -> None:
    run(config(folder, server.url, users=1, user="llm"), tmp_path / "out", work=tmp_path)
    openings = [body for body in server.bodies if "Opening" in json.dumps(body.get("response_format", ""))]
    assert openings and all(GREETING in body["messages"][-1]["content"] for body in openings)
    answers = [body for body in server.bodies if "response_format" not in body]
    assert answers and all(body["messages"][1] == {"role": "assistant", "content": GREETING} for body in answers)


def test_files_that_are_not_there_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="user_profiles.json: No such file"):
        run(config(tmp_path / "nowhere", "http://127.0.0.1:9/v1"), tmp_path / "out", work=tmp_path / "work")
    with pytest.raises(InputError, match="n_profiles: 9 wanted"):
        run(config(FIXTURE, "http://127.0.0.1:9/v1", users=9), tmp_path / "out", work=tmp_path / "work")


def test_the_simulated_agent_can_neither_play_this_nor_select_notes(folder: Path, tmp_path: Path) -> None:
    data = config(folder, "http://127.0.0.1:9/v1").params.model_dump(mode="json")
    data["studies"]["smoke"]["agent"] = load_params().studies["smoke"].agent.model_dump(mode="json")
    params = check_params(data)
    with pytest.raises(InputError, match="studies.smoke.multisessioncollab: how often"):
        run(RunConfig("smoke", params.study("smoke"), "rag", params, small_files()), tmp_path / "out")
    data["studies"]["smoke"]["multisessioncollab"] = None
    data["methods"]["reflection"]["scaffolding"] = True
    params = check_params(data)
    with pytest.raises(InputError, match="methods.reflection.scaffolding: the simulated agent"):
        run(RunConfig("smoke", params.study("smoke"), "reflection", params, small_files()), tmp_path / "out")


class NoteTaker:
    """Writes two notes after a session; asked which of them matter, names the second and one that it never wrote."""

    name, simulated = "note taker", False

    def __init__(self) -> None:
        self.asked: list[tuple[Message, ...]] = []

    def count_tokens(self, text: str) -> int:
        return estimate_tokens(text)

    async def answer(self, messages: tuple[Message, ...], *, seed: int, max_tokens: int = 512) -> Reply:
        self.asked.append(messages)
        system = messages[0]["content"]
        if system.startswith("You keep notes"):
            return Reply("- Use tables.\n- Be brief.", Usage(7, 2))
        if system.startswith("You are about to answer"):
            return Reply("- Be brief.\n- Shout.", Usage(5, 1))
        return Reply("Sure.", Usage(1, 1))


@pytest.mark.parametrize("scaffolding", [False, True])
def test_scaffolding_stresses_the_notes_that_matter_and_is_paid_for(scaffolding: bool) -> None:
    embedder = load_embedder("hashing")
    space = fit_item_space(["Use tables.", "Be brief.", "Be long."], embedder, 2)
    method = build_method("reflection", {"limit": 5, "scaffolding": scaffolding}, Resources(embedder, space))
    model = NoteTaker()
    assistant = PersonalizedLLM(method, model, embedder, space.rank, AssistantSettings())
    assistant.chat("ann", "Hello")
    assert len(model.asked) == 1  # there is no note to select from
    assert assistant.reset_session("ann", "Bye").usage == Usage(7, 2)
    assistant.chat("ann", "Which trains are there?")
    system = model.asked[-1][0]["content"]
    assert system.count("- Use tables.") == 1 and "Shout" not in system
    assert system.count("- Be brief.") == 1 + scaffolding
    if scaffolding:
        assert model.asked[-2][1]["content"].endswith("[user]\nWhich trains are there?")
    assert asyncio.run(assistant.areset_session("ann", "Bye")).usage == Usage(7 + 5 * scaffolding, 2 + scaffolding)
