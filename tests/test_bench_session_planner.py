"""Who is asked what, and when: fixed by seed, profile and session alone, and as habitual as the world says."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import pytest

from pum.bench.catalogue import load_preferences, load_request_types
from pum.bench.profiles import Profile, generate_profiles
from pum.bench.session_planner import SessionPlan, SessionPlanner
from pum.bench.tasks.collection import read_tasks
from pum.bench.types import Task
from pum.config.params import WorldParams, load_params
from pum.core.paths import DATA

PHRASEBOOK, CATALOGUE = load_request_types(), load_preferences()
WORLD = load_params().world
TASKS = read_tasks(DATA / "tasks.jsonl")
# Eight datasets of three tasks: what is measured on these does not change when tasks are added.
EIGHT = (
    "humaneval algebra-linear algebra-polynomial arithmetic-words calculus-integration graphs-courses logic-knights "
    "statistics-dice"
).split()
FEW = [task for task in TASKS if task.dataset in EIGHT and task.task_id.endswith(("/0000", "/0001", "/0002"))]


def profile(number: int) -> Profile:
    return Profile(f"user_{number:03d}", "tester", "direct", 3, 1, 0, (("rf_001", 1.0),))


def scenario(tasks: Sequence[Task] = TASKS, seed: int = 0, **changes: object) -> SessionPlanner:
    return SessionPlanner(
        tasks, PHRASEBOOK, CATALOGUE, WorldParams.model_validate({**WORLD.model_dump(), **changes}), seed
    )


def plans(of: SessionPlanner, number: int = 0, sessions: int = 20) -> list[SessionPlan]:
    return [of.plan(profile(number), session) for session in range(sessions)]


def test_a_session_depends_on_neither_later_ones_nor_the_order_of_asking() -> None:
    whole = plans(scenario())
    assert plans(scenario(), sessions=5) == whole[:5]
    backwards = scenario()
    assert [backwards.plan(profile(0), session) for session in reversed(range(20))] == whole[::-1]


def test_a_profile_does_not_depend_on_others_being_asked() -> None:
    shared = scenario()
    plans(shared, number=1)
    assert plans(shared, number=0) == plans(scenario(), number=0)


def test_the_order_of_the_tasks_file_does_not_matter() -> None:
    assert plans(scenario(TASKS[::-1])) == plans(scenario())


def test_users_and_seeds_differ() -> None:
    runs = [plans(scenario(), number=number) for number in range(4)] + [plans(scenario(seed=1))]
    for place, one in enumerate(runs):
        for other in runs[place + 1 :]:
            assert sum(a == b for a, b in zip(one, other, strict=True)) <= 2


def test_no_task_repeats_before_all_of_its_dataset_were_met() -> None:
    repeated = 0
    for number in range(3):
        met: dict[str, list[str]] = {}
        for plan in plans(scenario(FEW), number, sessions=48):
            met.setdefault(plan.task.dataset, []).append(plan.task.task_id)
        for ids in met.values():
            rounds = [ids[start : start + 3] for start in range(0, len(ids), 3)]
            assert all(len(set(round_)) == len(round_) for round_ in rounds), ids
            repeated += sum(len(round_) == 3 and round_ != rounds[0] for round_ in rounds)
    assert repeated >= 3, "each round has an order of its own"


def test_users_meet_the_tasks_in_orders_of_their_own() -> None:
    one = [task for task in TASKS if task.dataset == "algebra-linear"]
    firsts = {scenario(one).plan(profile(number), 0).task.task_id for number in range(20)}
    assert len(firsts) > 10


def test_occasions_go_with_the_task() -> None:
    openings, followups, world = Counter(), Counter(), scenario(FEW)
    for number in range(40):
        for plan in plans(world, number, sessions=8):
            assert plan.opening.role == "opening" and plan.opening.needs.matches(plan.task.tags)
            assert all(it.role == "followup" and it.needs.matches(plan.task.tags) for it in plan.followups)
            openings[plan.opening.id] += 1
            followups.update(it.id for it in plan.followups)
    assert set(openings) == {request_type.id for request_type in PHRASEBOOK.openings}
    assert set(followups) == {request_type.id for request_type in PHRASEBOOK.followups}


@pytest.mark.parametrize("most", [0, 1, 2, 5])
def test_followups_are_different_and_at_least_one_if_there_are_any(most: int) -> None:
    counts = set()
    for number in range(10):
        for plan in plans(scenario(FEW, followups=most), number, sessions=10):
            ids = [request_type.id for request_type in plan.followups]
            assert len(set(ids)) == len(ids)
            counts.add(len(ids))
    assert counts == (set(range(1, most + 1)) if most else {0})


@pytest.mark.parametrize(("share", "low", "high"), [(0.0, 0, 0), (0.2, 0.13, 0.27), (1.0, 1, 1)])
def test_vague_openings_have_the_share_asked_for(share: float, low: float, high: float) -> None:
    world = scenario(FEW, vague_openings=share)
    vague = [plan.vague for number in range(40) for plan in plans(world, number, 5)]
    assert low <= sum(vague) / len(vague) <= high


def shares(habit: float) -> list[list[float]]:
    """Each user's shares of the datasets and of the openings on mathematics, largest first."""
    world = scenario(FEW, topic_skew=habit, coverage_bias=0.0)
    found = []
    for number in range(6):
        own = plans(world, number, sessions=25)
        for names in (
            [plan.task.dataset for plan in own],
            [plan.opening.id for plan in own if "math" in plan.task.tags],
        ):
            found.append([count / len(names) for _, count in Counter(names).most_common()])
    return found


