"""Controls of the runner: no learning means no difference, and what fails is counted, contained and named."""

import json
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import pytest

from pum.bench.agent.offline import OfflineAgent
from pum.config.params import check_params, load_params
from pum.core.errors import IncompleteRun, InputError
from pum.core.rng import key
from pum.core.schemas import Message, Reply
from pum.llm.chat_model import ChatError, RefusedError
from pum.results.files import read_results
from pum.runner.batch import run
from pum.runner.config import RunConfig
from pum.runner.journal import Journal
from pum.runner.run_folder import RunFolder
from tests.small_runs import small_files, small_params

PROFILES, SESSIONS = 2, 4
FILES = ("results.json", "turns.parquet", "users.parquet", "checkpoint.json", "manifest.json")
Prompts = dict[tuple[str, int], list[tuple[tuple[str, str], ...]]]


def config(method: str, top_j: int | None = None, **rates: float) -> RunConfig:
    """The smoke study at the size of these tests; `rates` replace those of the method's vectors."""
    data = small_params(n_profiles=PROFILES, n_sessions=SESSIONS).model_dump(mode="json")
    if top_j:
        data["methods"][method]["top_j"] = top_j
    if rates:
        data["methods"][method]["user_model"].update(rates)
    params = check_params(data)
    return RunConfig("smoke", params.study("smoke"), method, params, small_files())


@dataclass
class Listener:
    """Stands before the simulated model: keeps every prompt by (user, session), and `fails` where it is told to."""

    prompts: Prompts = field(default_factory=dict)
    fails: Mapping[tuple[str, int], Exception] = field(default_factory=dict)

    def wrap(self, answer: Callable) -> Callable:
        # The seed that the runner hands to the model is the only sign of whose session a prompt belongs to.
        seed = key(load_params().seed, 0)
        ids = [(f"user_{user:03d}", session) for user in range(PROFILES) for session in range(SESSIONS)]
        by_luck = {key(seed, "agent", *id_): id_ for id_ in ids}

        async def listening(agent: OfflineAgent, messages: tuple[Message, ...], **options: int) -> Reply:
            id_ = by_luck[options["seed"]]
            heard = self.prompts.setdefault(id_, [])
            heard.append(tuple((message["role"], message["content"]) for message in messages))
            # Not at once: by the second message there is something to forget.
            if id_ in self.fails and len(heard) >= 2:
                raise self.fails[id_]
            return await answer(agent, messages, **options)

        return listening


@pytest.fixture
def listen(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Listener]:
    """Put a listener in front of every simulated model that is built from now on."""
    original = OfflineAgent.answer

    def start(fails: Mapping[tuple[str, int], Exception] | None = None) -> Listener:
        listener = Listener(fails=fails or {})
        monkeypatch.setattr(OfflineAgent, "answer", listener.wrap(original))
        return listener

    return start


@pytest.fixture(scope="module")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Prompts]:
    """A run of `rag` in which nothing fails: its folder, and what the model was asked."""
    folder = tmp_path_factory.mktemp("healthy")
    with pytest.MonkeyPatch.context() as patch:
        listener = Listener()
        patch.setattr(OfflineAgent, "answer", listener.wrap(OfflineAgent.answer))
        run(config("rag"), folder / "out", work=folder / "work")
    return folder / "out", listener.prompts


def same_bytes(one: Path, other: Path) -> bool:
    return all((one / name).read_bytes() == (other / name).read_bytes() for name in FILES)


def asked(listener: Listener, config_: RunConfig, folder: Path) -> Prompts:
    run(config_, folder / "out", work=folder / "work")
    return listener.prompts


