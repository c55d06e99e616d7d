"""What a real model is asked in order to learn how it behaves: short conversations, each planned around one preference.

A chain opens with a request (and, where the preference is about follow-ups, a follow-up), then asks for something that
the reply violated, then makes a request of the same kind again. Notes of known number, place and form stand in the
system prompt. Each reply tells about every preference that applies, so a few hundred replies say much.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pum.bench.catalogue import RequestType, UtteranceTemplates
from pum.bench.types import Preference, Task
from pum.core.rng import key, pick, uniform

# How many notes a chain gets, each as often as it stands here; many notes are dear, so they are rarer.
NOTE_COUNTS = (0, 0, 0, 0, 0, 0, 1, 1, 1, 2, 2, 4, 4, 4, 8, 8, 8, 16, 16, 32)
_TASKS = 3
_NOTED = 0.6
_OWN_WORDS = 0.25


@dataclass(frozen=True)
class Chain:
    """One planned conversation: requests about `tasks` on `opening`, or on `followup` to the first of them.

    `notes` pairs each noted preference with its text, in the order of the prompt; `own_words`: these are what users
    said, not what cards say.
    """

    luck: tuple[object, ...]
    focus: str
    tasks: tuple[Task, ...]
    opening: RequestType
    followup: RequestType | None
    notes: tuple[tuple[Preference, str], ...]
    own_words: bool

    @property
    def occasion(self) -> RequestType:
        """The one that the focus is about."""
        return self.followup or self.opening


def plan_chains(
    catalogue: Sequence[Preference], phrasebook: UtteranceTemplates, tasks: Sequence[Task], seed: int, rounds: int
) -> Iterator[Chain]:
    """`rounds` chains for each preference that can be checked, a whole round before the next one."""
    occasions = (*phrasebook.openings, *phrasebook.followups, _disputing(phrasebook))
    for round_ in range(rounds):
        for preference in catalogue:
            if preference.style:
                chain = _plan(preference, catalogue, occasions, tasks, (seed, "calibration", preference.id, round_))
                if chain:
                    yield chain


def _plan(
    focus: Preference,
    catalogue: Sequence[Preference],
    occasions: Sequence[RequestType],
    tasks: Sequence[Task],
    luck: tuple[object, ...],
) -> Chain | None:
    """None when no task and occasion let the preference apply."""
    shuffled = sorted(tasks, key=lambda task: key(*luck, task.task_id))
    # One task of each dataset is enough to see on which occasions the preference can apply at all.
    samples = {(task.dataset, task.traits): task for task in shuffled}.values()
    fitting = [occasion for occasion in occasions if any(_applies(focus, occasion, task) for task in samples)]
    if not fitting:
        return None
    occasion = pick(fitting, *luck, "occasion")
    chosen = [task for task in shuffled if _applies(focus, occasion, task)][:_TASKS]
    own_words = uniform(*luck, "form") < _OWN_WORDS
    count = int(pick(NOTE_COUNTS, *luck, "notes"))
    noted = _noted(focus, catalogue, chosen[0].traits | occasion.traits, count, luck)
    opens = occasion.role == "opening"
    return Chain(
        luck=luck,
        focus=focus.id,
        tasks=tuple(chosen if opens else chosen[:1]),
        opening=occasion if opens else next(o for o in occasions if o.id == "plain"),
        followup=None if opens else occasion,
        notes=tuple((p, pick(p.wordings, *luck, "words", p.id) if own_words else p.note) for p in noted),
        own_words=own_words,
    )


def _applies(preference: Preference, occasion: RequestType, task: Task) -> bool:
    return occasion.needs.matches(task.traits) and preference.when.matches(task.traits | occasion.traits)


def _noted(
    focus: Preference, catalogue: Sequence[Preference], traits: frozenset[str], count: int, luck: tuple[object, ...]
) -> list[Preference]:
    """`count` preferences in any order, none contradicting another: about half of those that apply, then others."""
    applicable = [p for p in catalogue if p.style and p.when.matches(traits)]
    first = [p for p in applicable if uniform(*luck, "noted", p.id) < _NOTED] or [focus]
    first.sort(key=lambda p: (p is not focus, key(*luck, "first", p.id)))
    others = sorted((p for p in catalogue if not p.when.matches(traits)), key=lambda p: key(*luck, "other", p.id))
    chosen: list[Preference] = []
    for preference in (*first, *others):
        if len(chosen) < count and all(preference.id not in other.contradicts for other in chosen):
            chosen.append(preference)
    return sorted(chosen, key=lambda p: key(*luck, "place", p.id))


def _disputing(phrasebook: UtteranceTemplates) -> RequestType:
    """Saying that the answer is wrong, as if it were a follow-up of its own."""
    return RequestType("plain", "followup", frozenset({"plain", "wrong_answer"}), phrasebook.wrong_answer)
