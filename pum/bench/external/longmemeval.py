"""LongMemEval (Wu et al., ICLR 2025, arXiv 2410.10813; MIT): its questions of type single-session-preference.

File `longmemeval_oracle.json` (or `_s`, `_m`) as README and src/evaluation/evaluate_qa.py of
github.com/xiaowu0162/LongMemEval at 01055c0 describe it: sessions of turns with their dates, which are not in order.
"""

from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel

from pum.bench.external import EXTERNAL, ExternalItem, Said
from pum.core.errors import InputError
from pum.core.files import read_text
from pum.core.validation import Text, validated_json

FILES = ("longmemeval_oracle.json", "longmemeval_s.json", "longmemeval_m.json")
PREFERENCE = "single-session-preference"


class _Turn(BaseModel):
    role: Text
    content: str


class _Question(BaseModel):
    question_id: Text
    question_type: Text
    question: Text
    answer: str | int
    haystack_dates: tuple[Text, ...]
    haystack_sessions: tuple[tuple[_Turn, ...], ...]


@EXTERNAL.register("longmemeval")
def longmemeval(folder: Path) -> Iterator[ExternalItem]:
    """`should_use` is the owners' rubric: what the user would prefer of an answer."""
    path = next((folder / name for name in FILES if (folder / name).is_file()), None)
    if path is None:
        raise InputError(f"{folder}: none of {', '.join(FILES)} is there")
    for row in validated_json(list[_Question], read_text(path), path):
        if row.question_type != PREFERENCE:
            continue
        if len(row.haystack_dates) != len(row.haystack_sessions):
            raise InputError(f"{path}: {row.question_id}: sessions and dates differ in number")
        # Dates are written as 2023/05/20 (Sat) 02:21, so their order is that of their text.
        in_time = sorted(range(len(row.haystack_dates)), key=lambda number: row.haystack_dates[number])
        yield ExternalItem(
            item_id=row.question_id,
            said=tuple(
                Said(session=session, speaker=turn.role, text=turn.content)
                for session, number in enumerate(in_time)
                for turn in row.haystack_sessions[number]
            ),
            question=row.question,
            should_use=(str(row.answer),),
        )