def test_a_vector_that_never_learns_changes_not_a_byte_of_any_prompt(
    healthy: tuple[Path, Prompts], listen: Callable[..., Listener], tmp_path: Path
) -> None:
    _, rag = healthy
    assert len(rag) == PROFILES * SESSIONS
    assert sum(messages[0][1].count("\n- ") > 0 for prompts in rag.values() for messages in prompts) > 5
    unlearning = asked(listen(), config("rag_vector", eta_long=0.0, eta_short=0.0), tmp_path)
    for id_, prompts in rag.items():
        assert unlearning[id_] == prompts, id_
    assert unlearning.keys() == rag.keys()


def test_a_vector_that_learns_fast_does_change_prompts(listen: Callable[..., Listener], tmp_path: Path) -> None:
    # One note a prompt: these short lives leave few cards to choose from.
    fast = config("rag_vector", top_j=1, eta_long=3.0, eta_short=3.0, beta_long=5.0, beta_short=5.0, norm_cap=100.0)
    learned = asked(listen(), fast, tmp_path)
    rag = asked(listen(), config("rag", top_j=1), tmp_path / "rag")
    assert learned["user_000", 0][0] == rag["user_000", 0][0], "before the first reward there is nothing to differ by"
    assert learned != rag
    rows = read_results(tmp_path / "out")["sessions"]
    assert any(row["rank_flips"] for row in rows) and any(row["z_long_norm"] > 0 for row in rows)


