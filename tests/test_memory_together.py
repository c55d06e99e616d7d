"""Whatever two do at once to one person's memory, each call ends by name: done, repeated, or a conflict."""

import asyncio
import itertools
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pum.assistant.data_rights import Places, forget, user_states
from pum.assistant.personalized_llm import PersonalizedLLM
from pum.core.errors import InputError
from pum.core.paths import ROOT
from pum.core.schemas import Reply, Usage
from pum.llm.chat_model import InvalidReply
from pum.memory.edit import disabled
from pum.memory.store import Conflict, FileStore
from tests.small_assistant import WISHES, Echo, small_assistant, teach


def _prepare_and_complete(assistant: PersonalizedLLM) -> None:
    assistant.chat_complete(assistant.chat_prepare("ann", "What about lunch?"), Reply("Soup."))


def _feedback(assistant: PersonalizedLLM) -> None:
    if pending := assistant.state("ann").pending:
        assistant.apply_feedback("ann", pending.turn_id, 0.5)


def _places(assistant: PersonalizedLLM) -> Places:
    return Places(
        assistant.store.folder, assistant.store.folder.parent / "work", assistant.store.folder.parent / "work"
    )


CALLS: dict[str, Callable[[PersonalizedLLM], object]] = {
    "chat": lambda it: it.chat("ann", "What are my options for lunch?"),
    "a wish": lambda it: it.chat("ann", "Please always answer in French."),
    "prepare": lambda it: it.chat_prepare("ann", "What are my options?"),
    "prepare and complete": _prepare_and_complete,
    "feedback": _feedback,
    "close": lambda it: it.reset_session("ann", "Perfect, thank you!"),
    "reset": lambda it: it.reset_user("ann"),
    "export": lambda it: it.export_user("ann"),
    "cards": lambda it: it.cards("ann"),
    "edit": lambda it: it.edit_card("ann", "c0000", "Use tables."),
    "disable": lambda it: it.disable_card("ann", "c0001"),
    "by command": lambda it: user_states(it.store).change_card("ann", "c0002", disabled),
    "forget": lambda it: forget("ann", _places(it)),
}
PAIRS = list(itertools.product(CALLS, CALLS))


class Meanwhile(Echo):
    """While the first call waits for its model, `meanwhile` is started, and given time to do what it can."""

    def __init__(self, meanwhile: threading.Thread) -> None:
        self.meanwhile = meanwhile

    async def answer(self, messages, *, seed, max_tokens=512) -> Reply:
        if self.meanwhile.ident is None:
            self.meanwhile.start()
            await asyncio.sleep(0.15)
        return await super().answer(messages, seed=seed)


def outcome(call: str, assistant: PersonalizedLLM) -> str:
    """Named outcomes; anything else is an error of the test. A complete turn is never in conflict."""
    try:
        CALLS[call](assistant)
    except Conflict:
        assert call == "prepare and complete"
        return "conflict"
    except InputError as error:
        assert "no card" in str(error) or "no longer used" in str(error) or call == "prepare and complete"
        return "refused"
    return "done"


def at_once(folder: Path, first: str, second: str, same: bool) -> None:
    here = small_assistant(store=FileStore(folder))
    teach(here, "ann")
    here.chat("ann", "What are my options for lunch?")
    there = here if same else small_assistant(store=FileStore(folder))
    there.cards("ann")
    ended: list[str] = []
    thread = threading.Thread(target=lambda: ended.append(outcome(second, there)))
    here.chat_model = Meanwhile(thread)
    ended.append(outcome(first, here))
    if thread.ident is None:  # the first call asks no model
        thread.start()
    thread.join(30)
    assert len(ended) == 2, f"{first} and {second}: {ended}"
    state = small_assistant(store=FileStore(folder)).export_user("ann")
    roles = [message["role"] for message in state["history"]]
    assert roles == ["user", "assistant"] * state["turn"]
    assert here.chat("ann", "Hello").text.endswith("Hello") and there.cards("ann") == here.cards("ann")


@pytest.mark.parametrize(("first", "second"), random.Random(0).sample(PAIRS, 12), ids=" and ".join)
def test_two_calls_at_once_end_by_name(first: str, second: str, tmp_path: Path) -> None:
    at_once(tmp_path / "memory", first, second, same=False)


@pytest.mark.slow
@pytest.mark.parametrize("same", [False, True], ids=["two assistants", "one assistant"])
@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_any_two_calls_at_once_end_by_name(first: str, second: str, same: bool, tmp_path: Path) -> None:
    at_once(tmp_path / "memory", first, second, same)


@pytest.mark.parametrize("look", ["cards", "export", "feedback", "disable", "reset", "prepare"])
def test_a_turn_is_answered_whoever_saves_and_looks_meanwhile(look: str, tmp_path: Path) -> None:
    """While one process waits for its model, another saves a turn, and a thread of the first learns of it."""
    here, there = (small_assistant(store=FileStore(tmp_path)) for _ in range(2))
    teach(here, "ann")

    def meanwhile() -> None:
        there.chat("ann", "Said meanwhile.")
        CALLS[look](here)

    here.chat_model = Meanwhile(threading.Thread(target=meanwhile))
    assert here.chat("ann", "What about me?").text.endswith("What about me?")
    here.chat_model.meanwhile.join()
    heard = [message["content"] for message in FileStore(tmp_path).load("ann")["history"][::2]]
    assert heard[-1] == "What about me?" and ("Said meanwhile." in heard) == (look != "reset")


def everything(folder: Path, seed: int, calls: int) -> None:
    """Random calls by one process."""
    draw, assistant = random.Random(seed), small_assistant(store=FileStore(folder))
    for _ in range(calls):
        outcome(draw.choice(list(CALLS)), assistant)


