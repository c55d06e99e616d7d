"""A person's file: written by rows, read in every format there was, private, and never another folder's."""

import asyncio
import hashlib
import json
import random
import shutil
import sqlite3
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pum.core.errors import InputError
from pum.core.schemas import Reply
from pum.memory.state import UserState
from pum.memory.store import UNCHANGED, Changed, Conflict, FileStore
from tests.small_assistant import WISHES, small_assistant, teach


def old_file(folder: Path, user_id: str, state: object) -> None:
    """A file as earlier versions wrote it: one text for the whole state."""
    (folder / f"{user_id}.sqlite").unlink(missing_ok=True)
    text = json.dumps(state)
    db = sqlite3.connect(folder / f"{user_id}.sqlite")
    db.execute("CREATE TABLE state (id INTEGER PRIMARY KEY CHECK (id = 0), value TEXT NOT NULL, digest TEXT)")
    digest = hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
    db.execute("INSERT INTO state VALUES (0, ?, ?)", (text, digest))
    db.commit()
    db.close()


def former(state: dict, number: int) -> dict:
    """A state in the format of this `number`."""
    if number == 2:
        return state
    parts = {name: value for name, value in state.items() if name != "method_state"}
    return {**parts, "format": 1, "archive": [], "reflection": []}


@pytest.mark.parametrize("number", [1, 2])
def test_a_file_of_an_earlier_version_is_read_and_goes_on(tmp_path: Path, number: int) -> None:
    before = small_assistant(store=FileStore(tmp_path / "new"))
    teach(before, "ann")
    state = before.export_user("ann")
    old_file(tmp_path, "ann", former(state, number))
    content = (tmp_path / "ann.sqlite").read_bytes()
    after = small_assistant(store=FileStore(tmp_path))
    assert json.dumps(after.export_user("ann")) == json.dumps(state)
    assert (tmp_path / "ann.sqlite").read_bytes() == content
    for assistant in (before, after):
        assistant.chat("ann", "What are my options for lunch?")
    assert FileStore(tmp_path).load("ann") == FileStore(tmp_path / "new").load("ann")


def test_a_file_of_a_later_version_is_refused_by_name(tmp_path: Path) -> None:
    FileStore(tmp_path).save("ann", {"user_id": "ann"})
    db = sqlite3.connect(tmp_path / "ann.sqlite")
    db.execute("PRAGMA user_version = 9")
    db.close()
    with pytest.raises(InputError, match=r"ann\.sqlite.*newer version"):
        small_assistant(store=FileStore(tmp_path)).chat("ann", "Hello")


TURNS = st.lists(
    st.sampled_from([*WISHES, "Hello", "No bullets, please!", "/new", "/edit", "/feedback", "/look"]), max_size=8
)


@given(TURNS, st.sampled_from(["rag_vector", "reflection", "contextual"]))
@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
def test_what_is_saved_turn_by_turn_is_the_whole_state(tmp_path: Path, turns: list[str], method: str) -> None:
    shutil.rmtree(tmp_path / "memory", ignore_errors=True)
    assistant = small_assistant(method, store=FileStore(tmp_path / "memory"))
    for turn in turns:
        if turn == "/new":
            assistant.reset_session("ann", "Thanks!")
        elif turn == "/edit" and assistant.cards("ann"):
            assistant.disable_card("ann", "c0000")
        elif turn == "/feedback" and (pending := assistant.state("ann").pending):
            assistant.apply_feedback("ann", pending.turn_id, 0.5)
        elif turn == "/look":
            FileStore(tmp_path / "memory").read("ann")
        elif not turn.startswith("/"):
            assistant.chat("ann", turn)
        saved = FileStore(tmp_path / "memory").load("ann")
        live = json.loads(json.dumps(assistant.state("ann").to_json()))
        assert saved == live or (saved is None and live["turn"] == 0)


def test_a_turn_writes_what_has_changed(tmp_path: Path) -> None:
    class Counted(FileStore):
        def save(self, user_id: str, state: dict, after: str | None = None) -> str:
            saves.append(state)
            return super().save(user_id, state, after)

    saves: list[dict] = []
    assistant = small_assistant(store=Counted(tmp_path))
    teach(assistant, "ann")
    assistant.chat("ann", "What are my options for lunch?")
    last = saves[-1]
    assert len(last["cards"].items) <= 2 < last["cards"].length == 4
    assert list(last["history"].items) == [8, 9] and last["method_state"] is UNCHANGED
    with pytest.raises(Conflict):
        FileStore(tmp_path).save("ann", last, after="another")
    with pytest.raises(ValueError, match="version"):
        FileStore(tmp_path).save("ann", last)


