"""The measures on others' benchmarks, with memories whose behaviour is known."""

from collections import defaultdict

import numpy as np
import pytest

from pum.bench.external import ExternalItem, Said
from pum.experiments.external import measure
from pum.experiments.external.baselines import Cosine, KeepsAll

WORDS = [f"thing{number}" for number in range(40)]
STATED = [
    ExternalItem(
        item_id=word, said=(Said(session=0, speaker="user", text=f"I like {word}"),), question=f"Which {word} is best?"
    )
    for word in WORDS
]


class ByWord(KeepsAll):
    """Finds the messages that share a rare word with the query; `deaf` to some messages, and gives up others."""

    def __init__(self, deaf: int = 0, forgets: int = 0) -> None:
        super().__init__()
        self._deaf, self._forgets, self._silent = deaf, forgets, defaultdict(set)

    def add(self, user: str, message: str) -> None:
        super().add(user, message)
        number = len(self._messages[user]) - 1
        if self._deaf and number % self._deaf == 0:
            self._silent[user].add(number)

    def remembered(self, user: str) -> set[int]:
        return super().remembered(user) - self._silent[user] - self.ended(user)

    def ended(self, user: str) -> set[int]:
        heard = super().remembered(user) - self._silent[user]
        return {number for number in heard if self._forgets and number % self._forgets == 1}

    def injected(self, user: str, query: str) -> list[set[int]]:
        return [found for found in super().injected(user, query) if found <= self.remembered(user)]

    def _order(self, messages: list[str], query: str) -> list[int]:
        asked = set(query.split())
        return [number for number, message in enumerate(messages) if asked & set(message.split()) - {"I", "like"}]


def test_a_perfect_memory_finds_every_preference_first() -> None:
    result = measure.retrieval(ByWord(), STATED, size=10, questions=30, seed=0)
    assert result["recall"]["count"] == result["recall"]["of"] == 30
    assert result["reciprocal_rank"] == 1.0 and result["wrongly_ended"] == measure.share(0, 30)


def test_what_is_not_heard_and_what_is_given_up_are_told_apart() -> None:
    result = measure.retrieval(ByWord(deaf=5, forgets=2), STATED, size=10, questions=30, seed=0)
    # Of each ten, messages 0 and 5 are not heard; of those heard, 1, 3, 7 and 9 are given up.
    assert result["heard"]["count"] == 3 * 8
    assert (result["wrongly_ended"]["count"], result["wrongly_ended"]["of"]) == (3 * 4, 3 * 8)
    assert (result["of_heard"]["count"], result["of_heard"]["of"]) == (3 * 4, 3 * 4)
    assert result["recall"]["count"] == 3 * 4


def test_junk_counts_the_notes_that_ordinary_turns_left() -> None:
    class Recent(ByWord):
        def _order(self, messages: list[str], query: str) -> list[int]:
            return list(range(len(messages)))

    ordinary = [f"more {number}" for number in range(20)]
    assert measure.junk(ByWord(), STATED, ordinary, turns=10, users=5, seed=0)["junk"] == measure.share(0, 5)
    result = measure.junk(Recent(), STATED, ordinary, turns=10, users=5, seed=0)
    assert (result["junk"]["count"], result["junk"]["of"]) == (10, 15) and result["found"]["count"] == 5
    unheard = measure.junk(ByWord(deaf=1), STATED, ordinary, turns=10, users=5, seed=0)
    assert unheard["found"]["of"] == 0, "only heard preferences are played"


def test_abstention_is_the_share_of_requests_with_nothing_injected() -> None:
    requests = ["Reverse a list", "Which thing39 is best?"]
    result = measure.abstention(ByWord(), STATED, size=40, users=2, requests=requests, seed=0)
    assert (result["count"], result["of"]) == (2, 4)


def test_shares_by_label_and_of_nothing() -> None:
    shares = measure.by_label([True, False, True], ["a", "a", "b"], ["a", "b", "c"])
    assert [shares[label]["share"] for label in "abc"] == [0.5, 1.0, None]


def test_cosine_orders_by_the_encoder_and_keeps_equals_in_order() -> None:
    class Encoder:
        vectors = {"a": [1.0, 0.0], "b": [0.0, 1.0], "c": [1.0, 0.0], "q": [1.0, 0.0]}

        def encode(self, texts):
            return np.array([self.vectors[text] for text in texts])

        def one(self, text):
            return np.array(self.vectors[text])

    memory = Cosine(Encoder())
    for message in "bac":
        memory.add("user", message)
    assert memory.injected("user", "q") == [{1}, {2}, {0}]


def test_bm25_finds_the_message_with_the_rare_word() -> None:
    pytest.importorskip("bm25s", reason="make external installs it")
    from pum.experiments.external.baselines import Bm25

    memory = Bm25()
    for item in STATED[:10]:
        memory.add("user", item.said[0].text)
    assert memory.injected("user", "Which thing7 is best?")[0] == {7}
