"""One person's memory is out of everybody else's reach, whatever the id, and however many talk at once."""

import asyncio
import copy
import json
import pickle
import random
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from pum.assistant.personalized_llm import PersonalizedLLM
from pum.cli.app import main
from pum.core.concurrency import KeyedLock
from pum.core.errors import InputError
from pum.core.paths import ROOT
from pum.core.schemas import Reply
from pum.memory.store import Conflict, FileStore
from tests.small_assistant import Echo, small_assistant, teach

# Each of these is "ann", or a path to it, for somebody who is not careful.
LOOK_ALIKES = [
    "../memory/ann", "./ann", "ann/", "ann\\", "ann.sqlite", "ann\x00", "ann\n", " ann", "ann ", "Ann", "ANN", "%61nn",
    "ａｎｎ", "аnn", "ann\u200b", "\u202eann", "ann\u0301", "\ufeffann", "ⓐnn", "𝐚nn", "an\u00adn", "~ann", "$ann",
    "ann*", "", "a" * 65, "a" * 1_000_000, "con:", "\ud800", None, 7, b"ann", ["ann"],
]  # fmt: skip


@pytest.fixture(scope="module")
def ann(tmp_path_factory) -> PersonalizedLLM:
    assistant = small_assistant(store=FileStore(tmp_path_factory.mktemp("folder") / "memory"))
    teach(assistant, "ann")
    return assistant


@pytest.mark.parametrize("user_id", LOOK_ALIKES, ids=lambda user_id: ascii(user_id)[:20])
def test_no_other_id_reaches_her(ann: PersonalizedLLM, user_id: object) -> None:
    before = ann.store.version("ann")
    operations = (
        lambda: ann.chat(user_id, "What do I like?"),
        lambda: ann.chat_prepare(user_id, "What do I like?"),
        lambda: ann.reset_session(user_id),
        lambda: ann.reset_user(user_id),
        lambda: ann.export_user(user_id),
        lambda: ann.cards(user_id),
        lambda: ann.disable_card(user_id, "c0000"),
        lambda: ann.store.load(user_id),
        lambda: ann.store.save(user_id, {}),
        lambda: ann.store.delete(user_id),
    )
    for operation in operations:
        with pytest.raises(InputError, match="user id") as refused:
            operation()
        assert len(str(refused.value)) < 250 and str(refused.value).isprintable()
    assert ann.store.version("ann") == before and [path.name for path in ann.store.folder.iterdir()] == ["ann.sqlite"]


@pytest.mark.parametrize("link", [False, True], ids=["copied", "linked"])
def test_a_file_under_another_name_is_refused_and_left_alone(ann: PersonalizedLLM, tmp_path: Path, link: bool) -> None:
    file = ann.store.folder / "ann.sqlite"
    if link:
        (tmp_path / "bob.sqlite").symlink_to(file)
    else:
        (tmp_path / "bob.sqlite").write_bytes(file.read_bytes())
    before = file.read_bytes()
    with pytest.raises(InputError, match="belongs to ann"):
        small_assistant(store=FileStore(tmp_path)).chat("bob", "What do I like?")
    assert (tmp_path / "bob.sqlite").read_bytes() == before == file.read_bytes()
    for command in ("cards", "export"):
        assert main([command, "bob", "--memory", str(tmp_path)]) == 2


def test_new_users_start_at_zero_whatever_the_others_taught(ann: PersonalizedLLM) -> None:
    stranger = json.loads(json.dumps(small_assistant().export_user("zoe")))
    assert json.loads(json.dumps(ann.export_user("zoe"))) == stranger
    assert stranger["cards"] == [] and not any(stranger["vectors"]["z_long"] + stranger["vectors"]["z_short"])


class Slow(Echo):
    """Lets others go first while it answers."""

    async def answer(self, messages, *, seed, max_tokens=512) -> Reply:
        await asyncio.sleep(seed % 3 / 1000)
        return await super().answer(messages, seed=seed)


def canary(user: str) -> str:
    return f"canary-{user}-"


def said(user: str, turn: int) -> str:
    return f"When I mention {canary(user)}{turn}, always use bullet points."


