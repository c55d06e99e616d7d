import json
import urllib.request
from dataclasses import asdict

import numpy as np
import pandas as pd
import pytest

from pum.bench.types import Preference
from pum.experiments.memory_contract import others, probes
from pum.experiments.memory_contract.compare import part_of, vectors_at
from pum.experiments.memory_contract.own import after_sessions, load_material, promises
from pum.memory.card import Card, Source
from pum.results.files import write_parquet
from pum.retrieval.embed import CachedEmbedder, HashingEmbedder

PAIR = {"first": "Use lists.", "then": "No lists."}


class Recalls:
    """A memory that keeps everything and gives back what `choose` says: message numbers of one user, and the query."""

    def __init__(self, choose):
        self.heard, self.choose = {}, choose

    def add(self, user, message):
        self.heard.setdefault(user, []).append(message)

    def injected(self, user, query):
        return [{number} for number in self.choose(self.heard.get(user, []), query)]

    def kept(self, user):
        return self.heard.get(user, [])


def everything(messages, query):
    return range(len(messages))


def newest(messages, query):
    return range(len(messages))[-1:]


def that_one(messages, query):
    return [number for number, message in enumerate(messages) if message == query]


@pytest.mark.parametrize(
    ("choose", "flips", "both"), [(everything, 0.0, 1.0), (newest, 1.0, 0.0), (that_one, 1.0, 1.0)]
)
def test_after_a_change_of_mind_the_newer_alone_after_two_wishes_each(choose, flips, both):
    assert probes.flips(Recalls(choose), [PAIR])["share"] == flips
    assert probes.both(Recalls(choose), [PAIR])["share"] == both


def test_a_memory_that_returns_everything_never_abstains_and_one_that_returns_nothing_never_recalls():
    subject = {"text": "In recipes use grams.", "related": ["How do I bake bread?"], "unrelated": ["What is 2 + 2?"]}
    loud = probes.relevance(Recalls(everything), [subject])
    mute = probes.relevance(Recalls(lambda messages, query: []), [subject])
    assert (loud["abstention"]["share"], loud["recall"]["share"]) == (0.0, 1.0)
    assert (mute["abstention"]["share"], mute["recall"]["share"]) == (1.0, 0.0)


def test_repeats_and_thanks_count_what_is_kept():
    assert probes.repeats(Recalls(everything), ["a", "b"], times=4)["memories_per_message"] == 4.0
    assert probes.thanks(Recalls(everything), ["Thanks!"], sessions=5)["memories"] == 5


def test_duplicates_are_memories_of_one_user_that_are_near_each_other():
    vectors = {"a": [1.0, 0.0], "a again": [0.96, 0.28], "b": [0.0, 1.0]}

    def encode(texts):
        return np.array([vectors[text] for text in texts]).reshape(len(texts), 2)

    found = probes.duplicates([["a", "a again", "b"], ["a"], []], encode)
    assert found["duplicates"] == {"share": 0.5, "count": 2, "of": 4}


class Words:
    """Texts as vectors: one axis a word."""

    words = ("lists", "tables", "short")

    def one(self, text):
        return np.array([float(word in text) for word in self.words])

    def encode(self, texts):
        return np.array([self.one(text) for text in texts]).reshape(len(texts), len(self.words))


def _card(number, note, *sources):
    placed = tuple(Source(*source) for source in sources)
    return Card(f"c{number:04d}", note, "", note, "global", False, 0.8, "", placed, (note,)).to_json()


