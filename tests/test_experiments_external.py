"""The measures on others' benchmarks, with memories whose behaviour is known."""

import json
from collections import defaultdict
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from pum.bench.external import ExternalItem, Said
from pum.core.errors import InputError
from pum.core.files import read_jsonl, read_yaml
from pum.experiments.external import measure, play
from pum.experiments.external.play import Cosine, KeepsAll

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
    from pum.experiments.external.play import Bm25

    memory = Bm25()
    for item in STATED[:10]:
        memory.add("user", item.said[0].text)
    assert memory.injected("user", "Which thing7 is best?")[0] == {7}


class Keeper:
    """A memory of one card a message, with the note and the sign that it is told to make of it."""

    def __init__(self, note=str, negated=lambda message: "avoid" in message) -> None:
        self._note, self._negated, self._kept = note, negated, defaultdict(tuple)

    def add(self, user: str, message: str) -> None:
        if "silence" not in message:
            self._kept[user] += (SimpleNamespace(note=self._note(message), negated=self._negated(message)),)

    def cards(self, user: str) -> tuple:
        return self._kept[user]

    def kept(self, user: str) -> list[str]:
        return [card.note for card in self._kept[user]]


TEXTS, SIGNS = ["I avoid trains.", "I like trains.", "I avoid trains, I like boats.", "silence"], ["unwanted", "wanted"]


def test_cards_are_right_if_they_quote_and_have_the_sign() -> None:
    signs = [*SIGNS, "both", "wanted"]
    result = play.right_cards(Keeper(lambda message: message.upper()), "a", TEXTS, signs)
    assert (result["heard"]["count"], result["heard"]["of"]) == (3, 4)
    assert (result["quoted"]["count"], result["quoted"]["of"]) == (3, 3), "case and punctuation aside"
    assert (result["sign"]["count"], result["sign"]["of"]) == (2, 2), "what is both has no sign"
    result = play.right_cards(Keeper(lambda message: f"Do not {message}", lambda message: True), "b", TEXTS, signs)
    assert result["quoted"]["count"] == 0 and (result["sign"]["count"], result["sign"]["of"]) == (1, 2)


def test_words_that_only_begin_alike_are_no_quotation() -> None:
    assert play.plain("I like train") not in play.plain("I like trains.")


def test_frames_are_weighted_by_how_often_they_occur() -> None:
    result = play.framed(Keeper(negated=lambda message: False))
    table = read_yaml(play.FRAMES)
    wanted = sum(frame["weight"] for frame in table["frames"] if frame["wanted"])
    assert result["messages"] == len(table["frames"]) * len(table["things"]) == 640
    assert result["heard"] == 1.0 and result["sign_of_heard"] == pytest.approx(wanted, abs=1e-3)


def test_labels_of_turns_that_are_not_there_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    turns = [{"role": "user", "content": "more"}, {"role": "assistant", "content": "Of what?"}]
    (tmp_path / "prefeval").mkdir()
    conversation = {"conversation_id": "c1", "conversation": [*turns, {"role": "user", "content": "tables"}]}
    (tmp_path / "prefeval" / "filtered_inter_turns.json").write_text(json.dumps([conversation]))
    (tmp_path / "ifbench").mkdir()
    (tmp_path / "ifbench" / "IFBench_test.jsonl").write_text(json.dumps({"key": 7, "prompt": "Say it in ten words."}))
    labels = [("prefeval_distractors", "c1", 1, "neither"), ("ifbench", "7", 0, "one_off")]
    rows = [dict(zip(("benchmark", "item", "turn", "label"), label, strict=True)) for label in labels]
    monkeypatch.setattr(play, "LABELS", tmp_path / "labels.jsonl")
    play.LABELS.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert play.labelled_turns(tmp_path) == (["tables", "Say it in ten words."], ["neither", "one_off"])
    play.LABELS.write_text(json.dumps({**rows[0], "turn": 2}))
    with pytest.raises(InputError, match="c1 has no turn 2"):
        play.labelled_turns(tmp_path)


def test_every_committed_label_is_of_a_known_kind() -> None:
    rows = read_jsonl(play.LABELS, ["benchmark", "item", "turn", "label", "first", "second"])
    assert len(rows) >= 400 and {row["label"] for row in rows} <= set(play.KINDS)
    assert len({(row["benchmark"], row["item"], row["turn"]) for row in rows}) == len(rows)
