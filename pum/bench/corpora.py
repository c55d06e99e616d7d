"""Training texts of the item space, both classifiers and the detector; none of them is a message of a test set."""

from collections.abc import Iterator, Sequence

from pum.bench.catalogue import load_request_types
from pum.bench.types import Preference, Task
from pum.core.files import read_jsonl
from pum.core.paths import DATA
from pum.extraction.labels import Lesson, quoted_lesson, silent_lesson, withdrawing_lesson, worded_lesson
from pum.language.english import is_english

_LABELLED = DATA / "labelled"
# Every sixth task statement; the preference classifier needs no more.
_EVERY = 6
# Reactions that say how to answer, or may say it, without a label of what.
_ASK = ("neg_request", "neg_constraint_restate", "neg_confusion")


def wordings(catalogue: Sequence[Preference]) -> list[str]:
    """For the item space: the notes and wordings of the catalogue."""
    return [text for preference in catalogue for text in (preference.note, *preference.wordings)]


def development_messages() -> list[dict]:
    """For the preference classifier: labelled messages (`text`, `preferences`) of the development sets."""
    return [*read_jsonl(_LABELLED / "heldout_dev.jsonl", ["text", "preferences"]), *_messages(), *_utterances()]


def detector_lessons(tasks: Sequence[Task]) -> list[Lesson]:
    """For the detector: messages with quotations, development sets but `heldout_dev`, on which its training was
    chosen, reactions, and texts without a preference."""
    reactions = [turn["text"] for turn in development_reactions() if turn["label"] not in _ASK]
    relations = read_jsonl(_LABELLED / "relations.jsonl", ["old", "new", "relation"])
    of_pairs = read_jsonl(_LABELLED / "wish_pairs_quoted.jsonl", ["older", "newer", "relation"])
    withdrawing = [pair.get("newer") or pair["new"] for pair in [*relations, *of_pairs] if _withdraws(pair)]
    foreign = [line["text"] for line in read_jsonl(_LABELLED / "foreign.jsonl", ["text"])]
    messages = read_jsonl(_LABELLED / "quotations.jsonl", ["text", "preferences", "withdraws"])
    return [
        *(quoted_lesson(message) for message in messages if is_english(message["text"])),
        *(quoted_lesson(message) for pair in of_pairs for message in _both(pair)),
        *(worded_lesson(message) for message in [*_messages(), *_utterances()]),
        *(silent_lesson(text) for text in [*reactions, *foreign, *(task.statement for task in tasks[:: 2 * _EVERY])]),
        *(withdrawing_lesson(text) for text in withdrawing),
    ]


def _withdraws(pair: dict) -> bool:
    return pair["relation"] == "withdrawn"


def _both(pair: dict) -> Iterator[dict]:
    """The two messages of a pair, as far as their preferences have quotations."""
    for name in ("older", "newer"):
        if quote := pair[f"{name}_quote"]:
            preference = {
                "quote": quote,
                "condition_quote": pair[f"{name}_condition"],
                "wanted": pair[f"{name}_wanted"],
                "kind": None,
                "standing": True,
            }
            yield {"text": pair[name], "preferences": [preference], "withdraws": []}


def _messages() -> list[dict]:
    return read_jsonl(_LABELLED / "messages.jsonl", ["text", "preferences"])


def _utterances() -> list[dict]:
    utterances = read_jsonl(_LABELLED / "utterances.jsonl", ["text", "preferences", "split"])
    return [message for message in utterances if message["split"] == "dev"]


def development_reactions() -> list[dict]:
    """For the reaction classifier: labelled reactions (`text`, `label`) of all development splits."""
    reactions = read_jsonl(_LABELLED / "next_turns.jsonl", ["text", "label", "split"])
    return [reaction for reaction in reactions if reaction["split"] != "heldout"]


def task_statements(tasks: Sequence[Task]) -> list[str]:
    """For the reaction classifier: texts that are not reactions."""
    return [task.statement for task in tasks[::_EVERY]]


def silent_texts(tasks: Sequence[Task]) -> list[str]:
    """For the preference classifier: texts without a preference."""
    return [*task_statements(tasks), *load_request_types().sayings()]
