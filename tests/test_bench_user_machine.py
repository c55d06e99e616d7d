"""The verifiable user against whatever an assistant may do: each message is legal, deserved, and gives nothing away."""

import re

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from pum.bench.checkers.checking import check
from pum.bench.profiles import generate_profiles
from pum.bench.session_planner import SessionPlan
from pum.bench.types import Situation, Verdict
from pum.bench.users.simulator import UserAct, UserMessage, UserNoise, UserSetup
from pum.bench.users.verifiable import CORRECTIONS, EXPLANATIONS, VerifiableUser, asks_back
from tests.test_bench_users import CATALOGUE, OCCASIONS, PHRASEBOOK, QUESTIONS, SECRET, TASKS, KnownAnswer, reply_to

PEOPLE = generate_profiles(12, 3, tuple(CATALOGUE.values()))
CHECKABLE = sorted({preference.style for preference in CATALOGUE.values() if preference.style})
ASKED = [*SECRET[::15], *[task for task in TASKS.values() if "code" in task.tags][:10]]
CHANCES = st.sampled_from([0.0, 0.4, 1.0])
TEXTS = st.text(max_size=80) | st.sampled_from(
    ["", "Answer: 17", "- a\n- b", "```python\ndef f(:\n```", "| a |\n|---|"]
)

MEETING = st.tuples(
    st.integers(0, len(PEOPLE) - 1),
    st.integers(0, len(ASKED) - 1),
    st.booleans(),
    st.builds(UserNoise, CHANCES, CHANCES, CHANCES),
    st.integers(0, 99),
    st.sets(st.sampled_from(sorted(CATALOGUE)), max_size=9),
)


class Grader(KnownAnswer):
    """Remembers whether it ever found an answer right."""

    found_right = False

    def look_up(self, question: str, submission: str, judge: object) -> bool:
        right = super().look_up(question, submission, judge) or submission in self.answer
        self.found_right |= right
        return right


