"""Who is asked what, and when: the sessions of each profile, fixed by the seed and the same for every method."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from pum.bench.catalogue import RequestType, UtteranceTemplates
from pum.bench.profiles import Profile
from pum.bench.types import Preference, Task
from pum.config.params import WorldParams
from pum.core.rng import generator, uniform


@dataclass(frozen=True)
class SessionPlan:
    """One session as its user means it to go: a task, asked in some manner, then follow-up requests about it."""

    task: Task
    opening: RequestType
    vague: bool
    followups: tuple[RequestType, ...]


@dataclass
class _PlannedSessions:
    """A profile's plans so far, tasks used per dataset, and the checkable preferences that no request has concerned."""

    unmet: frozenset[str]
    plans: list[SessionPlan] = field(default_factory=list)
    asked: Counter[str] = field(default_factory=Counter)


class SessionPlanner:
    """Plans all sessions. No plan depends on the number of sessions: a longer run only adds plans at the end."""

    def __init__(
        self,
        tasks: Sequence[Task],
        templates: UtteranceTemplates,
        catalogue: Sequence[Preference],
        world: WorldParams,
        seed: int,
    ) -> None:
        self._by_dataset: dict[str, list[Task]] = {}
        for task in sorted(tasks, key=lambda task: task.task_id):
            self._by_dataset.setdefault(task.dataset, []).append(task)
        self._names = sorted(self._by_dataset)
        self._request_types = {it.id: it for it in (*templates.openings, *templates.followups)}
        self._world, self._seed = world, seed
        self._checkable = [preference for preference in catalogue if preference.style]
        self._planned: dict[Profile, _PlannedSessions] = {}
        self._normal, self._order = cache(_normal), cache(_permutation)
        self._fitting, self._concerned = cache(self._find_fitting), cache(self._find_concerned)
        self._reach = {name: self._find_reach(name) for name in self._names}

    def plan(self, profile: Profile, session: int) -> SessionPlan:
        """The task and requests of `profile` in a session; preference drift does not change them."""
        if profile not in self._planned:
            held = {id_ for id_, _ in profile.preferences}
            self._planned[profile] = _PlannedSessions(frozenset(p.id for p in self._checkable if p.id in held))
        planned = self._planned[profile]
        while len(planned.plans) <= session:
            self._write_next(planned, profile)
        return planned.plans[session]

    def _write_next(self, planned: _PlannedSessions, profile: Profile) -> None:
        random_key = (self._seed, "plan", profile.user_id, len(planned.plans))
        task = self._task(planned, profile)
        opening = self._choose("opening", planned, profile, task, 1, *random_key, "opening")[0]
        planned.unmet -= self._concerned(task.tags, opening.id)
        most = self._world.followups
        wanted = 1 + int(uniform(*random_key, "count") * most) if most else 0
        followups = self._choose("followup", planned, profile, task, wanted, *random_key, "followups")
        for followup in followups:
            planned.unmet -= self._concerned(task.tags, followup.id)
        vague = uniform(*random_key, "vague") < self._world.vague_openings
        planned.plans.append(SessionPlan(task, opening, vague, followups))

    def _task(self, planned: _PlannedSessions, profile: Profile) -> Task:
        """The next task. The profile's habits choose the dataset; no task repeats before all others had a turn."""
        random_key = (self._seed, "dataset", profile.user_id, len(planned.plans))
        name = self._by_habit(
            {name: len(self._reach[name] & planned.unmet) for name in self._names}, profile, *random_key
        )[0]
        tasks = self._by_dataset[name]
        round_, place = divmod(planned.asked[name], len(tasks))
        planned.asked[name] += 1
        return tasks[self._order(len(tasks), self._seed, "tasks", profile.user_id, name, round_)[place]]

    def _choose(
        self, role: str, planned: _PlannedSessions, profile: Profile, task: Task, count: int, *random_key: object
    ) -> tuple[RequestType, ...]:
        """`count` different request types that fit the task."""
        fitting = self._fitting(role, task.tags)
        concerned = {id_: len(self._concerned(task.tags, id_) & planned.unmet) for id_ in fitting}
        return tuple(fitting[id_] for id_ in self._by_habit(concerned, profile, *random_key)[:count])

    def _by_habit(self, unmet: Mapping[str, int], profile: Profile, *random_key: object) -> list[str]:
        """The names in random order, likely ones first: weights exp(skew * normal + bias * share), by the Gumbel trick.

        The normal draw belongs to the profile. The share is the number of the profile's unmet preferences that the name
        concerns, relative to the largest such number.
        """
        most = max(unmet.values(), default=0) or 1
        keys = {}
        for name, count in unmet.items():
            gumbel = -math.log(-math.log(uniform(*random_key, name) + 1e-12) + 1e-12)
            own = self._world.topic_skew * self._normal(self._seed, "habit", profile.user_id, name)
            keys[name] = round(own + self._world.coverage_bias * count / most + gumbel, 9)
        return sorted(unmet, key=lambda name: (-keys[name], name))

    def _find_fitting(self, role: str, task_tags: frozenset[str]) -> dict[str, RequestType]:
        return {id_: it for id_, it in self._request_types.items() if it.role == role and it.needs.matches(task_tags)}

    def _find_concerned(self, task_tags: frozenset[str], request_type_id: str) -> frozenset[str]:
        """The checkable preferences that apply to this type of request on a task with these tags."""
        tags = task_tags | self._request_types[request_type_id].tags
        return frozenset(preference.id for preference in self._checkable if preference.when.matches(tags))

    def _find_reach(self, name: str) -> frozenset[str]:
        """The checkable preferences that apply to any request on any task of the dataset."""
        kinds = {task.tags for task in self._by_dataset[name]}
        requests = [(tags, it.id) for tags in kinds for it in self._request_types.values() if it.needs.matches(tags)]
        return frozenset().union(*(self._concerned(*request) for request in requests))


def _normal(*parts: object) -> float:
    """A standard normal draw (Box-Muller), without the cost of a generator."""
    radius = math.sqrt(-2.0 * math.log(1.0 - uniform(*parts, 1)))
    return radius * math.cos(2.0 * math.pi * uniform(*parts, 2))


def _permutation(size: int, *random_key: object) -> tuple[int, ...]:
    return tuple(int(place) for place in generator(*random_key).permutation(size))


class SharedSessionPlanner:
    """Plans as in MultiSessionCollab: all users bring the same tasks in the same order, vaguely, without follow-ups."""

    def __init__(self, tasks: Sequence[Task], templates: UtteranceTemplates) -> None:
        self._tasks = sorted(tasks, key=lambda task: task.task_id)
        (self._opening,) = (request_type for request_type in templates.openings if request_type.id == "plain")

    def plan(self, profile: Profile, session: int) -> SessionPlan:
        return SessionPlan(self._tasks[session % len(self._tasks)], self._opening, vague=True, followups=())
