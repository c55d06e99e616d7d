"""Explanations and comparisons from data/facts.yaml, graded by the facts that a reply must state."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from pum.bench.tasks.datasets import DATASETS, GRADERS, DatasetRequest, Grader
from pum.bench.tasks.statements import states_facts
from pum.bench.types import Task
from pum.core import rng
from pum.core.files import read_yaml
from pum.core.paths import DATA
from pum.core.validation import Text, Texts, refuse_repeats, validated

FACTS = DATA / "facts.yaml"
COMPARISON_DIFFICULTY = 0.35


class _FactsSection(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ExplanationEntry(_FactsSection):
    """A right answer states every pattern of `facts` and none of `wrong` (for patterns, see `statements`)."""

    id: Text
    prompt: Text
    difficulty: Annotated[float, Field(ge=0, le=1)]
    facts: Texts
    wrong: Texts
    answer: Text
    wrong_answer: Text


class ComparisonEntry(_FactsSection):
    """Two subjects (name, pattern), and the facts that must be stated about each.

    The first phrasing of a fact is wrong about the other subject. `answer` has the slots {0} and {1} for the names.
    """

    id: Text
    prompt: Text
    subjects: tuple[tuple[Text, Text], tuple[Text, Text]]
    facts: tuple[tuple[Text], tuple[Text]]
    answer: Annotated[str, Field(pattern=r"\{0\}.*\{1\}")]

    def answer_about(self, first: int) -> str:
        """The answer with `first` as its first subject: 0 makes it right, 1 makes it wrong."""
        names = [name for name, _ in self.subjects]
        text = self.answer.format(names[first], names[1 - first])
        return text[0].upper() + text[1:]


class _FactsFile(_FactsSection):
    explanations: Annotated[tuple[ExplanationEntry, ...], Field(min_length=1)]
    comparisons: Annotated[tuple[ComparisonEntry, ...], Field(min_length=1)]


def load_facts(path: Path = FACTS) -> tuple[tuple[ExplanationEntry, ...], tuple[ComparisonEntry, ...]]:
    """The explanations and comparisons of the file; InputError names file and key."""
    content = validated(_FactsFile, read_yaml(path), path)
    refuse_repeats(path, "id", (entry.id for entry in (*content.explanations, *content.comparisons)))
    return content.explanations, content.comparisons


@DATASETS.register("explanations")
def build_explanations(request: DatasetRequest) -> Iterator[Task]:
    """Questions that ask for an explanation, in a seeded order."""
    explanations, _ = load_facts()
    for entry in sorted(explanations, key=lambda entry: rng.key(request.seed, "explanations", entry.id)):
        judged_by = {"facts": list(entry.facts), "wrong": list(entry.wrong), "wrong_answer": entry.wrong_answer}
        yield _task("explanations", "explanation", entry, entry.answer, entry.difficulty, judged_by)


@DATASETS.register("comparisons")
def build_comparisons(request: DatasetRequest) -> Iterator[Task]:
    """Questions that ask for the difference between two things, in a seeded order."""
    _, comparisons = load_facts()
    for entry in sorted(comparisons, key=lambda entry: rng.key(request.seed, "comparisons", entry.id)):
        judged_by = {
            "subjects": [list(subject) for subject in entry.subjects],
            "facts": [phrasings for (phrasings,) in entry.facts],
            "wrong_answer": entry.answer_about(first=1),
        }
        yield _task("comparisons", "comparison", entry, entry.answer_about(first=0), COMPARISON_DIFFICULTY, judged_by)


def _task(
    dataset: str,
    topic: str,
    entry: ExplanationEntry | ComparisonEntry,
    answer: str,
    difficulty: float,
    judged_by: Mapping[str, Any],
) -> Task:
    return Task(
        task_id=f"{dataset}/{entry.id}",
        dataset=dataset,
        topic=topic,
        statement=entry.prompt,
        answer=answer,
        tags=frozenset({topic}),
        difficulty=difficulty,
        entry={"grader": "facts", **judged_by},
    )


def _whole_reply(entry: dict, reply: str) -> str | None:
    return reply if reply.strip() else None


GRADERS.register("facts")(
    Grader(states_facts, is_cheap=True, submission=_whole_reply)  # its tasks bring their wrong answers
)
