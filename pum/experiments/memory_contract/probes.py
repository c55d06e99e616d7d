"""Probes of what a memory must do. They work with any memory: messages go in, and some of them come back.

This module needs only numpy, because other libraries' memories are probed in environments of their own.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

import numpy as np

NEAR = 0.95
"""The cosine from which two memories count as duplicates."""

Encode = Callable[[Sequence[str]], np.ndarray]


class Memory(Protocol):
    """A memory under test. It gets one message after the other; each user's messages are counted from 0."""

    def add(self, user: str, message: str) -> None: ...

    def injected(self, user: str, query: str) -> list[set[int]]:
        """For each note that would go into the prompt for `query`: the messages it was made of."""
        ...

    def kept(self, user: str) -> list[str]:
        """The texts of all memories that may still be injected."""
        ...


def flips(memory: Memory, pairs: Iterable[dict]) -> dict:
    """After a change of mind: is the newer preference injected, and the older one not?"""
    right = []
    for user, pair in _each(pairs, "flip"):
        for message in (pair["first"], pair["then"]):
            memory.add(user, message)
        messages = set().union(*memory.injected(user, pair["then"]))
        right.append(messages == {1})
    return share(sum(right), len(right))


def both(memory: Memory, pairs: Iterable[dict]) -> dict:
    """After two preferences that are compatible: is each still injected where it belongs?"""
    right = []
    for user, pair in _each(pairs, "both"):
        said = (pair["first"], pair["then"])
        for message in said:
            memory.add(user, message)
        right.append(all({number} in memory.injected(user, message) for number, message in enumerate(said)))
    return share(sum(right), len(right))


def relevance(memory: Memory, records: Iterable[dict]) -> dict:
    """`abstention`: share of unrelated queries with nothing injected; `recall`: of related ones with something."""
    counts: Counter[tuple[str, bool]] = Counter()
    for user, record in _each(records, "subject"):
        memory.add(user, record["text"])
        for kind in ("related", "unrelated"):
            counts.update((kind, bool(memory.injected(user, query))) for query in record[kind])
    return {
        "abstention": share(counts["unrelated", False], counts["unrelated", False] + counts["unrelated", True]),
        "recall": share(counts["related", True], counts["related", False] + counts["related", True]),
    }


def repeats(memory: Memory, messages: Sequence[str], times: int = 10) -> dict:
    """Memories per message, after the same message many times."""
    for user, message in _each(messages, "repeat"):
        for _ in range(times):
            memory.add(user, message)
    kept = sum(len(memory.kept(user)) for user, _ in _each(messages, "repeat"))
    return {"messages": len(messages), "times": times, "memories_per_message": round(kept / len(messages), 4)}


def thanks(memory: Memory, messages: Sequence[str], sessions: int = 20) -> dict:
    """How much is remembered of sessions that contain only thanks."""
    for number in range(sessions):
        memory.add("thankful", messages[number % len(messages)])
    return {"sessions": sessions, "memories": len(memory.kept("thankful"))}


def many_sessions(memory: Memory, conversations: dict[str, Sequence[str]], encode: Encode) -> dict:
    """All messages of users' sessions: how much is kept, and how much of it is duplicated?"""
    for user, messages in conversations.items():
        for message in messages:
            memory.add(user, message)
    return duplicates([memory.kept(user) for user in conversations], encode)


def duplicates(kept: Sequence[Sequence[str]], encode: Encode) -> dict:
    """The share of memories with another of the same user at a cosine of `NEAR` or more."""
    twice = sum(_with_a_double(encode(texts)) for texts in kept)
    total = sum(map(len, kept))
    return {"users": len(kept), "memories_per_user": round(total / len(kept), 2), "duplicates": share(twice, total)}


def share(hits: int, of: int) -> dict:
    return {"share": round(hits / of, 4) if of else 0.0, "count": hits, "of": of}


def _with_a_double(vectors: np.ndarray) -> int:
    """How many rows of (n, dimension) unit vectors have another one near them."""
    near = vectors @ vectors.T >= NEAR
    return int(np.sum(near.sum(axis=1) > 1))


def _each(items: Iterable, name: str) -> Iterable[tuple[str, object]]:
    """Each item with a user of its own."""
    return ((f"{name}-{number}", item) for number, item in enumerate(items))