def crowd(assistants: Sequence[PersonalizedLLM], users: int, turns: int, threads: int, tasks: int) -> list[str]:
    """Everybody's turns in a random order, from `threads` event loops of `tasks` tasks each, which take turns at the
    `assistants`; returns the errors."""
    todo = [(f"user_{user:03d}", turn) for user in range(users) for turn in range(turns)]
    random.Random(0).shuffle(todo)
    errors: list[str] = []

    async def one(assistant: PersonalizedLLM) -> None:
        while todo:
            try:
                user, turn = todo.pop()
            except IndexError:  # another thread was quicker
                return
            try:
                answer = await assistant.achat(user, said(user, turn))
                assert answer.text.endswith(said(user, turn))
            except Exception as error:
                errors.append(repr(error))

    async def loop(assistant: PersonalizedLLM) -> None:
        await asyncio.gather(*(one(assistant) for _ in range(tasks)))

    pool = [
        threading.Thread(target=lambda number=number: asyncio.run(loop(assistants[number % len(assistants)])))
        for number in range(threads)
    ]
    for thread in pool:
        thread.start()
    for thread in pool:
        thread.join()
    return errors


def count(folder: Path, users: int, turns: int) -> Counter:
    """Of what lies in the store: turns lost, and canaries outside their own file."""
    found = Counter(lost=0, misplaced=0)
    for number in range(users):
        user = f"user_{number:03d}"
        state = FileStore(folder).load(user)
        heard = [message["content"] for message in state["history"] if message["role"] == "user"]
        found["lost"] += turns - len(set(heard)) + abs(turns - state["turn"])
        text = json.dumps(state)
        found["misplaced"] += text.count("canary-") - text.count(canary(user))
        found["cards"] += len(state["cards"])
    return found


def crowded(folder: Path, users: int, turns: int, threads: int, tasks: int, assistants: int = 1) -> None:
    shared = [small_assistant(store=FileStore(folder)) for _ in range(assistants)]
    for assistant in shared:
        assistant.chat_model = Slow()
    assert crowd(shared, users, turns, threads, tasks) == []
    found = count(folder, users, turns)
    print(f"{users} users, {turns} turns each, {threads} threads of {tasks} tasks: {dict(found)}")
    assert (found["lost"], found["misplaced"]) == (0, 0) and found["cards"] >= users


def test_many_at_once_lose_and_mix_up_nothing(tmp_path: Path) -> None:
    crowded(tmp_path, users=12, turns=4, threads=4, tasks=8)


def test_two_assistants_on_one_store_lose_nothing(tmp_path: Path) -> None:
    """As two processes would be: each has its own idea of what is in the store."""
    crowded(tmp_path, users=3, turns=8, threads=4, tasks=4, assistants=2)


@pytest.mark.parametrize("call", ["chat", "reset_session"])
def test_a_call_that_would_wait_for_its_own_event_loop_is_refused(call: str) -> None:
    assistant = small_assistant()

    class Asks(Echo):
        """In the middle of the turn, the loop's thread calls the assistant."""

        async def answer(self, messages, **settings: object) -> Reply:
            arguments = ("Hello",) if call == "chat" else ()
            if messages[-1]["content"] == "first":
                with pytest.raises(RuntimeError, match=f"use `await a{call}`") as refused:
                    getattr(assistant, call)("ann", *arguments)
                assert "\n" not in str(refused.value)
                getattr(assistant, call)("bob", *arguments)
            return await super().answer(messages, **settings)

    assistant.chat_model = Asks()

    async def talk() -> None:
        assert (await assistant.achat("ann", "first")).turn_id == "s0t0"
        assert assistant.chat("ann", "second").turn_id == "s0t1"

    asyncio.run(asyncio.wait_for(talk(), timeout=60))


def test_a_call_behind_a_turn_that_waits_on_this_loop_is_refused() -> None:
    """The turn under way is another loop's, but between it and this call a turn of this loop waits."""
    assistant, started, release = small_assistant(), threading.Event(), threading.Event()

    class Waits(Echo):
        async def answer(self, messages, **settings: object) -> Reply:
            started.set()
            await asyncio.to_thread(release.wait)
            return await super().answer(messages, **settings)

    assistant.chat_model = Waits()
    elsewhere = threading.Thread(target=assistant.chat, args=("ann", "first"))
    elsewhere.start()
    started.wait()

    async def talk() -> None:
        second = asyncio.create_task(assistant.achat("ann", "second"))
        await asyncio.sleep(0)
        with pytest.raises(RuntimeError, match="would wait for ever"):
            assistant.chat("ann", "third")
        release.set()
        assert (await second).turn_id == "s0t1"

    asyncio.run(talk())
    elsewhere.join()


