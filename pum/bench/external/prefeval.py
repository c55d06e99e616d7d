"""PrefEval (Zhao et al., "Do LLMs Recognize Your Preferences?", ICLR 2025, arXiv 2502.09597; CC BY-NC 4.0).

Files as in github.com/amazon-science/PrefEval at 5079505, folder `benchmark_dataset`: a file per topic in
`explicit_preference`, `implicit_preference/{choice-based,persona-driven}` and `mcq_options`, and
`filtered_inter_turns.json` with LMSYS conversations that the benchmark puts between preference and question.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from pydantic import BaseModel, Field

from pum.bench.external import EXTERNAL, ExternalItem, Said
from pum.core.errors import InputError
from pum.core.files import read_text
from pum.core.validation import Text, validated_json


class _Asked(BaseModel):
    preference: Text
    question: Text


class _WithOptions(_Asked):
    # The first option is the one that respects the preference; the benchmark shuffles them when it asks.
    classification_task_options: tuple[Text, ...] = Field(min_length=4, max_length=4)


class _Choice(BaseModel):
    query: Text
    assistant_options: Text
    user_selection: Text
    assistant_acknowledgment: Text


class _ChoiceBased(_Asked):
    conversation: _Choice


class _Exchange(BaseModel):
    user: Text
    assistant: Text


class _PersonaDriven(_Asked):
    conversation: dict[int, _Exchange]


class _Message(BaseModel):
    role: Text
    content: str


class _Distractor(BaseModel):
    conversation_id: Text
    conversation: tuple[_Message, ...]


@EXTERNAL.register("prefeval_explicit")
def explicit(folder: Path) -> Iterator[ExternalItem]:
    """Stated in one message: "I have a deep dislike for wicker furniture". With options where a topic has them."""
    options = dict(_topics(folder / "mcq_options", _WithOptions))
    for topic, rows in _topics(folder / "explicit_preference", _Asked):
        # Row N of both files is one preference; some wordings differ by an "absolutely".
        asked = options.get(topic, [None] * len(rows))
        if len(asked) != len(rows):
            raise InputError(f"{folder / 'mcq_options' / topic}.json: {len(asked)} rows for {len(rows)} preferences")
        for number, (row, with_options) in enumerate(zip(rows, asked, strict=True)):
            chosen = with_options.classification_task_options if with_options else ()
            yield ExternalItem(
                **_asked(topic, number, row),
                said=(Said(session=0, speaker="user", text=row.preference),),
                options=chosen,
                answer=0 if chosen else None,
            )


@EXTERNAL.register("prefeval_choice")
def choice_based(folder: Path) -> Iterator[ExternalItem]:
    """Shown by choosing one of the options that an assistant offers."""
    for topic, rows in _topics(folder / "implicit_preference" / "choice-based", _ChoiceBased):
        for number, row in enumerate(rows):
            talk = row.conversation
            texts = (talk.query, talk.assistant_options, talk.user_selection, talk.assistant_acknowledgment)
            yield ExternalItem(**_asked(topic, number, row), said=_alternating(texts))


@EXTERNAL.register("prefeval_persona")
def persona_driven(folder: Path) -> Iterator[ExternalItem]:
    """Hidden in a longer talk of a persona about something else."""
    for topic, rows in _topics(folder / "implicit_preference" / "persona-driven", _PersonaDriven):
        for number, row in enumerate(rows):
            exchanges = [row.conversation[turn] for turn in sorted(row.conversation)]
            texts = [text for exchange in exchanges for text in (exchange.user, exchange.assistant)]
            yield ExternalItem(**_asked(topic, number, row), said=_alternating(texts))


@EXTERNAL.register("prefeval_distractors")
def distractors(folder: Path) -> Iterator[ExternalItem]:
    """Conversations of real people (LMSYS) about anything."""
    path = folder / "filtered_inter_turns.json"
    for row in validated_json(list[_Distractor], read_text(path), path):
        said = tuple(Said(session=0, speaker=turn.role, text=turn.content) for turn in row.conversation)
        yield ExternalItem(item_id=row.conversation_id, said=said)


def _topics(folder: Path, kind: type[_Asked]) -> Iterator[tuple[str, list]]:
    """The rows of each topic. Two files with the same rows are refused: a copy once lay among the owners' files."""
    paths = sorted(folder.glob("*.json"))
    if not paths:
        raise InputError(f"{folder}: no topic (TOPIC.json) there")
    files_of: dict[tuple, Path] = {}
    for path in paths:
        rows = validated_json(list[kind], read_text(path), path)
        first = files_of.setdefault(tuple((row.preference, row.question) for row in rows), path)
        if first != path:
            raise InputError(f"{path}: has the rows of {first.name}; delete one of them")
        yield path.stem, rows


def _asked(topic: str, number: int, row: _Asked) -> dict:
    item_id = f"{topic}_{number:03d}"
    return {"item_id": item_id, "topic": topic, "question": row.question, "should_use": (row.preference,)}


def _alternating(texts: Sequence[str]) -> tuple[Said, ...]:
    """The messages of one session, in which user and assistant take turns."""
    return tuple(
        Said(session=0, speaker="assistant" if number % 2 else "user", text=text) for number, text in enumerate(texts)
    )
