"""From replies to observations: who did what was noted or asked, who did it unprompted, and who solved the task."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pum.bench.checkers.checking import check
from pum.bench.tasks.grading import VerdictStore, grade
from pum.bench.types import Preference, Situation, Verdict
from pum.calibration.records import Record


@dataclass(frozen=True)
class Observation:
    """One yes or no. `kind`: unprompted, noted, asked or solve; `name`: the style, or the task's dataset.

    `x` are the covariates of its curve (see `pum.bench.agent.curves`): notes, place and own_words for noted, distance
    for asked, difficulty and prompt_tokens for solve.
    """

    kind: str
    name: str
    x: tuple[float, ...]
    success: bool


def observe(record: Record, catalogue: Mapping[str, Preference], verdicts: VerdictStore) -> Iterator[Observation]:
    """Everything the reply tells.

    A style counts as followed when its checker does not object, which is when a user has nothing to ask for. Once
    something was asked for, the others are left out, and so is what contradicts a note or a wish.
    """
    task = record.task
    situation = Situation(task, frozenset(record.tags))
    noted = {id_: place for place, id_ in enumerate(record.notes) if id_ in catalogue}
    asked = dict(record.asked)
    wanted = [catalogue[id_] for id_ in (*noted, *asked) if id_ in catalogue]
    for style, preference in _applicable(catalogue, situation.tags, {*noted, *asked}).items():
        if any(preference.id in other.contradicts for other in wanted):
            continue
        followed = check(style, record.reply, situation) is not Verdict.VIOLATED
        if preference.id in asked:
            yield Observation("asked", style, (float(asked[preference.id]),), followed)
        elif asked:
            continue
        elif preference.id in noted:
            count = len(record.notes)
            place = noted[preference.id] / (count - 1) if count > 1 else 0.5
            yield Observation("noted", style, (float(count), round(place, 3), float(record.own_words)), followed)
        else:
            yield Observation("unprompted", style, (), followed)
    if record.answers_task:
        x = (task.difficulty, float(record.prompt_tokens))
        yield Observation("solve", task.dataset, x, grade(task, record.reply, verdicts))


def violated(record: Record, catalogue: Mapping[str, Preference]) -> list[Preference]:
    """What a user with every preference could ask for after this reply, except what contradicts a note or a wish."""
    situation = Situation(record.task, frozenset(record.tags))
    wanted = {*record.notes, *(id_ for id_, _ in record.asked)}
    return [
        preference
        for style, preference in _applicable(catalogue, situation.tags, wanted).items()
        if not preference.contradicts & wanted
        and preference.id not in dict(record.asked)
        and check(style, record.reply, situation) is Verdict.VIOLATED
    ]


def _applicable(catalogue: Mapping[str, Preference], tags: frozenset[str], wanted: set[str]) -> dict[str, Preference]:
    """By style; of several preferences with the same style one that is wanted stands for it."""
    fitting = [p for p in catalogue.values() if p.style and p.when.matches(tags)]
    return {p.style: p for p in sorted(fitting, key=lambda p: p.id in wanted)}
