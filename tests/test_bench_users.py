"""The verifiable user as a state machine: what it says next, when it stops, and what it never gives away."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pum.bench.agent.writer import Content, write
from pum.bench.catalogue import load_preferences, load_request_types
from pum.bench.profiles import Profile
from pum.bench.session_planner import SessionPlan
from pum.bench.tasks.collection import read_tasks
from pum.bench.types import Task
from pum.bench.users.simulator import PARAPHRASES, UserAct, UserMessage, UserNoise, UserSetup
from pum.bench.users.verifiable import VerifiableUser, asks_back
from pum.core.paths import DATA
from pum.extraction.rules import RuleExtractor
from pum.feedback.keyword import keyword_reward

CATALOGUE = {preference.id: preference for preference in load_preferences()}
PHRASEBOOK = load_request_types()
OCCASIONS = {request_type.id: request_type for request_type in (*PHRASEBOOK.openings, *PHRASEBOOK.followups)}
TASKS = {task.task_id: task for task in read_tasks(DATA / "tasks.jsonl")}
LINEAR = TASKS["algebra-linear/0000"]
SECRET = [task for task in TASKS.values() if "short_answer" in task.tags and task.answer not in task.statement]

# The first two apply when LINEAR is asked, the third to the follow-up `options`, the last to a disputed answer.
ANSWER_FIRST, NAMES_OPERATIONS, BULLETS, OWNS_ERROR = "rf_003", "ms_001", "rf_001", "ec_004"
NO_NOISE, ATTENTIVE = UserNoise(), UserNoise(error_detection_rate=1.0)


class KnownAnswer:
    """In the verdict store's place, so that no grader has to be loaded: right is what equals the task's answer."""

    def __init__(self, task: Task) -> None:
        self.answer = task.answer

    def look_up(self, question: str, submission: str, judge: Callable[[str, str], bool]) -> bool:
        return submission == self.answer


def user_of(
    preferences: Sequence[tuple[str, float]] = (),
    *,
    task: Task = LINEAR,
    opening: str = "plain",
    followups: Sequence[str] = ("options",),
    vague: bool = False,
    said: set[str] | None = None,
    noise: UserNoise = NO_NOISE,
    patience: int = 3,
    random_key: object = 0,
    person: str = "user_000",
) -> VerifiableUser:
    setup = UserSetup(
        profile=Profile(person, "tester", "direct", patience, 1, 0, tuple(preferences)),
        plan=SessionPlan(task, OCCASIONS[opening], vague, tuple(OCCASIONS[id_] for id_ in followups)),
        catalogue=CATALOGUE,
        templates=PHRASEBOOK,
        random_key=("test", random_key),
        requested=set() if said is None else said,
        noise=noise,
        verdicts=KnownAnswer(task),
    )
    return VerifiableUser(setup)


def reply_to(user: VerifiableUser, *styles: str, right: bool = True) -> str:
    """What an assistant would write that shows exactly these of the styles that apply."""
    task = user.plan.task
    answer = task.answer if right else task.entry["wrong_answer"]
    opening = user.request_type.role == "opening"
    content = Content(user.request_type.id, task.topic, task.statement, answer if opening else None, user.tags)
    return write(content, frozenset(styles))


def play(user: VerifiableUser, *styles: str, right: bool = True) -> list[UserMessage]:
    """The whole session with an assistant that always writes in the same styles."""
    messages = [user.open()]
    while not messages[-1].ends:
        messages.append(user.react(reply_to(user, *styles, right=right)))
        assert len(messages) < 30
    return messages


def kinds(messages: Sequence[UserMessage]) -> list[UserAct]:
    return [message.kind for message in messages]


def test_a_content_user_asks_each_request_once_in_the_planned_order() -> None:
    user = user_of(followups=("why", "options"))
    messages = play(user)
    assert kinds(messages) == [UserAct.OPENING, UserAct.FOLLOWUP, UserAct.FOLLOWUP, UserAct.CLOSING]
    assert [message.ends for message in messages] == [False, False, False, True]
    assert messages[0].text in [text.replace("{statement}", LINEAR.statement) for text in OCCASIONS["plain"].phrasings]
    assert messages[1].text in OCCASIONS["why"].phrasings
    assert messages[2].text in OCCASIONS["options"].phrasings
    assert messages[3].text in PHRASEBOOK.thanks_closing
    assert user.success


def test_without_followups_the_session_closes_after_the_task() -> None:
    assert kinds(play(user_of(followups=()))) == [UserAct.OPENING, UserAct.CLOSING]


@pytest.mark.parametrize(
    ("task_id", "kind"),
    [
        ("algebra-linear/0000", "math"),
        ("humaneval/0000", "code"),
        ("logic-knights/0000", "logic"),
        ("graphs-courses/0000", "other"),
    ],
)
def test_a_vague_opening_keeps_the_task_back_until_asked(task_id: str, kind: str) -> None:
    user = user_of([(ANSWER_FIRST, 1.0)], task=TASKS[task_id], vague=True, followups=())
    opening = user.open()
    assert opening.kind is UserAct.OPENING and opening.text in PHRASEBOOK.vague[kind]
    assert user.applicable() == ()
    clarified = user.react("What is it about?")
    assert clarified.kind is UserAct.CLARIFIED and user.plan.task.statement in clarified.text
    assert user.review.applicable == () and user.review.correct is None
    assert user.react(f"Answer: {user.plan.task.answer}").kind is not UserAct.CLARIFIED


def test_a_clarified_task_is_asked_in_the_manner_of_its_opening() -> None:
    user = user_of(opening="frustrated", vague=True)
    user.open()
    text = user.react("Yes?").text
    stated = [phrasing.replace("{statement}", LINEAR.statement) for phrasing in OCCASIONS["frustrated"].phrasings]
    assert text in [frame.replace("{statement}", opening) for frame in PHRASEBOOK.clarified for opening in stated]


@pytest.mark.parametrize("random_key", range(5))
def test_what_matters_fully_is_enforced_until_done(random_key: int) -> None:
    user = user_of([(ANSWER_FIRST, 1.0)], random_key=random_key)
    user.open()
    for _ in range(3):
        message = user.react(reply_to(user, "names_operations"))
        assert message.kind is UserAct.ENFORCEMENT and message.enforced == (ANSWER_FIRST,)
        assert any(wording in message.text for wording in CATALOGUE[ANSWER_FIRST].wordings)
        assert user.review.applicable == user.review.violated == (ANSWER_FIRST,)
    message = user.react(reply_to(user, "answer_first"))
    assert message.kind is UserAct.FOLLOWUP and message.enforced == () and user.review.violated == ()


@pytest.mark.parametrize("random_key", range(5))
def test_what_does_not_matter_is_seen_but_never_enforced(random_key: int) -> None:
    user = user_of([(ANSWER_FIRST, 0.0), (BULLETS, 0.0)], random_key=random_key)
    user.open()
    assert user.react(reply_to(user)).kind is UserAct.FOLLOWUP
    assert user.review.violated == (ANSWER_FIRST,)
    assert user.react(reply_to(user)).kind is UserAct.CLOSING
    assert user.review.violated == (BULLETS,)


def test_importance_is_the_share_of_sessions_in_which_a_violation_is_minded() -> None:
    minded = 0
    for random_key in range(400):
        user = user_of([(ANSWER_FIRST, 0.3)], random_key=random_key)
        user.open()
        minded += user.react(reply_to(user)).kind is UserAct.ENFORCEMENT
    assert 0.23 < minded / 400 < 0.37


def test_whoever_minds_goes_on_minding() -> None:
    for random_key in range(40):
        user = user_of([(ANSWER_FIRST, 0.5)], random_key=random_key, patience=5)
        user.open()
        reply = reply_to(user)
        first = user.react(reply)
        if first.kind is UserAct.ENFORCEMENT:
            assert kinds([user.react(reply) for _ in range(4)]) == [UserAct.ENFORCEMENT] * 4


def test_the_most_important_violation_is_enforced_first() -> None:
    user = user_of([(ANSWER_FIRST, 0.99), (NAMES_OPERATIONS, 1.0)], patience=8)
    user.open()
    assert user.react(reply_to(user)).enforced == (NAMES_OPERATIONS,)
    assert user.review.applicable == user.review.violated == (NAMES_OPERATIONS, ANSWER_FIRST)
    assert user.react(reply_to(user, "names_operations")).enforced == (ANSWER_FIRST,)
    assert user.review.violated == (ANSWER_FIRST,)


def test_preferences_are_judged_in_their_own_requests_only() -> None:
    user = user_of([(BULLETS, 1.0)])
    user.open()
    assert user.applicable() == ()
    assert user.react(reply_to(user)).kind is UserAct.FOLLOWUP
    assert user.applicable() == (CATALOGUE[BULLETS],)
    assert user.react(reply_to(user)).enforced == (BULLETS,)
    assert user.react(reply_to(user, "bullets")).kind is UserAct.CLOSING


def filled(frames: Sequence[str], preference_id: str) -> set[str]:
    return {frame.format(wording=wording) for frame in frames for wording in CATALOGUE[preference_id].wordings}


def test_a_repeated_mention_is_told_as_one_also_in_later_sessions() -> None:
    said: set[str] = set()
    first, again = filled(PHRASEBOOK.enforcement["direct"], BULLETS), filled(PHRASEBOOK.insistence["direct"], BULLETS)
    user = user_of([(BULLETS, 1.0)], said=said, patience=3)
    user.open()
    user.react(reply_to(user))
    assert user.react(reply_to(user)).text in first - again
    assert said == {BULLETS}
    assert user.react(reply_to(user)).text in again - first
    later = user_of([(BULLETS, 1.0)], said=said, random_key=1)
    later.open()
    later.react(reply_to(later))
    assert later.react(reply_to(later)).text in again - first


@pytest.mark.parametrize("patience", [3, 5, 8])
def test_out_of_patience_the_user_gives_up(patience: int) -> None:
    user = user_of([(ANSWER_FIRST, 1.0)], patience=patience)
    messages = play(user)
    assert kinds(messages) == [UserAct.OPENING, *[UserAct.ENFORCEMENT] * patience, UserAct.GIVING_UP]
    assert messages[-1].text in PHRASEBOOK.giving_up and messages[-1].enforced == ()
    assert not user.success, "a right answer that was never accepted is no success"


def test_patience_is_for_the_session_not_for_the_request() -> None:
    user = user_of([(ANSWER_FIRST, 1.0), (BULLETS, 1.0)], patience=3)
    user.open()
    replies = [reply_to(user), reply_to(user), reply_to(user, "answer_first")]
    said = kinds([user.react(reply) for reply in replies])
    said += kinds([user.react(reply_to(user)) for _ in range(2)])
    assert said == [UserAct.ENFORCEMENT, UserAct.ENFORCEMENT, UserAct.FOLLOWUP, UserAct.ENFORCEMENT, UserAct.GIVING_UP]
    assert user.success


def test_a_wrong_answer_is_disputed_twice_and_then_left() -> None:
    user = user_of(noise=ATTENTIVE)
    messages = play(user, right=False)
    assert kinds(messages) == [
        UserAct.OPENING,
        UserAct.WRONG_ANSWER,
        UserAct.WRONG_ANSWER,
        UserAct.FOLLOWUP,
        UserAct.CLOSING,
    ]
    assert all(message.text in PHRASEBOOK.wrong_answer for message in messages[1:3])
    assert not user.success


def test_an_unnoticed_wrong_answer_is_accepted_without_success() -> None:
    user = user_of(noise=NO_NOISE)
    assert UserAct.WRONG_ANSWER not in kinds(play(user, right=False))
    assert not user.success


def test_a_corrected_answer_is_accepted_with_success() -> None:
    user = user_of(noise=ATTENTIVE)
    user.open()
    assert user.react(reply_to(user, right=False)).kind is UserAct.WRONG_ANSWER
    assert user.review.correct is False
    assert user.react(reply_to(user)).kind is UserAct.FOLLOWUP
    assert user.review.correct is True and user.success
    user.react("Answer: nonsense")
    assert user.review.correct is None and user.success, "only the task's own request is graded"


def test_a_disputed_answer_brings_its_own_preference_until_it_is_settled() -> None:
    user = user_of([(OWNS_ERROR, 1.0)], noise=ATTENTIVE)
    user.open()
    assert user.applicable() == ()
    user.react(reply_to(user, right=False))
    assert user.applicable() == (CATALOGUE[OWNS_ERROR],)
    assert user.react(reply_to(user)).enforced == (OWNS_ERROR,)
    assert user.react(reply_to(user, "owns_error")).kind is UserAct.FOLLOWUP
    assert "wrong_answer" not in user.tags


def test_form_comes_before_the_answer() -> None:
    user = user_of([(ANSWER_FIRST, 1.0)], noise=ATTENTIVE)
    user.open()
    assert user.react(reply_to(user, right=False)).kind is UserAct.ENFORCEMENT
    assert user.react(reply_to(user, "answer_first", right=False)).kind is UserAct.WRONG_ANSWER


def demanding(task: Task, random_key: int) -> VerifiableUser:
    """Everything in the catalogue matters fully, and every mistake is seen."""
    fitting = [id_ for id_ in sorted(OCCASIONS) if OCCASIONS[id_].needs.matches(task.tags)]
    followups = [id_ for id_ in fitting if OCCASIONS[id_].role == "followup"]
    openings = [id_ for id_ in fitting if OCCASIONS[id_].role == "opening"]
    return user_of(
        [(id_, 1.0) for id_ in CATALOGUE],
        task=task,
        opening=openings[random_key % len(openings)],
        followups=(followups[random_key % len(followups)], followups[(random_key + 3) % len(followups)]),
        vague=random_key % 2 == 0,
        noise=ATTENTIVE,
        patience=8,
        random_key=random_key,
    )


def test_messages_give_away_neither_the_answer_nor_a_note() -> None:
    notes = [preference.note for preference in CATALOGUE.values()]
    every = tuple(preference.style for preference in CATALOGUE.values() if preference.style)
    seen = set()
    for random_key, task in enumerate(SECRET[::25]):
        answer = re.compile(rf"(?<![\w.]){re.escape(task.answer)}(?![\w.])")
        sessions = [(*every, "right"), every, every[random_key % 4 :: 2], ()]
        for number, styles in enumerate(sessions):
            for message in play(demanding(task, random_key), *styles, right=number == 0):
                seen.add(message.kind)
                assert not answer.search(message.text.replace(task.statement, "")), (task.task_id, message.text)
                assert not any(note in message.text for note in notes)
    assert seen == set(UserAct)


def test_the_same_luck_gives_the_same_messages_and_another_does_not() -> None:
    once, twice = (play(demanding(LINEAR, 7), "names_operations", right=False) for _ in range(2))
    assert once == twice
    assert len({play(user_of(random_key=random_key))[-1].text for random_key in range(40)}) == PARAPHRASES


def test_each_person_has_favourite_ways_to_say_things() -> None:
    def closings(person: str) -> set[str]:
        return {play(user_of(random_key=random_key, person=person))[-1].text for random_key in range(30)}

    people = [closings(f"user_{number:03d}") for number in range(30)]
    assert all(len(own) == PARAPHRASES for own in people)
    assert set().union(*people) == set(PHRASEBOOK.thanks_closing)
    assert len({frozenset(own) for own in people}) > 10


def test_what_is_asked_for_again_is_put_in_other_words() -> None:
    for random_key in range(20):
        messages = play(user_of([(ANSWER_FIRST, 1.0)], random_key=random_key))[1:-1]
        used = [next(it for it in CATALOGUE[ANSWER_FIRST].wordings if it in message.text) for message in messages]
        assert len(set(used)) == 3


@pytest.mark.parametrize(("chance", "low", "high"), [(0.0, 0, 0), (0.3, 0.2, 0.4), (1.0, 1, 1)])
def test_a_change_of_topic_is_remarked_on_as_often_as_asked_for(chance: float, low: float, high: float) -> None:
    remarked = 0
    for random_key in range(200):
        message = play(user_of(noise=UserNoise(topic_change_rate=chance), random_key=random_key))[1]
        assert message.kind is UserAct.FOLLOWUP
        remark = next((turn for turn in PHRASEBOOK.topic_changes if message.text.startswith(turn)), "")
        assert message.text.removeprefix(remark).strip() in OCCASIONS["options"].phrasings
        remarked += bool(remark)
    assert low <= remarked / 200 <= high


@pytest.mark.parametrize(("miss_rate", "low", "high"), [(0.0, 1, 1), (0.3, 0.6, 0.8), (1.0, 0, 0)])
def test_a_violation_is_overlooked_as_often_as_asked_for(miss_rate: float, low: float, high: float) -> None:
    minded = 0
    for random_key in range(200):
        user = user_of([(ANSWER_FIRST, 1.0)], noise=UserNoise(miss_rate=miss_rate), random_key=random_key)
        user.open()
        minded += user.react(reply_to(user)).kind is UserAct.ENFORCEMENT
        assert user.review.violated == (ANSWER_FIRST,), "overlooked, but violated all the same"
    assert low <= minded / 200 <= high


def test_without_misses_and_topic_changes_nothing_else_is_drawn() -> None:
    for random_key in range(30):
        one, other = demanding(LINEAR, random_key), demanding(LINEAR, random_key)
        other.setup = replace(
            other.setup, noise=UserNoise(error_detection_rate=1.0, miss_rate=0.0, topic_change_rate=0.0)
        )
        assert play(one, "names_operations") == play(other, "names_operations")


QUESTIONS = [
    "Which equation do you mean?",
    "Sure, happy to help! What have you tried so far?",
    "Could you please share the full statement of the problem?",
    "Of course. Please paste the exact statement.",
    "I'd be glad to help. To give you a good answer, I need more details. Which Python version do you use?",
    "**Before I start:** do you want an exact answer?\n\nAnd what have you tried?",
    'Could you clarify what you mean by "this"?',
]
NO_QUESTIONS = [
    "",
    "Answer: 4",
    "Yes, it is 4. Right?",
    "You're welcome! Anything else I can help with?",
    "Glad to help! Is there anything else?",
    "Both sides are equal, so it holds. Does that help?",
    "Which one is it? Answer: 4",
    "What is x? It is what makes both sides equal.",
    "Sure, here is the code:\n\n```python\nx = 1\n```\n\nDoes it work for you?",
    "Could you look at it like this? " * 30,
    "The loop ends one element early.",
]


@pytest.mark.parametrize("reply", QUESTIONS)
def test_a_question_back_is_answered_with_the_task_and_not_judged(reply: str) -> None:
    assert asks_back(reply)
    user = user_of([(ANSWER_FIRST, 1.0), (BULLETS, 1.0)], noise=ATTENTIVE)
    stated = user.open().text
    told = user.react(reply)
    assert told.kind is UserAct.CLARIFIED and told.text.endswith(stated) and told.text != stated
    assert user.review.applicable == () and user.review.correct is None
    asked = user.react(reply_to(user, "answer_first"))
    told = user.react(reply)
    assert asked.kind is UserAct.FOLLOWUP and told.kind is UserAct.CLARIFIED
    assert told.text.endswith(f"{LINEAR.statement}\n\n{asked.text}")
    assert user.react(reply).enforced == (BULLETS,), "whoever only asks back is judged in the end"


@pytest.mark.parametrize("reply", NO_QUESTIONS)
def test_what_says_something_is_no_question_back(reply: str) -> None:
    assert not asks_back(reply)


@given(st.text(max_size=600))
def test_any_text_is_or_is_not_a_question_back(reply: str) -> None:
    assert asks_back(reply) in (True, False)


@given(st.sampled_from(SECRET), st.sampled_from(sorted(OCCASIONS)), st.data())
@settings(max_examples=60, deadline=None)
def test_what_the_offline_agent_writes_is_no_question_back(task: Task, occasion_id: str, data: st.DataObject) -> None:
    request_type = OCCASIONS[occasion_id]
    assume(request_type.needs.matches(task.tags))
    tags = task.tags | request_type.tags
    answer = task.answer if request_type.role == "opening" else None
    styles = sorted({rule.style for rule in CATALOGUE.values() if rule.style and rule.when.matches(tags)})
    chosen = data.draw(st.sampled_from(styles).map(lambda style: {style}) | st.just(set())) if styles else set()
    assert not asks_back(write(Content(request_type.id, task.topic, task.statement, answer, tags), frozenset(chosen)))


def test_explanations_and_remarks_ask_for_no_preference_and_blame_nobody() -> None:
    extractor = RuleExtractor()
    texts = [frame.replace("{statement}", LINEAR.statement) for frame in PHRASEBOOK.restated]
    asked = [text for request_type in PHRASEBOOK.followups for text in request_type.phrasings]
    texts += [f"{turn} {text}" for turn in PHRASEBOOK.topic_changes for text in asked] + list(PHRASEBOOK.vague["other"])
    assert [text for text in texts if extractor.extract(text)] == []
    assert [text for text in texts if (keyword_reward(text).value or 0.0) < 0] == []