def test_cards_per_preference_counts_by_what_was_asked_for_where_the_card_was_heard(tmp_path):
    cards = [
        _card(0, "Use lists.", (0, 1)),
        _card(1, "Lists, please.", (1, 1)),
        _card(2, "Use tables.", (0, 1)),
        _card(3, "Sunny.", (2, 0)),
    ]
    state = json.dumps({"assistant": {"cards": cards}})
    write_parquet(
        tmp_path / "users.parquet", [{"seed": 0, "user_id": "u", "state": state}], ["seed", "user_id", "state"]
    )
    enforced = {(0, 1): ["lists", "tables"], (1, 1): ["lists"], (2, 0): []}
    turns = [
        {"seed": 0, "user_id": "u", "session": session, "turn": turn, "enforced": json.dumps(ids)}
        for (session, turn), ids in enforced.items()
    ]
    write_parquet(tmp_path / "turns.parquet", turns, list(turns[0]))
    wishes = [Preference(name, "x", "", f"use {name}", None, (), None, None, ()) for name in ("lists", "tables")]
    found = after_sessions(tmp_path, wishes, Words())
    assert (found["cards"], found["preferences"], found["unfounded"]) == (3, 2, 1)
    assert found["cards_per_preference"] == 1.5


def test_the_material_is_large_enough_and_no_pair_is_in_two_parts():
    suite, unseen = load_material(("dev", "test")), load_material(("heldout",))
    assert len(suite.changes) >= 50 <= len(unseen.changes)
    pairs = [(pair["first"], pair["then"]) for pair in (*suite.changes, *unseen.changes)]
    assert len(set(pairs)) == len(pairs)


def test_the_second_set_has_two_halves_and_is_in_no_published_suite():
    # For a revision of the rules: tuned on the first half, reported on the second.
    halves = [load_material((name,)) for name in ("second_dev", "second_test")]
    texts = [{pair[said] for pair in (*it.changes, *it.companions) for said in ("first", "then")} for it in halves]
    assert [len(it.changes) for it in halves] == [42, 42] and [len(it.companions) for it in halves] == [26, 26]
    assert not texts[0] & texts[1] and not (texts[0] | texts[1]) & set(load_material().texts())


def test_the_table_of_promises_shows_what_was_measured():
    half = {"share": 0.5, "count": 1, "of": 2}
    measured = {
        "contradictions": {"suite": half, "heldout": half},
        "companions": half,
        "relevance": {"abstention": half, "recall": half},
        "repeats": {"messages": 3, "memories_per_message": 1.0},
        "feedback_loop": {"sessions": 20, "memories": 7},
        "after_15_sessions": {"duplicates": half, "cards_per_preference": 1.25, "preferences": 4},
        "scope": half,
    }
    table = promises(measured, {"false_blame": {"all": {"share": 0.01, "of": 100}}})
    assert isinstance(table, pd.DataFrame)
    values = table.set_index("name").value
    assert values["cards of sessions of thanks"] == 7
    assert values["cards per true preference"] == 1.25
    assert values["blame read in a task's statement"] == 0.01


def test_the_affordable_probes_say_how_many_things_were_tried_and_none_was_seen_by_the_rules():
    unseen, everything_ = load_material(("heldout",)), load_material()
    part = part_of(unseen, everything_)
    assert {change["split"] for change in part.changes} == {"heldout"}
    row = others.affordable_row(Recalls(newest), {**asdict(part), "wishes": part.wishes[:1]})
    assert row["newer_in_older_not"] == 1 and row["changes"] == len(part.changes) >= 12
    assert row["memories_of_10_repeats"] == 10 and row["memories_of_20_thanks"] == 20
    assert row["failed_messages"] == 0


def test_what_a_library_fails_on_is_counted_and_said(caplog):
    assert not others.fails("fine", lambda: None)
    assert others.fails("Use lists.", lambda: [][0])
    assert "Use lists." in caplog.text and "IndexError" in caplog.text


def test_vectors_are_those_of_the_embedder():
    embedder = CachedEmbedder(HashingEmbedder())
    with vectors_at(embedder) as address:
        body = json.dumps(["Use lists.", "Grüße, 用列表"]).encode()
        with urllib.request.urlopen(address, data=body, timeout=10) as answer:
            vectors = json.loads(answer.read())
    assert np.allclose(vectors, embedder.encode(["Use lists.", "Grüße, 用列表"]))
