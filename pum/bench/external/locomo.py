"""LoCoMo (Maharana et al., ACL 2024, arXiv 2402.17753): small talk of two people over many sessions.

File `locomo10.json` as README.MD and task_eval/get_facts.py of github.com/snap-research/locomo at 9228632 describe
it: `session_N` is a list of turns. Nothing in it says how to answer, so it measures what a memory keeps by mistake.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from pum.bench.external import EXTERNAL, ExternalItem, Said
from pum.core.files import read_text
from pum.core.validation import Text, validated, validated_json

FILE = "locomo10.json"
_SESSION = re.compile(r"session_(\d+)\Z")


class _Turn(BaseModel):
    speaker: Text
    text: str


class _Sample(BaseModel):
    sample_id: Text
    conversation: dict[str, Any]


@EXTERNAL.register("locomo")
def locomo(folder: Path) -> Iterator[ExternalItem]:
    """One item a conversation; `speaker_a` is the user, the other person stands in the assistant's place."""
    path = folder / FILE
    for row in validated_json(list[_Sample], read_text(path), path):
        sessions = {int(match[1]): key for key in row.conversation if (match := _SESSION.match(key))}
        user = row.conversation.get("speaker_a")
        said = []
        for session, number in enumerate(sorted(sessions)):
            key = sessions[number]
            for turn in validated(list[_Turn], row.conversation[key], f"{path}: {row.sample_id}", (key,)):
                speaker = "user" if turn.speaker == user else "assistant"
                said.append(Said(session=session, speaker=speaker, text=turn.text))
        yield ExternalItem(item_id=row.sample_id, said=tuple(said))