@pytest.mark.parametrize("copied", [pickle.dumps, copy.copy, copy.deepcopy])
def test_an_assistant_says_that_it_cannot_be_copied(copied: Callable) -> None:
    with pytest.raises(TypeError, match="an assistant cannot be pickled or copied: .* export_user") as refused:
        copied(small_assistant())
    assert "\n" not in str(refused.value)


@pytest.mark.slow
def test_two_hundred_users_at_once_lose_and_mix_up_nothing(tmp_path: Path) -> None:
    crowded(tmp_path, users=200, turns=5, threads=8, tasks=32)


@pytest.mark.slow
def test_processes_on_one_store_lose_and_mix_up_nothing(tmp_path: Path) -> None:
    """Four of them, all talking with the same three people; the words of each are its own."""
    child = (
        "import sys; from pathlib import Path; from pum.memory.store import FileStore\n"
        "from tests.small_assistant import small_assistant; from tests.test_isolation import said\n"
        "assistant = small_assistant(store=FileStore(Path(sys.argv[1])))\n"
        "for turn in range(10):\n"
        "    for user in ('user_000', 'user_001', 'user_002'):\n"
        "        assistant.chat(user, said(user, int(sys.argv[2]) * 10 + turn))"
    )
    command = [sys.executable, "-c", child, str(tmp_path)]
    started = [subprocess.Popen([*command, str(number)], cwd=ROOT, stderr=subprocess.PIPE) for number in range(4)]
    assert [process.communicate()[1].decode() for process in started] == [""] * 4
    found = count(tmp_path, users=3, turns=40)
    print(f"4 processes, 3 users, 40 turns each: {dict(found)}")
    assert (found["lost"], found["misplaced"]) == (0, 0)


def test_a_turn_prepared_before_another_process_spoke_is_refused_not_lost(tmp_path: Path) -> None:
    first, second = (small_assistant(store=FileStore(tmp_path)) for _ in range(2))
    prepared = first.chat_prepare("ann", "Hello from one")
    second.chat("ann", "Hello from the other")
    with pytest.raises(Conflict, match="prepare the turn again"):
        first.chat_complete(prepared, Reply("Hi"))
    first.chat("ann", "Hello again")
    heard = [message["content"] for message in first.export_user("ann")["history"][::2]]
    assert heard == ["Hello from the other", "Hello again"]


def test_a_session_that_ends_while_another_process_speaks_loses_nothing(tmp_path: Path) -> None:
    """Even where somebody looks at the user meanwhile, so that this process knows what the other one has saved."""
    first, second = (small_assistant("reflection", store=FileStore(tmp_path)) for _ in range(2))
    asked: list[str] = []

    class Interrupted(Echo):
        async def answer(self, messages, *, seed, max_tokens=512) -> Reply:
            asked.append(str(messages))
            if len(asked) == 1:
                second.chat("ann", "Said meanwhile.")
                first.export_user("ann")
            return await super().answer(messages, seed=seed, max_tokens=max_tokens)

    first.chat("ann", "Hello")
    first.chat_model = Interrupted()
    first.reset_session("ann")
    assert len(asked) == 2 and "Said meanwhile." in asked[1]


def test_who_gives_up_waiting_does_not_hold_up_the_next() -> None:
    async def play() -> list[str]:
        order, lock = [], KeyedLock()

        async def one(name: str, work_s: float = 0) -> None:
            async with lock.holding("ann"):
                order.append(name)
                await asyncio.sleep(work_s)

        first = asyncio.create_task(one("first", 60))
        tasks = [asyncio.create_task(one(name)) for name in ("second", "third", "fourth")]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        tasks[0].cancel()  # while it waits
        first.cancel()  # while it is inside
        await asyncio.gather(first, *tasks, return_exceptions=True)
        return order

    assert asyncio.run(asyncio.wait_for(play(), 5)) == ["first", "third", "fourth"]
