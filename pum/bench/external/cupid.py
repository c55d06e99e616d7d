"""CUPID (Kim et al., COLM 2025, arXiv 2508.01674; CC BY 4.0): wishes that depend on context, voiced as feedback.

A file per instance, as evaluation/pipeline/evaluate.py of github.com/kixlab/CUPID at 41aa86d reads its `data_dir`; the
data set on the hub has the same fields, a row per instance.
"""

from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel

from pum.bench.external import EXTERNAL, ExternalItem, Said
from pum.core.errors import InputError
from pum.core.files import read_text
from pum.core.validation import Text, validated_json


class _Message(BaseModel):
    role: Text
    content: str


class _Interaction(BaseModel):
    dialogue: tuple[_Message, ...]


class _Instance(BaseModel):
    current_request: Text
    current_contextual_preference: Text
    current_checklist: tuple[Text, ...]
    prior_interactions: tuple[_Interaction, ...]


@EXTERNAL.register("cupid")
def cupid(folder: Path) -> Iterator[ExternalItem]:
    """`should_use` is the contextual preference, followed by the checklist that a judge reads."""
    paths = sorted(folder.glob("*.json"))
    if not paths:
        raise InputError(f"{folder}: no instance (PERSONA.json) there")
    for path in paths:
        row = validated_json(_Instance, read_text(path), path)
        yield ExternalItem(
            item_id=path.stem,
            said=tuple(
                Said(session=session, speaker="user" if message.role == "user" else "assistant", text=message.content)
                for session, interaction in enumerate(row.prior_interactions)
                for message in interaction.dialogue
            ),
            question=row.current_request,
            should_use=(row.current_contextual_preference, *row.current_checklist),
        )
