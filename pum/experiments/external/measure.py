"""Measures of a memory on texts that others wrote. Every share comes with its count and 95% Wilson interval."""

from collections.abc import Collection, Iterable, Sequence
from typing import Protocol

from pum.bench.external import ExternalItem
from pum.calibration.fit import proportion
from pum.core.rng import generator


class ExternalMemory(Protocol):
    """A memory under test. It gets one message after the other; each user's messages are counted from 0."""

    def add(self, user: str, message: str) -> None: ...

    def injected(self, user: str, query: str) -> list[set[int]]:
        """For each note that would go into the prompt for `query`: the messages it was made of."""
        ...

    def remembered(self, user: str) -> set[int]:
        """The messages of which something may still be injected."""
        ...

    def ended(self, user: str) -> set[int]:
        """The messages of which something was kept, and all of it was given up."""
        ...


def share(count: int, of: int) -> dict:
    """count, of, share, and its interval; no share of nothing."""
    parts = proportion(count, of, 4) if of else (None, None, None)
    return {"count": count, "of": of, **dict(zip(("share", "low", "high"), parts, strict=True))}


def strangers(memory: ExternalMemory, name: str, texts: Sequence[str]) -> list[str]:
    """New users, each of whom says one of the texts; `name` sets them apart from others."""
    users = [f"{name}_{number}" for number in range(len(texts))]
    for user, text in zip(users, texts, strict=True):
        memory.add(user, text)
    return users


def retrieval(memory: ExternalMemory, items: Sequence[ExternalItem], size: int, questions: int, seed: int) -> dict:
    """Users who state `size` preferences and then ask the question of each; about `questions` in all.

    `recall`: the preference is among the injected; `of_heard`: the same, of preferences of which something is still
    remembered; `reciprocal_rank`: its mean, 0 where it is not injected; `heard`; `wrongly_ended`: of what was heard.
    """
    found, ranks, heard, ended, asked = [], [], 0, 0, 0
    for number in range(-(-questions // size)):
        user = f"of_{size}_{number}"
        mine = _drawn(len(items), size, seed, "external users", size, number)
        for item in mine:
            memory.add(user, items[item].said[0].text)
        remembered, given_up = memory.remembered(user), memory.ended(user)
        heard += len(remembered | given_up)
        ended += len(given_up)
        for said, item in enumerate(mine):
            injected = memory.injected(user, items[item].question)
            rank = next((place for place, messages in enumerate(injected, start=1) if said in messages), None)
            ranks.append(1 / rank if rank else 0.0)
            if said in remembered:
                found.append(rank is not None)
            asked += 1
    return {
        "recall": share(sum(found), asked),
        "of_heard": share(sum(found), len(found)),
        "reciprocal_rank": round(sum(ranks) / len(ranks), 4),
        "heard": share(heard, asked),
        "wrongly_ended": share(ended, heard),
    }


def abstention(
    memory: ExternalMemory, items: Sequence[ExternalItem], size: int, users: int, requests: Sequence[str], seed: int
) -> dict:
    """Users of `size` preferences make requests that concern none of them: how often is nothing injected?"""
    silent = 0
    for number in range(users):
        user = f"unrelated_{size}_{number}"
        for item in _drawn(len(items), size, seed, "external abstention", size, number):
            memory.add(user, items[item].said[0].text)
        silent += sum(not memory.injected(user, request) for request in requests)
    return share(silent, users * len(requests))


def junk(
    memory: ExternalMemory, items: Sequence[ExternalItem], ordinary: Sequence[str], turns: int, users: int, seed: int
) -> dict:
    """A heard preference, then ordinary turns, then its question.

    `found`: the preference is injected; `junk`: of all injected notes, those that come from the ordinary turns.
    """
    found, notes, wrong, played = 0, 0, 0, 0
    for item in _drawn(len(items), len(items), seed, "external junk"):
        user = f"after_{turns}_{item}"
        memory.add(user, items[item].said[0].text)
        if not memory.remembered(user):
            continue
        for number in _drawn(len(ordinary), turns, seed, "ordinary turns", item):
            memory.add(user, ordinary[number])
        injected = memory.injected(user, items[item].question)
        found += any(0 in messages for messages in injected)
        notes += len(injected)
        wrong += sum(0 not in messages for messages in injected)
        played += 1
        if played == users:
            break
    return {"found": share(found, played), "junk": share(wrong, notes)}


def by_label(flags: Iterable[bool], labels: Iterable[str], wanted: Collection[str]) -> dict:
    """Label -> the share of its texts whose flag is set."""
    pairs = list(zip(flags, labels, strict=True))
    return {
        label: share(sum(flag for flag, other in pairs if other == label), sum(other == label for _, other in pairs))
        for label in wanted
    }


def _drawn(of: int, size: int, *random_key: object) -> list[int]:
    return generator(*random_key).permutation(of)[:size].tolist()
