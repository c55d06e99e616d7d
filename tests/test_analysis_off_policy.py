"""Off-policy estimates against a policy that was really run, and replays against the run that they replay."""

from itertools import combinations, pairwise

import numpy as np
import pandas as pd
import pytest

from pum.analysis.logged import LoggedTurn, LoggedUser, Replayed, best, logged_users, replay
from pum.analysis.off_policy import (
    Decisions,
    draw_set,
    estimates,
    known_answer,
    logged_decisions,
    mean_outcome,
    set_probability,
)
from pum.analysis.sensitivity import READINGS, dual, sensitivity
from pum.retrieval.embed import load_embedder
from pum.runner.batch import run
from pum.runner.config import RunConfig
from pum.user_model.item_space import load_item_space
from pum.user_model.reinforce import Rates, Reinforce
from pum.user_model.vectors import UserVectors
from tests.small_runs import EMBEDDER, small_files, small_params

CARDS, TOP_J = 6, 2


def test_the_probabilities_of_all_sets_sum_to_one_and_are_those_of_drawing() -> None:
    logits = np.array([1.0, 0.2, -0.5, 2.0, 0.0])
    sets = {chosen: set_probability(logits, chosen) for chosen in combinations(range(5), 3)}
    assert sum(sets.values()) == pytest.approx(1.0)
    random_key = np.random.default_rng(3)
    drawn = pd.Series([tuple(sorted(draw_set(logits, 3, random_key))) for _ in range(20000)]).value_counts(
        normalize=True
    )
    for chosen, probability in sets.items():
        assert drawn.get(chosen, 0.0) == pytest.approx(probability, abs=0.015)


class Situation:
    """Cards with base scores, and a user who is the less likely to complain the more of the set she likes.

    The chance is no sum over cards (two good ones are more than twice as good), so that a linear model is wrong.
    """

    def __init__(self, random_key: np.random.Generator) -> None:
        self.base = random_key.normal(size=CARDS)
        self.good = random_key.random(CARDS) < 0.4

    def complains(self, chosen: tuple[int, ...]) -> float:
        return (0.9, 0.75, 0.1)[int(self.good[list(chosen)].sum())]

    def features(self, chosen: tuple[int, ...]) -> np.ndarray:
        return np.array([self.base[list(chosen)].mean(), self.good[list(chosen)].mean()])

    def other(self) -> tuple[int, ...]:
        """Another policy: the good cards first."""
        return tuple(np.argsort(-(self.base + 1.0 * self.good))[:TOP_J].tolist())


def play(count: int, random_key: np.random.Generator) -> tuple[Decisions, float]:
    """A log of a sampling policy, and what the other policy got when it was run on the same situations."""
    situations = [Situation(random_key) for _ in range(count)]
    chosen = [draw_set(one.base, TOP_J, random_key) for one in situations]
    others = [one.other() for one in situations]
    ran = np.mean([random_key.random() < one.complains(other) for one, other in zip(situations, others, strict=True)])
    weight = [
        (set(mine) == set(other)) / set_probability(one.base, other)
        for one, mine, other in zip(situations, chosen, others, strict=True)
    ]
    decisions = Decisions(
        user_id=[f"u{number % 20:02d}" for number in range(count)],
        outcome=np.array(
            [float(random_key.random() < one.complains(mine)) for one, mine in zip(situations, chosen, strict=True)]
        ),
        weight=np.array(weight),
        features=np.array([one.features(mine) for one, mine in zip(situations, chosen, strict=True)]),
        other_features=np.array([one.features(other) for one, other in zip(situations, others, strict=True)]),
    )
    return decisions, float(ran)


def test_all_three_find_what_running_the_other_policy_gives() -> None:
    found = []
    for seed in range(30):
        decisions, ran = play(250, np.random.default_rng(seed))
        found.append({name: one.mean for name, one in estimates(decisions, 2, seed).items()} | {"ran": ran})
    table = pd.DataFrame(found)
    error = table.sub(table.ran, axis=0)
    assert abs(error.logged.mean()) > 0.05, "the other policy is another one"
    for name in ("ips", "snips", "dr"):
        assert abs(error[name].mean()) < 3 * error[name].std() / np.sqrt(len(error)) + 0.005, name
    assert error.dr.std() < error.ips.std(), "an outcome model, though wrong, spares variance"


@pytest.mark.slow
def test_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    truth = np.mean([play(400, np.random.default_rng(1000 + seed))[1] for seed in range(60)])
    held = 0
    for seed in range(60):
        estimate = estimates(play(400, np.random.default_rng(seed))[0], 200, seed)["dr"]
        held += estimate.low <= truth <= estimate.high
    assert held >= 51