class Sessions(RuleBasedStateMachine):
    """A session with a person, and the same one with its twin, who gets the same replies."""

    @initialize(drawn=MEETING, data=st.data())
    def meet(self, drawn: tuple, data: st.DataObject) -> None:
        self.start(*drawn, data)

    @precondition(lambda self: self.messages[-1].ends)
    @rule(drawn=MEETING, data=st.data())
    def meet_somebody_else(self, drawn: tuple, data: st.DataObject) -> None:
        self.start(*drawn, data)

    def start(
        self,
        person: int,
        asked: int,
        vague: bool,
        noise: UserNoise,
        random_key: int,
        said: set[str],
        data: st.DataObject,
    ) -> None:
        task = ASKED[asked]
        fitting = [it for it in OCCASIONS.values() if it.needs.matches(task.tags)]
        opening = data.draw(st.sampled_from([it for it in fitting if it.role == "opening"]))
        followups = [it for it in fitting if it.role == "followup"]
        plan = SessionPlan(
            task, opening, vague, tuple(data.draw(st.lists(st.sampled_from(followups), max_size=3, unique=True)))
        )
        self.grader = Grader(task)
        self.user, self.twin = (
            VerifiableUser(
                UserSetup(
                    PEOPLE[person], plan, CATALOGUE, PHRASEBOOK, ("machine", random_key), set(said), noise, verdicts
                )
            )
            for verdicts in (self.grader, Grader(task))
        )
        self.messages: list[UserMessage] = []
        self.hear(self.user.open(), self.twin.open())

    @property
    def kinds(self) -> list[UserAct]:
        return [message.kind for message in self.messages]

    @precondition(lambda self: not self.messages[-1].ends)
    @rule(styles=st.sets(st.sampled_from(CHECKABLE)), right=st.booleans())
    def answer(self, styles: set[str], right: bool) -> None:
        wanted = [rule_ for rule_ in CATALOGUE.values() if rule_.style in styles and rule_.when.matches(self.user.tags)]
        agreed = {it.style for it in wanted if not it.contradicts & {other.id for other in wanted}}
        self.reply(reply_to(self.user, *agreed, right=right))

    @precondition(lambda self: not self.messages[-1].ends)
    @rule(text=TEXTS)
    def mumble(self, text: str) -> None:
        self.reply(text)

    @precondition(lambda self: not self.messages[-1].ends)
    @rule(text=st.sampled_from(QUESTIONS))
    def ask_back(self, text: str) -> None:
        self.reply(text)

    def reply(self, text: str) -> None:
        situation, held = Situation(self.user.plan.task, self.user.tags), dict(self.user.profile.preferences)
        judged = self.messages[-1].kind is not UserAct.OPENING or not self.user.plan.vague
        message = self.user.react(text)
        for id_ in message.enforced:
            rule_ = CATALOGUE[id_]
            assert judged and held[id_] > 0 and rule_.when.matches(situation.tags)
            assert check(rule_.style, text, situation) is Verdict.VIOLATED
            assert id_ in self.user.review.violated
        assert set(self.user.review.violated) <= set(self.user.review.applicable) <= set(held)
        if message.kind is UserAct.CLARIFIED:
            assert not judged or asks_back(text)
            assert self.user.review.correct is None and not self.user.review.applicable
        self.hear(message, self.twin.react(text))

    def hear(self, message: UserMessage, twins: UserMessage) -> None:
        assert message == twins, "the same luck and replies give the same messages"
        self.messages.append(message)
        self.check_leaks(message)

    def check_leaks(self, message: UserMessage) -> None:
        """Beyond the statement: no answer, no id, no importance, and of preferences what is asked for alone."""
        task, text = self.user.plan.task, message.text.replace(self.user.plan.task.statement, "")
        assert not re.search(rf"(?<![\w.]){re.escape(task.answer)}(?![\w.])", text)
        for id_ in message.enforced:
            text = text.replace(next(it for it in CATALOGUE[id_].wordings if it in text), "")
        for id_, importance in self.user.profile.preferences:
            told = (id_, f"{importance:.3f}", CATALOGUE[id_].note, *CATALOGUE[id_].wordings)
            assert not any(it in text for it in told), (id_, message)

    @invariant()
    def the_order_is_legal(self) -> None:
        kinds, plan, patience = self.kinds, self.user.plan, self.user.profile.patience
        assert kinds[0] is UserAct.OPENING and kinds.count(UserAct.OPENING) == 1
        if plan.vague and len(kinds) > 1:
            assert kinds[1] is UserAct.CLARIFIED
        assert kinds.count(UserAct.CLARIFIED) <= EXPLANATIONS + plan.vague
        assert kinds.count(UserAct.ENFORCEMENT) <= patience
        assert all(bool(message.enforced) == (message.kind is UserAct.ENFORCEMENT) for message in self.messages)
        task_only = kinds[: kinds.index(UserAct.FOLLOWUP)] if UserAct.FOLLOWUP in kinds else kinds
        assert kinds.count(UserAct.WRONG_ANSWER) == task_only.count(UserAct.WRONG_ANSWER) <= CORRECTIONS
        assert kinds.count(UserAct.FOLLOWUP) <= len(plan.followups)
        if UserAct.CLOSING in kinds:
            assert kinds.count(UserAct.FOLLOWUP) == len(plan.followups)
        if UserAct.GIVING_UP in kinds:
            assert kinds.count(UserAct.ENFORCEMENT) == patience

    @invariant()
    def it_ends_once_and_in_time(self) -> None:
        ends = [message.kind in (UserAct.CLOSING, UserAct.GIVING_UP) for message in self.messages]
        assert [message.ends for message in self.messages] == ends and not any(ends[:-1])
        plan = self.user.plan
        bound = self.user.profile.patience + CORRECTIONS + EXPLANATIONS + plan.vague + len(plan.followups) + 2
        assert len(self.messages) <= bound

    @invariant()
    def success_is_the_graders_word(self) -> None:
        assert not self.user.success or self.grader.found_right


# Shrinking a whole session takes minutes, and says little more than the session that failed.
Sessions.TestCase.settings = settings(
    max_examples=10, stateful_step_count=22, deadline=None, phases=[Phase.reuse, Phase.generate]
)
TestSessions = Sessions.TestCase
