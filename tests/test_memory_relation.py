"""How a new wish stands to an older one: kept apart unless it is surely the same; the kinds that people reported."""

import json
from pathlib import Path

import numpy as np
import pytest

from pum.bench.corpora import labelled_pairs
from pum.core.errors import InputError
from pum.core.paths import DATA
from pum.memory.relation import (
    FORMAT,
    RELATIONS,
    RelationReader,
    fit_relation_reader,
    load_relation_reader,
    save_relation_reader,
)
from pum.retrieval.embed import load_embedder

HASHING = load_embedder("hashing")
PAIRS = [pair for pair in labelled_pairs() if pair["set"] == "wish_pairs"][::6]


@pytest.fixture(scope="module")
def small() -> RelationReader:
    return fit_relation_reader(PAIRS, HASHING)


@pytest.fixture(scope="module")
def reader() -> RelationReader:
    embedder = load_embedder("all-MiniLM-L6-v2", keep_vectors=False)
    return load_relation_reader(DATA / "wish_relation.json", embedder)


def test_chances_are_of_all_relations_and_sum_to_one(small: RelationReader) -> None:
    chances = small.chances([("Use tables.", "No tables."), ("", "?")])
    assert chances.shape == (2, len(RELATIONS)) and np.allclose(chances.sum(axis=1), 1)
    assert small.relations([]) == []


def test_it_knows_most_of_what_it_was_fitted_on(small: RelationReader) -> None:
    found = small.chances([(pair["old"], pair["new"]) for pair in PAIRS]).argmax(axis=1)
    assert np.mean([RELATIONS[it] == pair["relation"] for it, pair in zip(found, PAIRS, strict=True)]) > 0.9


def test_a_pair_is_read_the_same_alone_and_among_others(small: RelationReader) -> None:
    pairs = [(pair["old"], pair["new"]) for pair in PAIRS[:20]]
    assert small.relations(pairs) == [small.relations([pair])[0] for pair in pairs]


def test_a_saved_reader_reads_the_same(small: RelationReader, tmp_path: Path) -> None:
    save_relation_reader(small, tmp_path / "wish_relation.json")
    again = load_relation_reader(tmp_path / "wish_relation.json", HASHING)
    pairs = [(pair["old"], pair["new"]) for pair in PAIRS]
    assert np.array_equal(again.chances(pairs), small.chances(pairs))


def test_a_file_of_another_encoder_or_format_or_none_is_refused(small: RelationReader, tmp_path: Path) -> None:
    path = tmp_path / "wish_relation.json"
    with pytest.raises(InputError, match="run `dvc repro setup`"):
        load_relation_reader(path, HASHING)
    save_relation_reader(small, path)
    data = json.loads(path.read_text())
    for changed in ({"identity": "other"}, {"format": "other"}, {"labels": ["same"]}):
        path.write_text(json.dumps({**data, **changed}))
        with pytest.raises(InputError, match="another"):
            load_relation_reader(path, HASHING)
    for broken in ("[]", "{", json.dumps({"format": FORMAT})):
        path.write_text(broken)
        with pytest.raises(InputError, match="fits it anew"):
            load_relation_reader(path, HASHING)


KINDS = {
    # two_wishes.md: a shared condition or verb is no likeness.
    "kept": [
        ("When I ask about wine, say which glass.", "When I ask about wine, say what it costs."),
        ("In my spreadsheets, freeze the top row.", "In my spreadsheets, sort by surname."),
        ("Avoid rhetorical questions.", "Avoid exclamation marks."),
        ("Name variables in full words.", "Name files in lower case."),
        ("I like cafés with books.", "I like cafés with a garden."),
    ],
    # reports_tried.md 2.7: taken back, in whatever words.
    "withdrawn": [
        ("Please always use bullet points.", "Forget what I told you about bullet points."),
        ("Add a glossary to each text.", "I no longer need the glossary."),
        ("Use Celsius.", "Never mind the Celsius thing."),
        ("Give the time in UTC.", "You don't have to give it in UTC any more."),
        ("End with a quiz.", "you can drop the quiz rule now"),
    ],
    # External review: an aversion after a wish for the same thing, and the other way round.
    "opposite": [
        ("Please use footnotes.", "I avoid footnotes."),
        ("I strongly dislike headings.", "Please use headings."),
        ("Use tabs for indentation.", "I now prefer spaces for indentation."),
        ("Explain it as if I were new to this.", "I'm an expert in this, skip the basics."),
        ("I love metaphors.", "I hate metaphors."),
    ],
}


@pytest.mark.slow
@pytest.mark.parametrize(
    "kind",
    ["kept", "withdrawn", pytest.param("opposite", marks=pytest.mark.xfail(reason="40% are found", strict=True))],
)
def test_kinds_that_people_reported(kind: str, reader: RelationReader) -> None:
    found = reader.relations(KINDS[kind])
    right = {"kept": {"narrowed", "added", "unrelated"}, "withdrawn": {"withdrawn"}, "opposite": {"opposite", "same"}}
    assert sum(it in right[kind] for it in found) >= 4, found
