"""What is said in the probes."""

from collections.abc import Collection
from dataclasses import dataclass

from pum.core.paths import DATA
from pum.core.validation import read_jsonl

LABELLED = DATA / "labelled"
SPLITS = ("dev", "test", "heldout")
"""Rules were written on `dev`; `test` was scored once and then improved on, too; `heldout` is only scored."""
SECOND = ("second_dev", "second_test")
"""More changes of mind, written for a revision of those rules: tuned on the one half, reported on the other."""


@dataclass(frozen=True)
class Material:
    """`changes` of mind, and `companions`: things that go together, as {"first", "then"}. `subjects`: wishes about one
    ("text"), with queries that are "related" or "unrelated". `praise`: what is said in sessions of thanks."""

    changes: list[dict]
    companions: list[dict]
    subjects: list[dict]
    praise: list[str]

    @property
    def wishes(self) -> list[str]:
        return [subject["text"] for subject in self.subjects]

    def texts(self) -> list[str]:
        """Everything that may have to be encoded."""
        queries = [query for subject in self.subjects for query in (*subject["related"], *subject["unrelated"])]
        said = [text for pair in (*self.changes, *self.companions) for text in (pair["first"], pair["then"])]
        return sorted({*said, *queries, *self.wishes, *self.praise})


def load_material(splits: Collection[str] = SPLITS) -> Material:
    """Those parts of the data; InputError for a file that cannot be read."""
    pairs = read_jsonl(DATA / "flips.jsonl", ["first", "then", "kind", "split"])
    subjects = read_jsonl(LABELLED / "relevance.jsonl", ["text", "related", "unrelated", "split"])
    reactions = read_jsonl(LABELLED / "next_turns.jsonl", ["text", "label", "split"])
    pairs, subjects, reactions = (
        [record for record in records if record["split"] in splits] for records in (pairs, subjects, reactions)
    )
    return Material(
        changes=[pair for pair in pairs if pair["kind"] == "flip"],
        companions=[pair for pair in pairs if pair["kind"] == "both"],
        subjects=subjects,
        praise=[reaction["text"] for reaction in reactions if reaction["label"] == "pos_praise"],
    )
