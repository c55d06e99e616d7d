"""How well an extractor finds the preferences in labelled messages."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from pum.errors import InputError
from pum.schemas import ExtractedPreference

_STOP_WORDS = frozenset(
    "a an the and or but of in on at to for with by as is are be it its this that these those you your me my i not "
    "no do don't "
    "use give make keep have show include tell put answer so too very any all only just when if when more much".split()
)
_WORD = re.compile(r"[^\W_]+(?:'\w+)?")
_SHARED_NEEDED = 0.5


class Extractor(Protocol):
    def extract(self, message: str, topic: str | None = None) -> tuple[ExtractedPreference, ...]: ...


def read_labelled(path: Path, fields: Sequence[str]) -> list[dict]:
    """The records of a JSONL file. InputError, naming the line, when one is no object with `fields`."""
    records = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            record = json.loads(line)
        except json.JSONDecodeError as error:
            raise InputError(f"{path}, line {number}: not JSON ({error.msg})") from error
        missing = [name for name in fields if not isinstance(record, dict) or name not in record]
        if missing:
            raise InputError(f"{path}, line {number}: no {missing[0]!r}")
        records.append(record)
    return records


def score_extractor(extractor: Extractor, utterances: Sequence[dict]) -> dict:
    """Precision and recall over `{"text", "preferences": [{"condition", "action"}]}` records.

    `utterance`: does the message hold any preference? `item`: extracted and labelled preferences are paired one to one
    within a message; a pair is right when the extracted span is in the message and the two actions share at least half
    of the labelled action's content words (stemmed). `condition`: of the right pairs, the share whose conditions agree:
    both empty, or half of the labelled content words shared.
    """
    utterance, item = {"tp": 0, "fp": 0, "fn": 0}, {"tp": 0, "fp": 0, "fn": 0}
    conditions = 0
    for record in utterances:
        extracted, labelled = list(extractor.extract(record["text"])), record["preferences"]
        pairs = match_items(extracted, labelled, record["text"])
        conditions += sum(agree(found.condition, label["condition"]) for found, label in pairs)
        item["tp"] += len(pairs)
        item["fp"] += len(extracted) - len(pairs)
        item["fn"] += len(labelled) - len(pairs)
        if extracted or labelled:
            utterance["tp" if extracted and labelled else "fp" if extracted else "fn"] += 1
    return {
        "utterances": len(utterances),
        "without_preference": sum(not record["preferences"] for record in utterances),
        "utterance": _rates(utterance),
        "item": _rates(item),
        "condition_agreement": conditions / item["tp"] if item["tp"] else 0.0,
    }


def match_items(
    extracted: Sequence[ExtractedPreference], labelled: Sequence[dict], text: str
) -> list[tuple[ExtractedPreference, dict]]:
    """One-to-one pairs, first come first served in the order of the message."""
    left, pairs = list(labelled), []
    for found in extracted:
        label = next((label for label in left if found.span in text and shares(found.action, label["action"])), None)
        if label is not None:
            left.remove(label)
            pairs.append((found, label))
    return pairs


def shares(found: str, labelled: str) -> bool:
    """At least half of the content words of `labelled` are in `found`."""
    wanted = content_words(labelled)
    return len(wanted & content_words(found)) >= _SHARED_NEEDED * len(wanted)


def agree(found: str, labelled: str) -> bool:
    """Both conditions empty, or both given and sharing half of the labelled one's content words."""
    return bool(found) == bool(labelled) and shares(found, labelled)


def content_words(text: str) -> frozenset[str]:
    """Stems of the words that carry the meaning; of a text without any, all stems."""
    words = _WORD.findall(text.lower())
    return frozenset(_stem(word) for word in words if word not in _STOP_WORDS) or frozenset(map(_stem, words))


def _stem(word: str) -> str:
    for ending in ("ising", "izing", "ise", "ize", "ing", "ies", "ed", "es", "s", "y", "e"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


def _rates(counts: dict[str, int]) -> dict[str, float]:
    found, present = counts["tp"] + counts["fp"], counts["tp"] + counts["fn"]
    return {
        **counts,
        "precision": counts["tp"] / found if found else 1.0,
        "recall": counts["tp"] / present if present else 1.0,
    }
