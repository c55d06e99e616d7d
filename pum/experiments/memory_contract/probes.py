"""What a memory must do, as probes that any memory can be put to: messages in, and which of them come back.

Needs numpy alone: other libraries' memories are probed in environments of their own.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

import numpy as np

NEAR = 0.95
"""The cosine from which two memories count as duplicates."""

Encode = Callable[[Sequence[str]], np.ndarray]


class Memory(Protocol):
    """Users who speak are heard one message after the other; a user's messages are counted from 0."""

    def hear(self, user: str, message: str) -> None: ...

    def injected(self, user: str, query: str) -> list[set[int]]:
        """Of each note that would go into the prompt that answers `query`: the messages it was made of."""
        ...

    def kept(self, user: str) -> list[str]:
        """The texts of all that may yet be injected."""
        ...


def flips(memory: Memory, pairs: Iterable[dict]) -> dict:
    """After a change of mind: is the newer one injected, and the older one not?"""
    right = []
    for user, pair in _each(pairs, "flip"):
        for message in (pair["first"], pair["then"]):
            memory.hear(user, message)
        messages = set().union(*memory.injected(user, pair["then"]))
        right.append(messages == {1})
    return share(sum(right), len(right))


def both(memory: Memory, pairs: Iterable[dict]) -> dict:
    """After two things that go together: is each still injected where it belongs?"""
    right = []
    for user, pair in _each(pairs, "both"):
        said = (pair["first"], pair["then"])
        for message in said:
            memory.hear(user, message)
        right.append(all({number} in memory.injected(user, message) for number, message in enumerate(said)))
    return share(sum(right), len(right))


def relevance(memory: Memory, records: Iterable[dict]) -> dict:
    """`abstention`: unrelated queries with nothing injected; `recall`: related ones with something; both as shares."""
    counts: Counter[tuple[str, bool]] = Counter()
    for user, record in _each(records, "subject"):
        memory.hear(user, record["text"])
        for kind in ("related", "unrelated"):
            counts.update((kind, bool(memory.injected(user, query))) for query in record[kind])
    return {
        "abstention": share(counts["unrelated", False], counts["unrelated", False] + counts["unrelated", True]),
        "recall": share(counts["related", True], counts["related", False] + counts["related", True]),
    }


def repeats(memory: Memory, messages: Sequence[str], times: int = 10) -> dict:
    """The same message again and again: memories per message."""
    for user, message in _each(messages, "repeat"):
        for _ in range(times):
            memory.hear(user, message)
    kept = sum(len(memory.kept(user)) for user, _ in _each(messages, "repeat"))
    return {"messages": len(messages), "times": times, "memories_per_message": round(kept / len(messages), 4)}


def thanks(memory: Memory, messages: Sequence[str], sessions: int = 20) -> dict:
    """Sessions of nothing but thanks: what is there to remember?"""
    for number in range(sessions):
        memory.hear("thankful", messages[number % len(messages)])
    return {"sessions": sessions, "memories": len(memory.kept("thankful"))}


def many_sessions(memory: Memory, conversations: dict[str, Sequence[str]], encode: Encode) -> dict:
    """All messages of users' sessions: how much is kept, and how much of it twice?"""
    for user, messages in conversations.items():
        for message in messages:
            memory.hear(user, message)
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
    """Every item is said by a user of its own."""
    return ((f"{name}-{number}", item) for number, item in enumerate(items))
