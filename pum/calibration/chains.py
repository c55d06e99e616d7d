"""Plans the conversations ("chains") that measure a real model's behaviour; each is about one preference.

A chain opens with a request (and a follow-up, if the preference is about follow-ups), asks for something that the reply
violated, and then makes a similar request. The system prompt holds notes whose number, place and form are known. Each
reply is checked for every preference that applies, so a few hundred replies are enough.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pum.bench.catalogue import RequestType, UtteranceTemplates
from pum.bench.types import Preference, Task
from pum.core.rng import key, pick, uniform

# The number of notes in a chain is drawn from these; many notes cost many tokens, so they are rarer.
NOTE_COUNTS = (0, 0, 0, 0, 0, 0, 1, 1, 1, 2, 2, 4, 4, 4, 8, 8, 8, 16, 16, 32)
_TASKS = 3
_NOTED = 0.6
_OWN_WORDS = 0.25


@dataclass(frozen=True)
class Chain:
    """One planned conversation: an `opening` request for each of `tasks`, or a `followup` to the first one.

    `notes` pairs each noted preference with its text, in the order of the prompt. `own_words`: the texts are users'
    wordings instead of cards' notes.
    """

    random_key: tuple[object, ...]
    focus: str
    tasks: tuple[Task, ...]
    opening: RequestType
    followup: RequestType | None
    notes: tuple[tuple[Preference, str], ...]
    own_words: bool

    @property
    def request_type(self) -> RequestType:
        """The request type that the focus is about."""
        return self.followup or self.opening


def plan_chains(
    catalogue: Sequence[Preference], templates: UtteranceTemplates, tasks: Sequence[Task], seed: int, rounds: int
) -> Iterator[Chain]:
    """`rounds` chains for each preference that can be checked, a whole round before the next one."""
    request_types = (*templates.openings, *templates.followups, disputing(templates))
    for round_ in range(rounds):
        for preference in catalogue:
            if preference.style:
                chain = _plan(preference, catalogue, request_types, tasks, (seed, "calibration", preference.id, round_))
                if chain:
                    yield chain


def _plan(
    focus: Preference,
    catalogue: Sequence[Preference],
    request_types: Sequence[RequestType],
    tasks: Sequence[Task],
    random_key: tuple[object, ...],
) -> Chain | None:
    """A chain about `focus`; None if it applies to no task and request type."""
    shuffled = sorted(tasks, key=lambda task: key(*random_key, task.task_id))
    # One task of each dataset is enough to see for which request types the preference can apply.
    samples = {(task.dataset, task.tags): task for task in shuffled}.values()
    fitting = [
        request_type for request_type in request_types if any(applies(focus, request_type, task) for task in samples)
    ]
    if not fitting:
        return None
    request_type = pick(fitting, *random_key, "occasion")
    chosen = [task for task in shuffled if applies(focus, request_type, task)][:_TASKS]
    own_words = uniform(*random_key, "form") < _OWN_WORDS
    count = int(pick(NOTE_COUNTS, *random_key, "notes"))
    noted = _noted(focus, catalogue, chosen[0].tags | request_type.tags, count, random_key)
    opens = request_type.role == "opening"
    return Chain(
        random_key=random_key,
        focus=focus.id,
        tasks=tuple(chosen if opens else chosen[:1]),
        opening=request_type if opens else next(o for o in request_types if o.id == "plain"),
        followup=None if opens else request_type,
        notes=tuple((p, pick(p.wordings, *random_key, "words", p.id) if own_words else p.note) for p in noted),
        own_words=own_words,
    )


def applies(preference: Preference, request_type: RequestType, task: Task) -> bool:
    """Can users make this request about the task, and does the preference then apply?"""
    return request_type.needs.matches(task.tags) and preference.when.matches(task.tags | request_type.tags)


def _noted(
    focus: Preference, catalogue: Sequence[Preference], tags: frozenset[str], count: int, random_key: tuple[object, ...]
) -> list[Preference]:
    """`count` preferences without contradictions: some that apply come first, then others; the result is shuffled."""
    applicable = [p for p in catalogue if p.style and p.when.matches(tags)]
    first = [p for p in applicable if uniform(*random_key, "noted", p.id) < _NOTED] or [focus]
    first.sort(key=lambda p: (p is not focus, key(*random_key, "first", p.id)))
    others = sorted((p for p in catalogue if not p.when.matches(tags)), key=lambda p: key(*random_key, "other", p.id))
    chosen: list[Preference] = []
    for preference in (*first, *others):
        if len(chosen) < count and all(preference.id not in other.contradicts for other in chosen):
            chosen.append(preference)
    return sorted(chosen, key=lambda p: key(*random_key, "place", p.id))


def disputing(templates: UtteranceTemplates) -> RequestType:
    """A request type for telling the model that its answer is wrong."""
    return RequestType("plain", "followup", frozenset({"plain", "wrong_answer"}), templates.wrong_answer)
