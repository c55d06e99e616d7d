"""Multiple-choice questions (logiqa, mmlu, medqa) from a local folder or the hub, and their grader."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, Field

from pum.bench.tasks.datasets import DATASETS, GRADERS, DatasetRequest, Grader, HubDataset, form_tags, rows
from pum.bench.types import Task

LETTERS = "ABCDEFGHIJ"
STATEMENT_LIMIT = 1600

LOGIQA = HubDataset("lucasmccabe/logiqa", split="test", revision="refs/convert/parquet")
MMLU = HubDataset("cais/mmlu", split="test", config="all")
MEDQA = HubDataset("GBaker/MedQA-USMLE-4-options", split="test")

# MMLU's subjects by topic; all others are "knowledge".
TOPIC_OF_SUBJECT = {
    "abstract_algebra": "algebra",
    "elementary_mathematics": "arithmetic",
    "high_school_mathematics": "math",
    "college_mathematics": "math",
    "high_school_statistics": "statistics",
    "formal_logic": "logic",
    "logical_fallacies": "logic",
}
MATHEMATICS = frozenset({"algebra", "arithmetic", "math", "statistics"})
_LETTER = re.compile(r"(?:(?:option|choice|answer)\s+)?[(\[]?([A-J])[)\]]?\s*(?:$|[).:,;]\s*|[-\N{EN DASH}]\s+)", re.I)

_FURTHER_LETTER = re.compile(r"(?<![\w'])([A-J])(?=\s*(?:$|[)\].:,;/]|(?:or|and)\b))")


def _no_empty_option(options: list[str]) -> list[str]:
    if not all(option.strip() for option in options):
        raise ValueError("an option is empty")
    return options


Options = Annotated[list[str], Field(min_length=2, max_length=len(LETTERS)), AfterValidator(_no_empty_option)]


class LogiqaRow(BaseModel):
    """`correct_option` is the index of the right option, from 0; some copies have it as a string."""

    context: str
    query: str
    options: Options
    correct_option: Annotated[int, Field(ge=0)]


class MmluRow(BaseModel):
    """`answer` is the index of the right choice, from 0."""

    question: str
    subject: str
    choices: Options
    answer: Annotated[int, Field(ge=0)]


class MedqaRow(BaseModel):
    """`options` maps letters to texts; `answer_idx` is the letter of the right one."""

    question: str
    options: Annotated[dict[str, str], Field(min_length=2)]
    answer_idx: str


@DATASETS.register("logiqa")
def build_logiqa(request: DatasetRequest) -> Iterator[Task]:
    """Logical reading comprehension."""
    for number, row in rows("logiqa", LOGIQA, LogiqaRow, request):
        question = f"{row.context.strip()}\n\n{row.query.strip()}"
        yield from _task("logiqa", number, question, row.options, row.correct_option, "logic", 0.6)


@DATASETS.register("mmlu")
def build_mmlu(request: DatasetRequest) -> Iterator[Task]:
    """Questions of 57 school and college subjects."""
    for number, row in rows("mmlu", MMLU, MmluRow, request):
        topic = TOPIC_OF_SUBJECT.get(row.subject, "knowledge")
        difficulty = 0.6 if row.subject.startswith(("college", "professional", "abstract")) else 0.4
        yield from _task("mmlu", number, row.question, row.choices, row.answer, topic, difficulty)


@DATASETS.register("medqa")
def build_medqa(request: DatasetRequest) -> Iterator[Task]:
    """Questions of the United States medical licensing examination."""
    for number, row in rows("medqa", MEDQA, MedqaRow, request):
        letters = sorted(row.options)
        if row.answer_idx in letters:
            options = [row.options[letter] for letter in letters]
            yield from _task("medqa", number, row.question, options, letters.index(row.answer_idx), "medicine", 0.6)


def _task(
    dataset: str, number: int, question: str, options: Sequence[str], right: int, topic: str, difficulty: float
) -> Iterator[Task]:
    """Yields the task, or nothing when the key is not an option or the statement is too long."""
    listed = "\n".join(f"{letter}. {option.strip()}" for letter, option in zip(LETTERS, options, strict=False))
    statement = f"{question.strip()}\n\n{listed}"
    if right >= len(options) or len(statement) > STATEMENT_LIMIT:
        return
    tags = {topic} | ({"math"} if topic in MATHEMATICS else set()) | form_tags(LETTERS[right], difficulty)
    yield Task(
        task_id=f"{dataset}/{number:05d}",
        dataset=dataset,
        topic=topic,
        statement=statement,
        answer=LETTERS[right],
        tags=frozenset(tags),
        difficulty=difficulty,
        entry={"grader": "multiple_choice", "options": list(options), "answer": LETTERS[right]},
    )


def chosen_right(entry: Mapping[str, Any], answer: str) -> bool:
    """The grader: does the answer choose the right option, by its letter or in its words?"""
    return _chosen(entry["options"], answer) == LETTERS.index(entry["answer"])


def _chosen(options: Sequence[str], answer: str) -> int | None:
    given, texts = _bare(answer), [_bare(option) for option in options]
    if given in texts:
        return texts.index(given)
    if found := _LETTER.match(answer.strip()):
        places = {LETTERS.index(letter) for letter in _FURTHER_LETTER.findall(answer.strip(), found.end())}
        place = LETTERS.index(found[1].upper())
        return place if place < len(options) and not places & set(range(len(options))) - {place} else None
    named = [place for place, text in enumerate(texts) if re.search(rf"(?<!\w){re.escape(text)}(?!\w)", given)]
    return named[0] if len(named) == 1 else None


def _bare(text: str) -> str:
    return " ".join(text.lower().split()).strip(" .")


def _other_letters(task: Task) -> set[str]:
    return set(LETTERS[: len(task.entry["options"])]) - {task.answer}


GRADERS.register("multiple_choice")(Grader(chosen_right, is_cheap=True, wrong_answers=_other_letters))
