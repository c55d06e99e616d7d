"""What people may ask for: their cards, all that is kept, a change, and to be forgotten, to the last byte."""

import json
import os
import time
from pathlib import Path

import pytest

from pum.assistant.data_rights import Places, change_card, export, forget, user_states
from pum.cli.app import main
from pum.core.errors import InputError
from pum.core.schemas import Reply
from pum.llm.client_pool import REPLIES, ResponseCache
from pum.memory.edit import ERASED, disabled
from pum.memory.store import FileStore
from pum.retrieval.embed import CachedEmbedder, HashingEmbedder
from pum.runner.batch import run
from pum.runner.run_folder import RunFolder
from tests.small_assistant import WISHES, small_assistant, teach
from tests.test_runner_run import config

CANARY = "xylophone-7431"


def leaks(folder: Path, word: str = CANARY) -> list[Path]:
    """Files under `folder` that have the word in their name or anywhere in their bytes."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [path for path in files if word in path.name or word.encode() in path.read_bytes()]


def places(root: Path) -> Places:
    return Places(root / "memory", root / "work", root / "work")


@pytest.fixture
def known(tmp_path: Path) -> Places:
    """A person who has said the canary to an assistant with a file, a cache of vectors and a cache of replies."""
    where = places(tmp_path)
    assistant = small_assistant(store=FileStore(where.memory))
    cache = ResponseCache(where.work / REPLIES)
    for text in (*WISHES, f"When I mention {CANARY}, always use bullet points.", f"My password is {CANARY}."):
        answer = assistant.chat("ann", text)
        cache.put({"prompt": text}, Reply(answer.text))
    assistant.reset_session("ann", f"Thanks, {CANARY}!")
    assistant.chat("ann", f"What is {CANARY}?")
    assistant.chat("bob", "Please always answer in French.")
    (where.memory / "ann.json").write_text(json.dumps(export("ann", where)))
    (where.work / "servers").mkdir()
    (where.work / "servers" / "agent.log").write_text(f"ann: {CANARY}\n")
    (where.work / "servers" / "judge.log").write_text("joanna: nothing\n")
    return where


def test_after_forgetting_no_byte_of_the_person_is_left_and_it_took_no_second(known: Places, tmp_path: Path) -> None:
    assert len(leaks(tmp_path)) >= 4
    started = time.perf_counter()
    gone = forget("ann", known)
    assert time.perf_counter() - started < 1
    assert leaks(tmp_path) == [] == leaks(tmp_path, "ann.")
    assert len(gone) == 4 and str(known.memory / "ann.sqlite") in gone
    assert FileStore(known.memory).load("bob") and (known.work / "servers" / "judge.log").exists()
    assert forget("ann", known) == []


def test_a_living_assistant_does_not_bring_the_forgotten_back(tmp_path: Path) -> None:
    where = places(tmp_path)
    assistant = small_assistant(store=FileStore(where.memory))
    assistant.chat("ann", f"When I mention {CANARY}, always use bullet points.")
    forget("ann", where)
    assert assistant.chat("ann", "Hello").turn_id == "s0t0"
    assert leaks(tmp_path) == [] and assistant.cards("ann") == ()


def test_the_cache_of_vectors_holds_no_words_and_without_keep_nothing_new(tmp_path: Path) -> None:
    file = tmp_path / "embeddings.sqlite"
    CachedEmbedder(HashingEmbedder(), file).encode(["common"])
    sizes = []
    for keep in (False, True):
        embedder = CachedEmbedder(HashingEmbedder(), file, keep)
        embedder.encode([f"{CANARY} is my word"])
        (count,) = embedder._file._db.execute("SELECT COUNT(*) FROM parts").fetchone()
        sizes.append(count)
    assert sizes == [1, 2] and leaks(tmp_path) == []


def test_forgetting_reaches_journals_and_kept_runs_of_a_profile(tmp_path: Path) -> None:
    where, small = places(tmp_path), config("vanilla", profiles=2, sessions=1)
    run(small, where.work / "finished" / "smoke" / "vanilla", work=where.work)
    folder = RunFolder(config("rag", profiles=2, sessions=1), where.work)
    for user in ("user_000", "user_001"):
        folder.journal(0, user).commit_json([{"session": 0}], [], {"assistant": {"said": CANARY + user}})
    told = export("user_000", where)["runs"]
    assert [journal["state"] for journal in told] == [{"assistant": {"said": CANARY + "user_000"}}]
    with folder.lock(), pytest.raises(InputError, match="is in progress"):
        forget("user_000", where)
    assert leaks(tmp_path, "user_000")
    forget("user_000", where)
    assert leaks(tmp_path, "user_000") == [] and leaks(tmp_path, CANARY + "user_001")


@pytest.mark.parametrize("change", [["--disable", "c0000"], ["--edit", "c0000", "Use tables."]], ids=lambda it: it[0])
@pytest.mark.parametrize("later", [0, 1, 2], ids=["at once", "a turn later", "a session later"])
def test_a_word_edited_out_of_a_card_is_gone_from_every_file(
    change: list[str], later: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By command, from memory, cached replies and logs; what was said beside it in the message goes too."""
    where = places(tmp_path)
    monkeypatch.setattr("pum.assistant.data_rights.Places.__init__.__defaults__", (where.work, where.cache))
    assistant = small_assistant(store=FileStore(where.memory))
    said = f"When I list options, always mention {CANARY}. Please always answer in French."
    reply = assistant.chat("ann", said).text
    ResponseCache(where.work / REPLIES).put({"prompt": said}, Reply(reply))
    (where.work / "agent.log").write_text(assistant.cards("ann")[0].note)
    if later:
        assistant.chat("ann", "What are my options for lunch?")
    if later == 2:
        assistant.reset_session("ann", "Thanks!")
    assert {path.name for path in leaks(tmp_path)} >= {"ann.sqlite", "agent.log"}
    assert main(["cards", "ann", *change, "--memory", str(where.memory)]) == 0
    assert leaks(tmp_path) == []
    first, second = assistant.cards("ann")
    assert (first.active, second.note) == (change[0] == "--edit", "Answer in French.")
    assert first.sources == second.sources and (first.note == "Use tables.") == first.active
    assert assistant.chat("ann", "Hello").turn_id == {0: "s0t1", 1: "s0t2", 2: "s1t0"}[later]