def test_without_habits_everything_is_about_equally_likely() -> None:
    world = scenario(FEW, topic_skew=0.0, coverage_bias=0.0)
    datasets = Counter(plan.task.dataset for number in range(50) for plan in plans(world, number, sessions=8))
    assert len(datasets) == 8
    assert sum((count - 50) ** 2 / 50 for count in datasets.values()) < 24.3, "chi-squared, 7 degrees, p = 0.001"
    assert all(largest[0] < 0.5 for largest in shares(0.0) if len(largest) == 8)


def test_stronger_habits_are_more_concentrated() -> None:
    means = [sum(largest[0] for largest in shares(habit)) / 12 for habit in (0.0, 1.0, 4.0)]
    assert means[0] + 0.1 < means[1] and means[1] + 0.2 < means[2], means


def test_favourites_are_the_users_own() -> None:
    world = scenario(FEW, topic_skew=4.0)
    favourites = set()
    for number in range(10):
        favourites.add(Counter(plan.task.dataset for plan in plans(world, number, sessions=12)).most_common(1)[0][0])
    assert len(favourites) >= 4


def met(person: Profile, own: Sequence[SessionPlan]) -> float:
    """The share of the person's checkable preferences that some planned request brings up."""
    held = {id_ for id_, _ in person.preferences}
    rules = [preference for preference in CATALOGUE if preference.id in held and preference.style]
    asked = [plan.task.tags | request_type.tags for plan in own for request_type in (plan.opening, *plan.followups)]
    return sum(any(rule.when.matches(tags) for tags in asked) for rule in rules) / len(rules)


@pytest.fixture(scope="module")
def years() -> list[tuple[Profile, list[SessionPlan]]]:
    """Fifteen sessions of each of two hundred people in the world as it is shipped."""
    people = generate_profiles(WORLD.profiles, 20260321, CATALOGUE, size=WORLD.preferences_per_profile)
    world = scenario()
    return [(person, [world.plan(person, session) for session in range(15)]) for person in people]


def test_everybody_meets_most_of_their_preferences(years: list[tuple[Profile, list[SessionPlan]]]) -> None:
    shares = [met(person, own) for person, own in years]
    assert sum(shares) / len(shares) >= 0.78
    assert min(shares) >= 0.5


def test_no_two_people_see_the_same_tasks_in_the_same_order(years: list[tuple[Profile, list[SessionPlan]]]) -> None:
    assert len({tuple(plan.task.task_id for plan in own) for _, own in years}) == len(years) == 200


def test_without_spread_requests_do_not_look_at_preferences() -> None:
    other = generate_profiles(1, 5, CATALOGUE)[0]
    same_person = replace(other, preferences=profile(0).preferences)
    still, moved = scenario(coverage_bias=0.0), scenario()
    assert [still.plan(other, n) for n in range(15)] == [still.plan(same_person, n) for n in range(15)]
    assert [moved.plan(other, n) for n in range(15)] != [moved.plan(same_person, n) for n in range(15)]


def test_more_spread_lets_more_be_met() -> None:
    people = generate_profiles(20, 5, CATALOGUE)
    means = []
    for spread in (0.0, 3.0, 8.0):
        world = scenario(coverage_bias=spread)
        shares = [met(person, [world.plan(person, session) for session in range(15)]) for person in people]
        means.append(sum(shares) / 20)
    assert means[0] + 0.1 < means[1] < means[2]