def test_a_crash_costs_its_session_and_leaves_the_memory_of_before(
    healthy: tuple[Path, Prompts],
    listen: Callable[..., Listener],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    committed: dict[tuple[str, int], str] = {}
    commit = Journal.commit

    def spy(journal: Journal, row: object, turns: list, state: dict) -> None:
        committed[row.user_id, row.session] = json.dumps(state, sort_keys=True)
        commit(journal, row, turns, state)

    # By its second message this user has asked for something new, which must be forgotten like the rest.
    monkeypatch.setattr(Journal, "commit", spy)
    listener = listen({("user_001", 1): RefusedError("the agent broke")})
    run(config("rag"), tmp_path / "out", work=tmp_path / "work")

    rows = {(row["user_id"], row["session"]): row for row in read_results(tmp_path / "out")["sessions"]}
    assert len(rows) == PROFILES * SESSIONS
    crashed = rows.pop(("user_001", 1))
    assert crashed["outcome"] == "agent_error" and not crashed["success"]
    assert crashed["error"] == "the agent broke"
    assert {row["outcome"] for row in rows.values()} <= {"completed", "timeout", "gave_up"}

    assert committed["user_001", 1] == committed["user_001", 0] != committed["user_001", 2]
    # The session after it starts from that memory too, and not from the crashed conversation.
    begins = listener.prompts["user_001", 2][0]
    assert [role for role, _ in begins] == ["system", "user"]

    folder, prompts = healthy
    others = {(row["user_id"], row["session"]): row for row in read_results(folder)["sessions"]}
    unharmed = [id_ for id_ in others if id_[0] == "user_000" or id_[1] == 0]
    assert len(unharmed) == SESSIONS + 1
    assert [rows[id_] for id_ in unharmed] == [others[id_] for id_ in unharmed]
    assert [listener.prompts[id_] for id_ in unharmed] == [prompts[id_] for id_ in unharmed]


def test_the_row_of_a_crashed_session_has_what_was_seen_of_it(
    healthy: tuple[Path, Prompts], listen: Callable[..., Listener], tmp_path: Path
) -> None:
    """This user's second message enforces something, and is the one at which the agent breaks."""
    listen({("user_000", 1): RefusedError("the agent broke")})
    run(config("rag"), tmp_path / "out", work=tmp_path / "work")
    row = read_results(tmp_path / "out")["sessions"][1]
    assert (row["user_id"], row["session"], row["outcome"]) == ("user_000", 1, "agent_error")
    turns = pd.read_parquet(healthy[0] / "turns.parquet")
    played = turns[(turns.user_id == "user_000") & (turns.session == 1)]
    first, second = played.head(2).itertuples(index=False)
    assert second.kind == "enforcement"
    assert (row["turns"], row["enforcements"], row["first_turn_enforced"]) == (1, 1, True)
    assert row["user_tokens"] == first.user_tokens + second.user_tokens
    assert (row["agent_tokens"], row["prompt_tokens"]) == (first.agent_tokens, first.prompt_tokens)


def test_a_model_that_stops_answering_costs_only_time(
    healthy: tuple[Path, Prompts], listen: Callable[..., Listener], tmp_path: Path
) -> None:
    listener = listen({("user_000", 2): ChatError("connection refused")})
    with pytest.raises(IncompleteRun, match=r"rag: .* 1 profiles.*connection refused"):
        run(config("rag"), tmp_path / "out", work=tmp_path / "work")
    assert ("user_000", 3) not in listener.prompts, "no session can be played before the one it builds on"

    folder, prompts = healthy
    complete = read_results(folder)["sessions"]
    data = read_results(tmp_path / "out")
    assert data["scheduled"] == len(data["sessions"]) == PROFILES * SESSIONS
    for row, wanted in zip(data["sessions"], complete, strict=True):
        assert (row["user_id"], row["session"]) == (wanted["user_id"], wanted["session"])
        if row["user_id"] == "user_000" and row["session"] >= 2:
            assert (row["outcome"], row["success"], row["error"]) == (
                "infrastructure_error",
                False,
                "connection refused",
            )
        else:
            assert row == wanted
    checkpoint = json.loads((tmp_path / "out" / "checkpoint.json").read_text())
    assert checkpoint["sessions_per_profile"] == {"0/user_000": 2, "0/user_001": SESSIONS}

    again = listen()
    run(config("rag"), tmp_path / "out", work=tmp_path / "work")
    assert same_bytes(tmp_path / "out", folder)
    assert again.prompts == {id_: prompts[id_] for id_ in [("user_000", 2), ("user_000", 3)]}


def other_digest(path: Path) -> None:
    Journal(path, "0123456789abcdef").close()


def not_sqlite(path: Path) -> None:
    path.write_bytes(b"this is no database, and longer than a header of one: " * 40)


def torn(path: Path) -> None:
    """A journal of this run whose pages after the first are garbage, as after a disk failure."""
    Journal(path, config("rag").digest).close()
    content = path.read_bytes()
    path.write_bytes(content[:4096] + b"\xa5" * (len(content) - 4096))


def torn_rows(path: Path) -> None:
    """Only the page of the sessions is garbage: the journal still says, rightly, to which run it belongs."""
    Journal(path, config("rag").digest).close()
    db = sqlite3.connect(path)
    page, size = (
        db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'sessions'").fetchone()[0],
        db.execute("PRAGMA page_size").fetchone()[0],
    )
    db.close()
    content = bytearray(path.read_bytes())
    content[(page - 1) * size : page * size] = b"\xa5" * size
    path.write_bytes(content)


@pytest.mark.parametrize("damage", [other_digest, not_sqlite, torn, torn_rows])
def test_a_foreign_or_broken_journal_is_refused_by_name_and_kept(
    damage: Callable[[Path], None], tmp_path: Path, listen: Callable[..., Listener]
) -> None:
    folder = RunFolder(config("rag"), tmp_path / "work")
    path = folder.path / "seed-0" / "user_001.sqlite"
    path.parent.mkdir(parents=True)
    damage(path)
    before = path.read_bytes()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "results.json").write_text("earlier results")
    listener = listen()

    with pytest.raises(InputError) as refused:
        run(folder.config, tmp_path / "out", work=tmp_path / "work")
    assert str(path) in str(refused.value) and "\n" not in str(refused.value)
    assert path.read_bytes() == before
    assert (tmp_path / "out" / "results.json").read_text() == "earlier results"
    assert [file.name for file in (tmp_path / "out").iterdir()] == ["results.json"]
    assert not listener.prompts
