"""Draws the preferences and occasions of the comparison, and lists its prompts, round by round."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from pum.bench.catalogue import RequestType, UtteranceTemplates
from pum.bench.types import Preference, Task
from pum.calibration.chains import applies, disputing
from pum.core.rng import key, pick

PREFERENCES, ROUNDS, TASK_ROUNDS = 24, 4, 2
RARELY = 0.25
"""Preferences are drawn from those that the model does at most so often when nobody asks."""
TRIED = frozenset(
    "bullets options_table checklist one_sentence_first analogy time_complexity no_apology tldr_first recap_last "
    "section_headings check_question encouraging_close file_name_comment usage_comment boxed_result "
    "states_assumptions".split()
)
"""Styles on which the forms were developed; they take no part."""

NONE, BASE = "none", "system"
FORMS = (BASE, "last_turn", "both", "imperative", "mixed")
Wording = Literal["action", "own_words"]
About = Literal["focus", "other", "task", "first_turn"]


@dataclass(frozen=True)
class Occasion:
    """A request to which the preference `focus` applies: the user's message, after an opening if it is a follow-up; or
    a task for the person who holds the preference.

    `texts` are the user's messages, one or two; `number` is the round.
    """

    focus: Preference
    number: int
    task: Task
    request_type: RequestType
    texts: tuple[str, ...]

    @property
    def tags(self) -> frozenset[str]:
        return self.task.tags | self.request_type.tags


@dataclass(frozen=True)
class Condition:
    """How an occasion is played: which `form` the notes have (or NONE), how many notes, in whose words.

    `about`: the notes hold the occasion's preference, or only one that does not apply (`other`), or what `rag` finds
    for a `task`; or this is the `first_turn` before a follow-up. `system`: the name of the system prompt.
    """

    form: str
    notes: int = 1
    wording: Wording = "action"
    about: About = "focus"
    system: str = "graded"


FIRST_TURN = Condition(NONE, 0, about="first_turn")
BEFORE = "answer_first"
"""The system prompt of the committed calibration."""
SINGLE = (
    Condition(NONE, 0),
    *(Condition(form) for form in FORMS),
    *(Condition(form, about="other") for form in FORMS),
    Condition(NONE, 0, system=BEFORE),
    Condition(BASE, system=BEFORE),
)
TASKS = (
    Condition(NONE, 0, about="task"),
    Condition(NONE, 0, about="task", system=BEFORE),
    *(Condition(form, 3, about="task") for form in FORMS),
)


def several(best: Sequence[str]) -> tuple[Condition, ...]:
    """The last part: the old form and the `best` two with more notes, and in the person's own words; and `mixed`, which
    differs from `imperative` only where some notes are known to apply."""
    forms = (BASE, *best)
    mixed = [Condition("mixed", 3)] if "mixed" not in best else []
    one = [Condition(form, 1, "own_words") for form in forms]
    more = [Condition(form, n, wording) for n in (3, 8) for wording in ("action", "own_words") for form in forms]
    return (*one, *mixed, *more)


class Situations:
    """The occasions of every preference, drawn by `seed`."""

    def __init__(self, templates: UtteranceTemplates, tasks: Sequence[Task], seed: int) -> None:
        self._types = (*templates.openings, *templates.followups, disputing(templates))
        self._plain = next(opening for opening in templates.openings if opening.id == "plain")
        self._tasks, self._seed = tasks, seed

    def of(self, preference: Preference, count: int) -> tuple[Occasion, ...]:
        """The first `count` occasions of a preference; fewer if there are no more. Datasets take turns."""
        return tuple(islice(self._all(preference), count))

    def tasks_for(self, drawn: Sequence[Preference]) -> Iterator[Occasion]:
        """TASK_ROUNDS tasks, all different, for each of the `drawn` preferences, a whole round before the next one."""
        order = self._in_turn("tasks")
        for place in range(TASK_ROUNDS * len(drawn)):
            number, which = divmod(place, len(drawn))
            draw = (self._seed, "note forms", "tasks", order[place].task_id)
            said = self._said(self._plain, order[place], draw)
            yield Occasion(drawn[which], ROUNDS + number, order[place], *said)

    def _all(self, preference: Preference) -> Iterator[Occasion]:
        number = 0
        for task in self._in_turn(preference.id):
            if fitting := [it for it in self._types if applies(preference, it, task)]:
                draw = (self._seed, "note forms", preference.id, task.task_id)
                yield Occasion(preference, number, task, *self._said(pick(fitting, *draw, "occasion"), task, draw))
                number += 1

    def _said(self, request_type: RequestType, task: Task, draw: tuple) -> tuple[RequestType, tuple[str, ...]]:
        types = [request_type] if request_type.role == "opening" else [self._plain, request_type]
        texts = (str(pick(it.phrasings, *draw, it.role)).replace("{statement}", task.statement) for it in types)
        return request_type, tuple(texts)

    def _in_turn(self, name: str) -> list[Task]:
        """All tasks, shuffled, so that each dataset has one task before any has its next."""
        shuffled = sorted(self._tasks, key=lambda task: key(self._seed, "note forms", name, task.task_id))
        seen: Counter[str] = Counter()
        rank = {}
        for task in shuffled:
            rank[task.task_id] = seen[task.dataset]
            seen[task.dataset] += 1
        return sorted(shuffled, key=lambda task: rank[task.task_id])


def draw_preferences(
    catalogue: Sequence[Preference], unprompted: Mapping[str, float], situations: Situations, seed: int
) -> tuple[Preference, ...]:
    """PREFERENCES checkable preferences of different styles that the model rarely meets when nobody asks.

    `unprompted`: style -> how often it does. Each has an occasion in every round.
    """
    candidates = [it for it in catalogue if it.style not in TRIED and unprompted.get(it.style or "", 1.0) <= RARELY]
    drawn: dict[str, Preference] = {}
    for preference in sorted(candidates, key=lambda it: key(seed, "note forms", it.id)):
        if len(drawn) < PREFERENCES and len(situations.of(preference, ROUNDS)) == ROUNDS:
            drawn.setdefault(str(preference.style), preference)
    return tuple(drawn.values())


def other(occasion: Occasion, drawn: Sequence[Preference], seed: int) -> Preference:
    """One of the `drawn` preferences that does not apply on this occasion."""
    rest = [it for it in drawn if not it.when.matches(occasion.tags)]
    return pick(rest, seed, "other note", occasion.focus.id, occasion.number)