@pytest.mark.parametrize(
    "logged",
    [
        "WHEN I MENTION {0},  use\n bullet points",
        "prompt: From now on, when I mention {0}, always use bullet points, thanks!",
    ],
    ids=["a wording in another form", "the message"],
)
def test_old_words_leave_the_logs_by_the_rule_by_which_they_leave_the_memory(logged: str, tmp_path: Path) -> None:
    where = places(tmp_path)
    assistant = small_assistant(store=FileStore(where.memory))
    assistant.chat("ann", f"From now on, when I mention {CANARY}, always use bullet points, thanks!")
    where.work.mkdir()
    (where.work / "agent.log").write_bytes(b"\xff " + logged.format(CANARY).encode())
    (where.work / "other.log").write_text("When I mention trains, always use bullet points.")
    change_card("ann", "c0000", disabled, where)
    assert leaks(tmp_path) == [] and (where.work / "other.log").exists()


def test_forgetting_in_a_folder_that_is_another_one_is_refused_and_deletes_nothing(
    known: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    monkeypatch.setattr("pum.assistant.data_rights.Places.__init__.__defaults__", (tmp_path / "no", tmp_path / "no"))
    (tmp_path / "empty").mkdir()
    for command in (["forget", "ann"], ["export", "ann"], ["cards", "ann"], ["cards", "ann", "--disable", "c0000"]):
        assert main([*command, "--memory", str(tmp_path / "memroy")]) == 2
        error = capsys.readouterr().err
        assert f"{tmp_path / 'memroy'}: no such folder" in error and error.count("\n") == 1
    assert main(["forget", "ann", "--memory", str(tmp_path / "empty")]) == 2
    assert f"nothing of ann is kept in {tmp_path / 'empty'}" in capsys.readouterr().err
    assert FileStore(known.memory).load("ann") and not (tmp_path / "memroy").exists()


def test_commands_show_export_change_and_forget(
    known: Places, capsys, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("pum.assistant.data_rights.Places.__init__.__defaults__", (known.work, known.cache))
    memory = ["--memory", str(known.memory)]

    def said(*arguments: str) -> str:
        assert main([*arguments, *memory]) == 0
        return capsys.readouterr().out

    first, *rest = said("cards", "ann").splitlines()
    assert first.startswith("c0000  ") and len(rest) == 3
    assert "no longer used" in said("cards", "ann", "--disable", "c0000").splitlines()[0]
    shown = said("cards", "ann", "--edit", "c0001", "When writing SQL, use capital keywords").splitlines()
    assert "When writing SQL, use capital keywords." in shown[1]
    told = json.loads(said("export", "ann"))
    assert told["memory"]["cards"][1]["condition"] == "writing SQL" and CANARY in json.dumps(told)
    assert "nothing of ann is kept" in said("forget", "ann")
    assert json.loads(said("export", "ann")) == {"user_id": "ann", "memory": None, "runs": []}
    assert leaks(tmp_path) == []


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        (["cards", "ann", "--disable", "c9999"], "c9999"),
        (["cards", "ann", "--edit", "c0000", "   "], "1 to 256 characters"),
        (["cards", "ann", "--edit", "c0000", "x" * 300], "1 to 256 characters"),
        (["cards", "../ann"], "user id"),
        (["export", "ANN"], "user id"),
        (["forget", "ａｎｎ"], "user id"),
        (["forget", ""], "user id"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_changes_nothing(
    arguments: list[str], names: str, known: Places, capsys
) -> None:
    before = FileStore(known.memory).version("ann")
    assert main([*arguments, "--memory", str(known.memory)]) == 2
    error = capsys.readouterr().err
    assert names in error and error.count("\n") == 1
    assert FileStore(known.memory).version("ann") == before


def test_cards_are_changed_through_the_api_and_the_change_counts_at_once(tmp_path: Path) -> None:
    assistant = small_assistant("rag", store=FileStore(tmp_path))
    for wish in WISHES:
        assistant.chat("ann", wish)
    bullets = next(card for card in assistant.cards("ann") if "bullet" in card.note)
    question = "List my options for lunch."
    assert bullets.note in assistant.chat("ann", question).decision.notes
    changed = assistant.edit_card(
        "ann", bullets.card_id, "When you list options, use a numbered list with bullet marks"
    )
    assert changed.note in assistant.chat("ann", question).decision.notes
    assistant.disable_card("ann", bullets.card_id)
    assert changed.note not in assistant.chat("ann", question).decision.notes
    assert json.loads(json.dumps(assistant.export_user("ann"))) == FileStore(tmp_path).load("ann")
    with pytest.raises(InputError, match="no longer used"):
        assistant.edit_card("ann", bullets.card_id, "Use tables.")
    with pytest.raises(InputError, match="no card"):
        assistant.disable_card("bob", bullets.card_id)


def test_whichever_way_a_card_is_changed_a_save_of_another_process_is_not_lost(tmp_path: Path) -> None:
    class Contested(FileStore):
        """Somebody else always saves just before the first save."""

        def save(self, user_id: str, state: dict, after: str | None = None) -> str:
            if after is not None and not self.contested:
                self.contested = True
                super().save(user_id, {**self.load(user_id), "request": "meanwhile"})
            return super().save(user_id, state, after)

    teach(small_assistant(store=FileStore(tmp_path)), "ann")
    store = Contested(tmp_path)
    for card_id, change in (
        ("c0000", lambda: small_assistant(store=store).disable_card("ann", "c0000")),
        ("c0001", lambda: user_states(store).change_card("ann", "c0001", disabled)),
    ):
        FileStore(tmp_path).save("ann", {**store.load("ann"), "request": "before"})
        store.contested = False
        assert not change().active
        assert store.contested and store.load("ann")["request"] == "meanwhile"
        assert card_id in [card.card_id for card in user_states(store).cards("ann") if not card.active]


def test_changing_a_card_by_command_leaves_all_else_as_it_was(known: Places) -> None:
    store = FileStore(known.memory)
    before = store.load("ann")
    user_states(store).change_card("ann", "c0000", disabled)
    after = store.load("ann")
    (gone, *others), (erased, *kept) = before.pop("cards"), after.pop("cards")
    assert others == kept and erased["note"] == ERASED
    notes = before["pending"]["decision"]["notes"]
    before["pending"]["decision"]["notes"] = [ERASED if note == gone["note"] else note for note in notes]
    assert before == after


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes anywhere")
def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(InputError, match=r"ann\.sqlite"):
        FileStore(tmp_path).save("ann", {})
