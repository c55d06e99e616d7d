"""What every kind of simulated user has: a profile with a plan for the session, and eyes for what was written."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Mapping

from pum.bench.catalogue import Occasion, Phrasebook
from pum.bench.checkers.registry import check
from pum.bench.profiles import Profile
from pum.bench.session_planner import SessionPlan
from pum.bench.tasks.grading import VerdictStore, grade
from pum.bench.types import Preference, Situation, Verdict
from pum.bench.users.messages import Review, UserMessage
from pum.bench.users.verbalizer import Speech
from pum.core.rng import uniform

WRONG_ANSWER = "wrong_answer"
"""The trait of a request about which the user has just said that the answer is wrong."""


class Participant(ABC):
    """One profile in one session. `said` holds the preferences it has asked for in any session so far, and grows."""

    def __init__(
        self,
        profile: Profile,
        plan: SessionPlan,
        catalogue: Mapping[str, Preference],
        phrasebook: Phrasebook,
        said: set[str],
        luck: tuple[object, ...],
        verdicts: VerdictStore | None = None,
    ) -> None:
        self.profile, self.plan, self.catalogue, self.phrasebook = profile, plan, catalogue, phrasebook
        self.said, self.luck, self.verdicts = said, luck, verdicts
        self.success = False
        self.review = Review()
        self._say = Speech(profile, luck).say
        self._importance = dict(profile.preferences)
        self._requests = (plan.opening, *plan.followups)
        self._request = 0
        self._revealed = not plan.vague
        self._disputed = False
        self._applicable: dict[frozenset[str], tuple[Preference, ...]] = {}

    @abstractmethod
    def open(self) -> UserMessage | Awaitable[UserMessage]:
        """The first message; at once by rules, or in its own time from a model."""

    @abstractmethod
    def react(self, reply: str) -> UserMessage | Awaitable[UserMessage]:
        """The next message; `review` then tells what was made of `reply`."""

    @property
    def occasion(self) -> Occasion:
        """The kind of request the user waits on."""
        return self._requests[self._request]

    @property
    def traits(self) -> frozenset[str]:
        disputed = {WRONG_ANSWER} if self._disputed else set()
        return self.plan.task.traits | self.occasion.traits | disputed

    def applicable(self) -> tuple[Preference, ...]:
        """The profile's preferences that apply to the present request, most important first."""
        if not self._revealed:
            return ()
        traits = self.traits
        if traits not in self._applicable:
            held = map(self.catalogue.__getitem__, self._importance)
            fitting = [preference for preference in held if preference.when.matches(traits)]
            fitting.sort(key=lambda preference: (-self._importance[preference.id], preference.id))
            self._applicable[traits] = tuple(fitting)
        return self._applicable[traits]

    def _judge(self, reply: str) -> Review:
        situation = Situation(self.plan.task, self.traits)
        applicable = self.applicable()
        violated = [
            preference.id
            for preference in applicable
            if preference.style and check(preference.style, reply, situation) is Verdict.VIOLATED
        ]
        correct = grade(self.plan.task, reply, self.verdicts) if self._request == 0 else None
        return Review(tuple(preference.id for preference in applicable), tuple(violated), correct)

    def _cares(self, preference_id: str) -> bool:
        """Decided once a request, by importance: whoever minds a violation goes on minding until it is mended."""
        return uniform(*self.luck, "minds", self._request, preference_id) < self._importance[preference_id]

    def _asked(self) -> str:
        """The open request in the person's words: always the same ones in a session."""
        return self._say(self.occasion.phrasings, "request", self._request)

    def _stated(self) -> str:
        """The opening request, with the task in it."""
        return self._say(self.plan.opening.phrasings, "request", 0).replace("{statement}", self.plan.task.statement)
