"""Who is asked what, and when: the sessions of each profile, fixed by the seed and the same for every method."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from pum.bench.catalogue import Occasion, Phrasebook
from pum.bench.profiles import Profile
from pum.bench.world import Task
from pum.params import WorldParams
from pum.rng import generator, pick, uniform


@dataclass(frozen=True)
class SessionPlan:
    """One session as its user means it to go: a task, asked in some manner, then follow-up requests about it."""

    task: Task
    opening: Occasion
    vague: bool
    followups: tuple[Occasion, ...]


class Scenario:
    """The plans of all sessions. None depends on how many follow: a longer run only adds some at the end."""

    def __init__(self, tasks: Sequence[Task], phrasebook: Phrasebook, world: WorldParams, seed: int) -> None:
        self._by_dataset: dict[str, list[Task]] = {}
        for task in sorted(tasks, key=lambda task: task.task_id):
            self._by_dataset.setdefault(task.dataset, []).append(task)
        self._names = sorted(self._by_dataset)
        self._phrasebook, self._world, self._seed = phrasebook, world, seed

    def plan(self, profile: Profile, session: int) -> SessionPlan:
        luck = (self._seed, "plan", profile.user_id, session)
        task = self._task(profile, session)
        opening = self._occasions(self._phrasebook.openings, profile, task, 1, *luck, "opening")[0]
        wanted = 1 + int(uniform(*luck, "count") * self._world.followups) if self._world.followups else 0
        return SessionPlan(
            task=task,
            opening=opening,
            vague=uniform(*luck, "vague") < self._world.vague_openings,
            followups=self._occasions(self._phrasebook.followups, profile, task, wanted, *luck, "followups"),
        )

    def _task(self, profile: Profile, session: int) -> Task:
        """From a dataset by the profile's habits; in an order of the profile's own, none twice before all were met."""
        names = [self._dataset(profile, earlier) for earlier in range(session + 1)]
        tasks = self._by_dataset[names[-1]]
        round_, place = divmod(names[:-1].count(names[-1]), len(tasks))
        order = generator(self._seed, "tasks", profile.user_id, names[-1], round_).permutation(len(tasks))
        return tasks[order[place]]

    def _dataset(self, profile: Profile, session: int) -> str:
        return self._by_habit(self._names, profile, self._seed, "dataset", profile.user_id, session)[0]

    def _occasions(
        self, occasions: Sequence[Occasion], profile: Profile, task: Task, count: int, *luck: object
    ) -> tuple[Occasion, ...]:
        """`count` different occasions that go with the task."""
        fitting = {occasion.id: occasion for occasion in occasions if occasion.needs.matches(task.traits)}
        return tuple(fitting[id_] for id_ in self._by_habit(list(fitting), profile, *luck)[:count])

    def _by_habit(self, names: Sequence[str], profile: Profile, *luck: object) -> list[str]:
        """`names` shuffled, the profile's favourites first (weights exp(habit x normal), by Gumbel's trick)."""
        keys = {}
        for name in names:
            gumbel = -math.log(-math.log(uniform(*luck, name) + 1e-12) + 1e-12)
            keys[name] = round(self._world.habit * _normal(self._seed, "habit", profile.user_id, name) + gumbel, 9)
        return sorted(names, key=lambda name: (-keys[name], name))


def phrase(occasion: Occasion, *luck: object) -> str:
    """One of the ways to say it."""
    return str(pick(occasion.phrasings, *luck, occasion.id))


def _normal(*parts: object) -> float:
    """A standard normal draw (Box-Muller), without the cost of a generator."""
    radius = math.sqrt(-2.0 * math.log(1.0 - uniform(*parts, 1)))
    return radius * math.cos(2.0 * math.pi * uniform(*parts, 2))