def child(what: str) -> subprocess.Popen:
    return subprocess.Popen([sys.executable, "-c", what], cwd=ROOT, stderr=subprocess.PIPE)


def test_two_processes_do_everything_at_once(tmp_path: Path) -> None:
    what = "from pathlib import Path; from tests.test_memory_together import everything"
    other = child(f"{what}\neverything(Path({str(tmp_path / 'memory')!r}), seed=1, calls=40)")
    everything(tmp_path / "memory", seed=2, calls=40)
    assert other.communicate()[1].decode() == ""
    assert small_assistant(store=FileStore(tmp_path / "memory")).chat("ann", "Hello").text


def test_forgetting_while_another_process_talks_raises_nothing_and_leaves_nothing(tmp_path: Path) -> None:
    canary = "xylophone-7431"
    what = (
        "from pathlib import Path; from pum.memory.store import FileStore; from tests.small_assistant import *\n"
        f"assistant = small_assistant(store=FileStore(Path({str(tmp_path)!r})))\n"
        f"for turn in range(30): assistant.chat('ann', f'When I mention {canary} {{turn}}, always use bullet points.')"
    )
    talking, store, forgotten = child(what), FileStore(tmp_path), 0
    while talking.poll() is None:
        forgotten += bool(store.delete("ann"))
        time.sleep(0.02)
    assert talking.communicate()[1].decode() == "" and forgotten > 3
    store.delete("ann")
    assert list(tmp_path.iterdir()) == []


def test_what_is_restored_is_in_the_store_and_stays_restored(tmp_path: Path) -> None:
    here, there = (small_assistant(store=FileStore(tmp_path)) for _ in range(2))
    here.chat("ann", WISHES[0])
    early = here.export_user("ann")
    teach(here, "ann")
    there.cards("ann")
    prepared = here.chat_prepare("ann", "Hello")
    here.restore_or_reset("ann", early)
    assert here.export_user("ann") == there.export_user("ann") == early
    with pytest.raises(Conflict):
        here.chat_complete(prepared, Reply("Hi."))
    assert here.chat("ann", "Hello").turn_id == "s0t1" and there.chat("ann", "Hello").turn_id == "s0t2"
    with pytest.raises(InputError, match="belongs to ann"):
        here.restore_or_reset("bob", early)
    with pytest.raises(InputError, match="another format"):
        here.restore_or_reset("ann", {})
    assert len(here.cards("ann")) == 1
    here.restore_or_reset("ann", None)
    assert here.chat("ann", "Hello").turn_id == "s0t0" and there.cards("ann") == ()


@pytest.mark.parametrize("by", ["the same assistant", "a command"])
def test_the_usage_of_a_session_is_kept_when_a_card_is_changed(by: str, tmp_path: Path) -> None:
    assistant = small_assistant("reflection", store=FileStore(tmp_path))
    teacher = small_assistant(store=FileStore(tmp_path))
    teach(teacher, "ann")
    assistant.chat("ann", "Hello")
    assistant._user_states.spend("ann", Usage(5, 7))
    if by == "a command":
        user_states(FileStore(tmp_path)).change_card("ann", "c0000", disabled)
    else:
        assistant.disable_card("ann", "c0000")
    assert assistant.reset_session("ann").usage == Usage(5 + 1, 7 + 1)
    assistant._user_states.spend("ann", Usage(5, 7))
    assistant.reset_user("ann")
    assert assistant.reset_session("ann").usage == Usage()


def test_the_usage_of_a_session_is_kept_when_its_end_is_repeated(tmp_path: Path) -> None:
    assistant = small_assistant("reflection", store=FileStore(tmp_path))
    assistant.chat("ann", "Hello")
    other = small_assistant(store=FileStore(tmp_path))
    assistant.chat_model = Meanwhile(threading.Thread(target=lambda: other.chat("ann", "Said meanwhile.")))
    assert assistant.reset_session("ann").usage == Usage(2, 2)


@pytest.mark.parametrize("user_id", ["../ann", "Ann", "", None, ["ann"]])
def test_no_lock_is_made_for_what_is_no_user(user_id: object) -> None:
    assistant = small_assistant()
    with pytest.raises(InputError, match="user id"):
        assistant._user_states.lock(user_id)
    with pytest.raises(InputError, match="user id"):
        assistant.restore_or_reset(user_id, None)


class Broken(Echo):
    """A model whose next reply is no reply."""

    replies: tuple = ()

    async def answer(self, messages, *, seed, max_tokens=512) -> Reply:
        (reply, *self.replies) = self.replies or [await super().answer(messages, seed=seed)]
        return reply


@pytest.mark.parametrize(
    "reply", [None, "Hi", Reply(None), Reply(b"Hi"), Reply("half a \ud83d"), Reply("<think>4?")], ids=repr
)
@pytest.mark.parametrize("method", ["rag_vector", "reflection"])
def test_a_reply_that_is_no_text_is_named_and_spoils_nothing(reply: object, method: str, tmp_path: Path) -> None:
    assistant = small_assistant(method, store=FileStore(tmp_path))
    assistant.chat("ann", WISHES[0])
    assistant.chat_model = Broken()
    before = FileStore(tmp_path).version("ann")
    calls = [lambda: assistant.chat("ann", "Hello")]
    if method == "reflection":
        calls.append(lambda: assistant.reset_session("ann"))
    for call in calls:
        assistant.chat_model.replies = (reply,)
        with pytest.raises(InvalidReply, match="echo returned"):
            call()
        assert FileStore(tmp_path).version("ann") == before
    assert assistant.chat("ann", "Hello again").turn_id == "s0t1"
    assert small_assistant(method, store=FileStore(tmp_path)).chat("ann", "And again").turn_id == "s0t2"
