"""PersonaMem (Jiang et al., "Know Me, Respond to Me", 2025, arXiv 2504.14225; v1 is MIT).

Files as inference_standalone_openai.py of github.com/bowen-upenn/PersonaMem at 041d82a reads them:
`questions_SIZE.csv`, and `shared_contexts_SIZE.jsonl` with one {id: messages} a line, of which a question sees the
first `end_index_in_shared_context`. SIZE is 32k, 128k or 1M; the smallest that is there is read.
"""

import ast
import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel, NonNegativeInt

from pum.bench.external import EXTERNAL, ExternalItem, Said
from pum.core.errors import InputError
from pum.core.files import read_text
from pum.core.validation import Text, validated, validated_json

SIZES = ("32k", "128k", "1M")
_OPTION = re.compile(r"\(([a-d])\)\s*(.+)", re.DOTALL)


class _Row(BaseModel):
    question_id: Text
    question_type: Text
    topic: str
    user_question_or_message: Text
    correct_answer: Text
    all_options: Text
    shared_context_id: Text
    end_index_in_shared_context: NonNegativeInt


class _Message(BaseModel):
    role: Text
    content: str


@EXTERNAL.register("personamem")
def personamem(folder: Path) -> Iterator[ExternalItem]:
    """Multiple choice: which of four replies suits this user as they are now. System messages (personas) are left out:
    a memory hears what is said."""
    size = next((size for size in SIZES if (folder / f"questions_{size}.csv").is_file()), None)
    if size is None:
        raise InputError(f"{folder}: none of {', '.join(f'questions_{size}.csv' for size in SIZES)} is there")
    questions, contexts = folder / f"questions_{size}.csv", folder / f"shared_contexts_{size}.jsonl"
    messages: dict[str, tuple[_Message, ...]] = {}
    for number, line in enumerate(read_text(contexts).split("\n"), start=1):
        if line.strip():
            messages |= validated_json(dict[str, tuple[_Message, ...]], line, f"{contexts}:{number}")
    for number, data in enumerate(csv.DictReader(io.StringIO(read_text(questions), newline="")), start=2):
        row = validated(_Row, data, f"{questions}: row {number}")
        if row.shared_context_id not in messages:
            raise InputError(f"{questions}: row {number}: {contexts.name} has no context {row.shared_context_id}")
        options = _options(row.all_options)
        right = row.correct_answer.strip().lower().strip("()")
        if sorted(options) != ["a", "b", "c", "d"] or right not in options:
            raise InputError(f"{questions}: row {number}: wants options (a) to (d), and one of them as the answer")
        heard = messages[row.shared_context_id][: row.end_index_in_shared_context]
        yield ExternalItem(
            item_id=row.question_id,
            topic=row.topic,
            said=tuple(
                Said(session=0, speaker=message.role, text=message.content)
                for message in heard
                if message.role != "system"
            ),
            question=row.user_question_or_message,
            options=tuple(options[letter] for letter in "abcd"),
            answer="abcd".index(right),
        )


def _options(text: str) -> dict[str, str]:
    """Letter -> reply. The column is the text of a Python list, or has an option a line."""
    try:
        listed = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        listed = text.splitlines()
    matches = [_OPTION.fullmatch(option.strip()) for option in listed if isinstance(option, str)]
    return {match[1]: match[2] for match in matches if match}
