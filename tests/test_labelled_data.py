"""The labelled data keeps its promises: quotations are quotations, and nothing stands twice."""

from collections import Counter

from pum.core.files import read_jsonl
from pum.core.paths import DATA

QUOTATIONS = read_jsonl(DATA / "labelled" / "quotations.jsonl", ["text", "preferences", "withdraws", "tags"])
REACTIONS = read_jsonl(DATA / "labelled" / "reactions.jsonl", ["text", "sign", "tags"])
FIELDS = {"quote": str, "condition_quote": str | None, "wanted": bool, "kind": str, "standing": bool}


def test_what_is_quoted_stands_in_the_message() -> None:
    for row in QUOTATIONS:
        quoted = [preference["quote"] for preference in row["preferences"]]
        quoted += [preference["condition_quote"] for preference in row["preferences"] if preference["condition_quote"]]
        for part in (*quoted, *row["withdraws"]):
            assert part.strip() == part != "" and part in row["text"], row["text"]


def test_fields_have_their_values() -> None:
    for preference in (preference for row in QUOTATIONS for preference in row["preferences"]):
        assert preference.keys() == FIELDS.keys(), preference
        assert all(isinstance(preference[name], kind) for name, kind in FIELDS.items()), preference
        assert preference["kind"] in ("style", "content")
    assert {row["sign"] for row in REACTIONS} == {-1, 0, 1}


def test_no_text_stands_twice() -> None:
    for rows in (QUOTATIONS, REACTIONS):
        texts = Counter(" ".join(row["text"].casefold().split()) for row in rows)
        assert max(texts.values()) == 1, texts.most_common(1)