def test_the_policy_that_logged_is_worth_what_it_logged() -> None:
    features = np.random.default_rng(0).normal(size=(30, 2))
    same = Decisions(["a", "b", "c"] * 10, np.arange(30) % 2 * 1.0, np.ones(30), features, features)
    for estimate in estimates(same, 50, 1).values():
        assert estimate.mean == pytest.approx(0.5)
    assert (same.overlap, same.effective) == (1.0, pytest.approx(30))
    never = Decisions(same.user_id, same.outcome, np.zeros(30), features, features)
    assert (never.overlap, never.effective) == (0.0, 0.0)
    assert np.isnan(estimates(never, 50, 1)["snips"].mean), "a log without overlap says nothing"


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[LoggedUser], Reinforce, pd.DataFrame]:
    """A small run of rag_vector, read back from its results, with its learner."""
    folder = tmp_path_factory.mktemp("played")
    params = small_params(n_profiles=2, n_sessions=3)
    settings = params.methods["rag_vector"]
    both = settings["user_model"] | {"beta_short": 5.0, "eta_short": 2.0}
    settings = settings | {"top_j": 1, "user_model": both}
    params = params.model_copy(update={"methods": params.methods | {"rag_vector": settings}})
    config = RunConfig("smoke", params.study("smoke"), "rag_vector", params, small_files())
    run(config, folder / "rag_vector", work=folder / "work")
    embedder = load_embedder(EMBEDDER)
    space = load_item_space(small_files().item_space, embedder.identity)
    turns, users = (pd.read_parquet(folder / "rag_vector" / f"{name}.parquet") for name in ("turns", "users"))
    found = logged_users(turns, users, lambda notes: space.project(embedder.encode(notes)), {})
    return found, Reinforce(Rates.model_validate(settings["user_model"]), settings["temperature"]), turns


def test_a_replay_ends_with_the_very_vectors_of_the_run(played: tuple) -> None:
    users, learner, _ = played
    assert any(user.z_long.any() for user in users)
    for user in users:
        again = replay(user, learner)
        assert np.array_equal(again.final.z_long, user.z_long)
        for bonus, turn in zip(again.bonus, user.turns, strict=True):
            assert bonus == pytest.approx(turn.bonus, abs=1e-6)
            assert set(best(turn, bonus, 1)) == set(turn.chosen)


def test_every_logged_decision_has_the_reaction_that_came_next(played: tuple) -> None:
    users, _, turns = played
    for user in users:
        mine = turns[turns.user_id == user.user_id].sort_values(["session", "turn"])
        rows = [pair for pair in pairwise(mine.itertuples()) if pair[0].session == pair[1].session]
        assert [turn.label for turn in user.turns] == [after.reward_label for _, after in rows]
        assert [turn.enforced for turn in user.turns] == [after.enforced != "[]" for _, after in rows]


def test_other_readings_and_single_vectors_change_what_they_should(played: tuple) -> None:
    users, learner, _ = played
    table = sensitivity(users, learner, 1, 20, 1).set_index("reading")
    assert list(table.index) == list(READINGS)
    assert table.cosine["as logged"] == pytest.approx(1.0)
    assert table.norm["gate 1"] > 1.5 * table.norm["gate 0.5"]
    vectors = dual(users, learner.rates, 1.0, 1, 20, 1)
    flips = vectors.set_index("vectors").flip_rate_mean
    assert flips["none"] == 0.0 and flips["both"] > 0.0


def one_turn(session: int, right: tuple[bool, ...], enforced: bool) -> LoggedTurn:
    base = np.array([1.0, 0.0, -1.0])
    return LoggedTurn(
        session, 0, np.eye(3), base, 0 * base, np.ones(3) / 3, (0,), np.array(right), 0.5, -1.0, "", enforced
    )


def test_a_deterministic_log_speaks_of_the_turns_in_which_the_other_policy_agrees() -> None:
    turns = (one_turn(0, (True, False, False), False), one_turn(1, (False, True, False), True))
    users = [LoggedUser(0, name, turns, np.zeros(3)) for name in ("u", "w")]
    agrees, differs = np.zeros(3), np.array([0.0, 5.0, 0.0])
    target = [Replayed(UserVectors.zero(3), (agrees, differs))] * 2
    decisions = logged_decisions(users, target, "enforced next", 1)
    assert decisions.weight.tolist() == [1.0, 0.0] * 2 and decisions.overlap == 0.5
    assert estimates(decisions, 20, 1)["snips"].mean == 0.0 and mean_outcome(users, "enforced next") == 0.5


def test_on_a_sampled_log_the_known_answer_is_found() -> None:
    random_key = np.random.default_rng(5)
    users = [
        LoggedUser(
            0, f"u{n:02d}", tuple(one_turn(s, tuple(random_key.random(3) < 0.5), False) for s in range(40)), np.zeros(3)
        )
        for n in range(10)
    ]
    target = [Replayed(UserVectors.zero(3), (np.array([0.0, 3.0, 0.0]),) * 40) for _ in users]
    table = known_answer(users, target, 1.0, 1, [400], 20, 1).set_index("estimator")
    for name in ("ips", "snips", "dr"):
        assert table["mean"][name] == pytest.approx(table.truth[name], abs=0.04)
    with pytest.raises(ValueError, match="there are 400 turns with a choice, not 401"):
        known_answer(users, target, 1.0, 1, [100, 401], 1, 1)
