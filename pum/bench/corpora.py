"""What the item space, the ear and the reader of reactions are fitted on: nothing of it is a message of a test set."""

from collections.abc import Sequence

from pum.bench.catalogue import load_request_types
from pum.bench.types import Preference, Task
from pum.core.paths import DATA
from pum.core.validation import read_jsonl

_LABELLED = DATA / "labelled"
# Of the tasks' statements; the ear has enough of them long before their end.
_EVERY = 6


def wordings(catalogue: Sequence[Preference]) -> list[str]:
    """For the item space: the catalogue's notes, in all their wordings."""
    return [text for preference in catalogue for text in (preference.note, *preference.wordings)]


def development_messages() -> list[dict]:
    """For the ear: labelled messages (`text`, `preferences`) of the development sets."""
    utterances = read_jsonl(_LABELLED / "utterances.jsonl", ["text", "preferences", "split"])
    return [
        *read_jsonl(_LABELLED / "heldout_dev.jsonl", ["text", "preferences"]),
        *read_jsonl(_LABELLED / "messages.jsonl", ["text", "preferences"]),
        *(message for message in utterances if message["split"] == "dev"),
    ]


def development_reactions() -> list[dict]:
    """For the reader: labelled reactions (`text`, `label`) of all splits that were written for development."""
    reactions = read_jsonl(_LABELLED / "next_turns.jsonl", ["text", "label", "split"])
    return [reaction for reaction in reactions if reaction["split"] != "heldout"]


def task_statements(tasks: Sequence[Task]) -> list[str]:
    """For the reader: texts that react to nothing."""
    return [task.statement for task in tasks[::_EVERY]]


def silent_texts(tasks: Sequence[Task]) -> list[str]:
    """For the ear: texts without a preference."""
    return [*task_statements(tasks), *load_request_types().sayings()]