@pytest.mark.parametrize("seed", range(3))
def test_no_byte_is_left_of_what_a_save_drops(tmp_path: Path, seed: int) -> None:
    """Rows of any size, whose pages SQLite splits and joins: a save that drops some leaves only the others."""
    draw, store, kept, version, said = random.Random(seed), FileStore(tmp_path), [], "", []
    for step in range(40):
        drops = step % 4 == 3
        if drops:
            kept, items = kept[: draw.randrange(len(kept) + 1)], {}
        else:
            places = {draw.randrange(len(kept) + 1) for _ in range(5)} | set(range(len(kept), len(kept) + 8))
            items = {
                it: f"canary-{step:02}-{it:03}." + "x" * draw.choice([5, 90, 400, 900, 1500, 5000]) for it in places
            }
            said += [text[:13] for text in items.values()]
            kept = [items.get(place, text) for place, text in enumerate([*kept, *([""] * 8)])]
        state = {"history": Changed(len(kept), items) if version else kept}
        version = store.save("ann", state, after=version)
        assert store.load("ann") == {"history": kept}
        content = (tmp_path / "ann.sqlite").read_bytes()
        alive = {text[:13] for text in kept}
        assert not drops or [word for word in said if word not in alive and word.encode() in content] == []


def test_files_are_for_their_owner_alone_and_no_other_lies_beside_them(tmp_path: Path) -> None:
    assistant = small_assistant(store=FileStore(tmp_path / "memory"))
    assistant.chat("ann", "Hello")
    (file,) = (tmp_path / "memory").iterdir()
    assert file.name == "ann.sqlite" and file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("how", ["moved", "another in its place"])
def test_a_folder_that_has_gone_is_refused_and_nobody_is_a_stranger(tmp_path: Path, how: str) -> None:
    folder = tmp_path / "memory"
    assistant = small_assistant(store=FileStore(folder))
    teach(assistant, "ann")
    folder.rename(tmp_path / "elsewhere")
    if how != "moved":
        folder.mkdir()
    for call in (
        lambda: assistant.chat("ann", "Hello"),
        lambda: assistant.chat("bob", "Hello"),
        lambda: assistant.cards("ann"),
        lambda: assistant.reset_user("ann"),
    ):
        with pytest.raises(InputError, match=r"memory: no longer the folder.*put it back"):
            call()
    assert not folder.exists() or not list(folder.iterdir())
    shutil.rmtree(folder, ignore_errors=True)
    (tmp_path / "elsewhere").rename(folder)
    assert assistant.chat("ann", "Hello").turn_id == "s0t4"


@pytest.mark.parametrize("shared", [False, True], ids=["threads", "one loop"])
def test_a_file_that_somebody_holds_keeps_nobody_else_waiting(tmp_path: Path, shared: bool) -> None:
    assistant = small_assistant(store=FileStore(tmp_path))
    assistant.chat("ann", "Hello")
    outside = sqlite3.connect(tmp_path / "ann.sqlite", isolation_level=None, check_same_thread=False)
    outside.execute("BEGIN EXCLUSIVE")
    answered: list[str] = []

    async def say(user: str) -> None:
        answered.append((await assistant.achat(user, "Hello")).decision and user)

    async def both() -> None:
        waiting = asyncio.create_task(say("ann"))
        await asyncio.sleep(0.2)
        await say("bob")
        outside.execute("ROLLBACK")
        await waiting

    if shared:
        asyncio.run(both())
    else:
        waiting = threading.Thread(target=lambda: asyncio.run(say("ann")))
        waiting.start()
        asyncio.run(say("bob"))
        assert assistant.cards("carl") == ()
        outside.execute("ROLLBACK")
        waiting.join()
    assert answered == ["bob", "ann"]


def test_a_state_that_is_no_memory_is_not_saved_and_the_fault_is_named(tmp_path: Path) -> None:
    assistant = small_assistant(store=FileStore(tmp_path))
    assistant.chat("ann", "Hello")
    for poison in (
        lambda state: state.history.append({"role": "user", "content": None}),
        lambda state: state.method_state.update(diary={1, 2}),
        lambda state: setattr(state, "request", 7),
        lambda state: setattr(state, "vectors", replace(state.vectors, baseline=float("nan"))),
    ):
        before = FileStore(tmp_path).load("ann")
        prepared = assistant.chat_prepare("ann", "Hello")
        poison(assistant.state("ann"))
        with pytest.raises(InputError, match="ann: not saved, because this is no memory"):
            assistant.chat_complete(prepared, Reply("Hi"))
        assert FileStore(tmp_path).load("ann") == before
    assert assistant.chat("ann", "Hello").turn_id == "s0t1"


def test_a_state_knows_what_the_store_has(tmp_path: Path) -> None:
    """Whoever saves again without a change writes no item."""
    assistant = small_assistant(store=FileStore(tmp_path))
    teach(assistant, "ann")
    state: UserState = assistant.state("ann")
    again = state.to_save()
    assert again["cards"] == Changed(4, {}) and again["history"] == Changed(8, {}) and again["vectors"] is UNCHANGED
