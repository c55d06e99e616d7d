"""Training texts of the item space and of both classifiers; none of them is a message of a test set."""

from collections.abc import Sequence

from pum.bench.catalogue import load_request_types
from pum.bench.types import Preference, Task
from pum.core.files import read_jsonl
from pum.core.paths import DATA

_LABELLED = DATA / "labelled"
# Every sixth task statement; the preference classifier needs no more.
_EVERY = 6


def wordings(catalogue: Sequence[Preference]) -> list[str]:
    """For the item space: the notes and wordings of the catalogue."""
    return [text for preference in catalogue for text in (preference.note, *preference.wordings)]


def development_messages() -> list[dict]:
    """For the preference classifier: labelled messages (`text`, `preferences`) of the development sets."""
    utterances = read_jsonl(_LABELLED / "utterances.jsonl", ["text", "preferences", "split"])
    return [
        *read_jsonl(_LABELLED / "heldout_dev.jsonl", ["text", "preferences"]),
        *read_jsonl(_LABELLED / "messages.jsonl", ["text", "preferences"]),
        *(message for message in utterances if message["split"] == "dev"),
    ]


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
