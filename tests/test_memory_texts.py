"""What a process keeps of people's words: a bounded number of texts, and none of a person who has left."""

import gc
import os
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from pum.assistant.components import Components
from pum.assistant.data_rights import Places, forget
from pum.assistant.personalized_llm import PersonalizedLLM
from pum.core.text_cache import TextCache, cached_by_text, forget_texts
from pum.memory import user_states
from pum.memory.store import FileStore
from pum.retrieval import embed
from pum.retrieval.embed import CachedEmbedder, HashingEmbedder
from tests.small_assistant import small_assistant

CANARY = f"xylophone-{os.getpid()}"


def held(word: str) -> list[str]:
    """Texts with more than the word, wherever this process holds them; strings and tuples of them are not tracked."""
    found: set[str] = set()
    for owner in gc.get_objects():
        for inner in gc.get_referents(owner):
            for text in inner if isinstance(inner, tuple) else (inner,):
                if isinstance(text, str) and word in text and text != word:
                    found.add(text)
    return sorted(found)


def talk(assistant: PersonalizedLLM, user: str) -> None:
    for number in range(3):
        assistant.chat(user, f"When I mention {CANARY} {number}, always use bullet points. What is {CANARY}?")
    assistant.reset_session(user, f"Thanks, {CANARY} was perfect!")
    assistant.chat(user, f"What is {CANARY} now?")


@pytest.mark.parametrize("method", ["rag_vector", "reflection", "contextual"])
@pytest.mark.parametrize("how", ["reset_user", "another process"])
def test_no_text_of_a_person_who_left_is_in_memory(method: str, how: str, tmp_path: Path) -> None:
    assistant = small_assistant(method, store=FileStore(tmp_path / "memory"), components=Components())
    talk(assistant, "ann")
    assistant.chat("bob", "Please always answer in French.")
    gc.collect()
    assert len(held(CANARY)) > 5
    if how == "reset_user":
        assistant.reset_user("ann")
    else:
        forget("ann", Places(tmp_path / "memory", tmp_path / "work", tmp_path / "work"))
        assistant.export_user("ann")
    gc.collect()
    assert held(CANARY) == []
    assert method != "rag_vector" or [card.note for card in assistant.cards("bob")] == ["Answer in French."]


def test_no_pattern_in_memory_quotes_a_person_whose_card_was_changed(tmp_path: Path) -> None:
    assistant = small_assistant(store=FileStore(tmp_path))
    talk(assistant, "ann")
    (card, *_) = (card for card in assistant.cards("ann") if CANARY in card.note)
    assistant.disable_card("ann", card.card_id)
    assert not [pattern for _, pattern, _ in re._cache if re.escape(CANARY) in str(pattern)]


def test_the_vectors_and_states_in_memory_are_bounded_and_nothing_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embed, "_TEXTS_KEPT", 10)
    monkeypatch.setattr(embed, "_PARTS_KEPT", 20)
    monkeypatch.setattr(user_states, "_STATES_KEPT", 3)
    small, large = CachedEmbedder(HashingEmbedder(), tmp_path / "vectors.sqlite"), HashingEmbedder()
    texts = [f"Text {number}. It has two sentences." for number in range(50)]
    for start in (0, 20, 0):
        together = small.encode(texts[start : start + 30])
        assert np.array_equal(together, np.stack([CachedEmbedder(large).one(it) for it in texts[start : start + 30]]))
    assert len(small._known._values) <= 10 and len(small._parts) <= 20
    assistant = small_assistant(store=FileStore(tmp_path / "memory"))
    prepared = assistant.chat_prepare("waiting", "Hello")
    for number in range(8):
        assistant.chat(f"user_{number}", "Please always answer in French.")
    assert len(assistant._user_states._states) <= 3 and "waiting" in assistant._user_states._states
    assert assistant.chat_complete(prepared, assistant.chat("user_0", "Hello").reply).turn_id == "s0t0"
    assert assistant.chat("user_0", "Hello").turn_id == "s0t2"


def test_without_a_store_nobody_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(user_states, "_STATES_KEPT", 3)
    assistant = small_assistant()
    for number in range(8):
        assistant.chat(f"user_{number}", "Please always answer in French.")
    assert all(len(assistant.cards(f"user_{number}")) == 1 for number in range(8))


def test_text_caches_keep_the_latest_and_forget_all() -> None:
    cache: TextCache[int] = TextCache(3)
    cache.update({"a": 1, "b": 2})
    cache.update({"c": 3, "d": 4})
    assert [cache.get(text) for text in "abcd"] == [None, 2, 3, 4]
    calls: list[str] = []
    upper: Callable[[str], str] = cached_by_text(2)(lambda text: calls.append(text) or text.upper())
    assert upper("a") == upper("a") == "A" and calls == ["a"]
    forget_texts()
    assert cache.get("d") is None and upper("a") == "A" and calls == ["a", "a"]
