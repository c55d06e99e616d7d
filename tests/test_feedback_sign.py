"""The sign of a reaction: praise that a clause takes back is none, and a question is no verdict."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pum.bench.corpora import signed_reactions
from pum.core.errors import InputError
from pum.core.paths import DATA
from pum.feedback.keyword import VALUES
from pum.feedback.sign import LABEL_SIGNS, SIGNS, SignReader, fit_sign_reader, load_sign_reader, save_sign_reader
from pum.retrieval.embed import load_embedder

HASHING = load_embedder("hashing")
REACTIONS = signed_reactions()[::6]
TASKS = ["Compute the mean of 3, 8 and 10.", "Show that no such x exists.", "What is the capital of Peru?"]


@pytest.fixture(scope="module")
def small() -> SignReader:
    return fit_sign_reader(REACTIONS, TASKS, HASHING)


@pytest.fixture(scope="module")
def reader() -> SignReader:
    return load_sign_reader(DATA / "reaction_sign.json", load_embedder("all-MiniLM-L6-v2", keep_vectors=False))


def test_every_label_of_the_rules_has_a_sign() -> None:
    assert set(LABEL_SIGNS) == set(VALUES) and set(LABEL_SIGNS.values()) == set(SIGNS)
    assert LABEL_SIGNS["neg_request"] == -1 and LABEL_SIGNS["pos_progress"] == 0 and LABEL_SIGNS["topic_shift"] == 0


def test_it_reads_what_it_was_fitted_on(small: SignReader) -> None:
    found = small.signs([reaction["text"] for reaction in REACTIONS])
    assert np.mean([it == reaction["sign"] for it, reaction in zip(found, REACTIONS, strict=True)]) > 0.9


def test_no_message_that_is_only_scored_is_fitted_on() -> None:
    from pum.core.files import read_jsonl

    every = read_jsonl(DATA / "labelled" / "next_turns.jsonl", ["text", "label", "split"])
    scored = {reaction["text"] for reaction in every if reaction["split"] == "heldout"}
    assert scored and not scored & {
        reaction["text"] for reaction in signed_reactions() if reaction["set"] == "next_turns"
    }


@given(st.text(max_size=80))
def test_any_text_has_a_sign(small: SignReader, text: str) -> None:
    assert small.signs([text])[0] in SIGNS


def test_a_saved_reader_reads_the_same(small: SignReader, tmp_path: Path) -> None:
    save_sign_reader(small, tmp_path / "reaction_sign.json")
    again = load_sign_reader(tmp_path / "reaction_sign.json", HASHING)
    texts = [reaction["text"] for reaction in REACTIONS]
    assert np.array_equal(again.scores(texts), small.scores(texts))
    with pytest.raises(InputError, match="another"):
        load_sign_reader(tmp_path / "reaction_sign.json", _Renamed())


class _Renamed:
    identity, dimension, query_prefix = "renamed", 384, ""


# reports_tried.md 2.8, in other words.
KINDS = {
    "praise with but": (
        -1,
        [
            "Perfect, except for the title.",
            "Lovely, but the second half is missing.",
            "Great answer, only it's to a different question.",
            "Nice, apart from the wrong year.",
            "I appreciate the work, but this doesn't run.",
        ],
    ),
    "irony": (
        -1,
        [
            "Oh wonderful, one more crash.",
            "Great, now it's even slower.",
            "Brilliant. That's the reverse of what I asked for.",
            "Thanks for wasting my morning.",
            "Oh perfect, another broken link.",
        ],
    ),
    "question": (
        0,
        [
            "Is it wrong to use a dict here?",
            "Is it bad to water plants at noon?",
            "Would it be a mistake to sell now?",
            "What is the worst that could happen in a chess opening?",
            "Is there an error in the book on page 12?",
        ],
    ),
    "thumb": (1, ["👍", "👍👍", "👍 thanks", "great 👍", "ok 👍"]),
    "thumb down": (-1, ["👎", "👎👎", "👎 no", "nope 👎", "👎 wrong again"]),
}


@pytest.mark.slow
@pytest.mark.parametrize(
    "kind",
    [
        *sorted(KINDS.keys() - {"irony"}),
        pytest.param(
            "irony", marks=pytest.mark.xfail(reason="a fifth to a third of irony is read as praise", strict=True)
        ),
    ],
)
def test_kinds_that_people_reported(kind: str, reader: SignReader) -> None:
    sign, texts = KINDS[kind]
    found = reader.signs(texts)
    assert sum(it == sign for it in found) >= 4, list(zip(texts, found, strict=True))
