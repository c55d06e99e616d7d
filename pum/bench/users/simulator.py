"""The base class of simulated users, with what they have in common: profile, session plan, wording, judging replies."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import ClassVar

from pum.bench.catalogue import RequestType, UtteranceTemplates
from pum.bench.checkers.checking import check
from pum.bench.profiles import Profile
from pum.bench.session_planner import SessionPlan
from pum.bench.tasks.grading import VerdictStore, grade
from pum.bench.types import Preference, Situation, Verdict
from pum.config.servers import Role
from pum.core.concurrency import Offload, run_inline
from pum.core.registry import Registry
from pum.core.rng import key, uniform
from pum.llm.chat_model import FormModel

WRONG_ANSWER = "wrong_answer"
"""The tag of a request whose answer the user has called wrong."""

PARAPHRASES = 3
"""A user says the same thing in at most so many ways."""


class UserAct(StrEnum):
    OPENING = "opening"
    CLARIFIED = "clarified"
    ENFORCEMENT = "enforcement"
    WRONG_ANSWER = "wrong_answer"
    FOLLOWUP = "followup"
    CLOSING = "closing"
    GIVING_UP = "giving_up"


@dataclass(frozen=True)
class UserMessage:
    """A user's message. `enforced`: the preferences that it asks for; `ends`: the session ends without an answer."""

    text: str
    kind: UserAct
    enforced: tuple[str, ...] = ()
    ends: bool = False


@dataclass(frozen=True)
class ReplyReview:
    """The user's judgement of a reply: preferences that apply, those violated, and whether the answer is right."""

    applicable: tuple[str, ...] = ()
    violated: tuple[str, ...] = ()
    correct: bool | None = None


class UserFailed(RuntimeError):
    """The user cannot continue, e.g. because its model gave nothing usable; the session fails."""


@dataclass(frozen=True)
class UserNoise:
    """Probabilities that the user notices a wrong answer, overlooks a violation for one turn, and remarks on a
    change of topic before a follow-up."""

    error_detection_rate: float = 0.0
    miss_rate: float = 0.0
    topic_change_rate: float = 0.0


@dataclass(frozen=True)
class UserModel:
    """The model that plays a user. `context_tokens`: the limit of input and output together; `max_tokens`: the limit of
    output. `offload` runs work that may take seconds."""

    model: FormModel
    context_tokens: int
    max_tokens: int
    offload: Offload = run_inline


@dataclass(frozen=True)
class UserSetup:
    """The input of a simulator: one profile in one session.

    `requested`: the preferences that the user has asked for in any session so far; the simulator adds to it.
    `random_key`: the beginning of every random key. `greeting`: the assistant's first words, if any. `model`: set for
    simulators that name a `role`.
    """

    profile: Profile
    plan: SessionPlan
    catalogue: Mapping[str, Preference]
    templates: UtteranceTemplates
    random_key: tuple[object, ...]
    requested: set[str] = field(default_factory=set)
    noise: UserNoise = UserNoise()
    verdicts: VerdictStore | None = None
    greeting: str | None = None
    model: UserModel | None = None


class UserSimulator(ABC):
    """One profile in one session. `review`: the judgement of the last reply; `success`: the task was solved."""

    role: ClassVar[Role | None] = None
    """The role in `servers` whose model plays the user; None without a model."""

    description: ClassVar[str]
    """The simulator's name in a run's manifest."""

    def __init__(self, setup: UserSetup) -> None:
        self.setup, self.profile, self.plan = setup, setup.profile, setup.plan
        self.success = False
        self.review = ReplyReview()
        self._say = Verbalizer(setup.profile, setup.random_key).say
        self._importance = dict(setup.profile.preferences)
        self._requests = (setup.plan.opening, *setup.plan.followups)
        self._request = 0
        self._revealed = not setup.plan.vague
        self._disputed = False
        self._applicable: dict[frozenset[str], tuple[Preference, ...]] = {}

    @abstractmethod
    def open(self) -> UserMessage | Awaitable[UserMessage]:
        """The first message; awaitable when a model writes it."""

    @abstractmethod
    def react(self, reply: str) -> UserMessage | Awaitable[UserMessage]:
        """The next message. Sets `review` to the judgement of `reply`."""

    @property
    def request_type(self) -> RequestType:
        return self._requests[self._request]

    @property
    def tags(self) -> frozenset[str]:
        disputed = {WRONG_ANSWER} if self._disputed else set()
        return self.plan.task.tags | self.request_type.tags | disputed

    def applicable(self) -> tuple[Preference, ...]:
        """The profile's preferences that apply to the open request, most important first."""
        if not self._revealed:
            return ()
        tags = self.tags
        if tags not in self._applicable:
            held = map(self.setup.catalogue.__getitem__, self._importance)
            fitting = [preference for preference in held if preference.when.matches(tags)]
            fitting.sort(key=lambda preference: (-self._importance[preference.id], preference.id))
            self._applicable[tags] = tuple(fitting)
        return self._applicable[tags]

    def _judge(self, reply: str) -> ReplyReview:
        situation = Situation(self.plan.task, self.tags)
        applicable = self.applicable()
        violated = [
            preference.id
            for preference in applicable
            if preference.style and check(preference.style, reply, situation) is Verdict.VIOLATED
        ]
        correct = grade(self.plan.task, reply, self.setup.verdicts) if self._request == 0 else None
        return ReplyReview(tuple(preference.id for preference in applicable), tuple(violated), correct)

    def _enforces(self, preference_id: str) -> bool:
        """Drawn once per request, by importance: the user enforces a violation until it is gone, or never."""
        draw = uniform(*self.setup.random_key, "minds", self._request, preference_id)
        return draw < self._importance[preference_id]

    def _asked(self) -> str:
        """The open request in the user's words, which stay the same within a session."""
        return self._say(self.request_type.phrasings, "request", self._request)

    def _stated(self) -> str:
        """The opening request, with the task in it."""
        return self._say(self.plan.opening.phrasings, "request", 0).replace("{statement}", self.plan.task.statement)


class Verbalizer:
    """Chooses one user's words in one session: the profile limits the paraphrases, `random_key` picks one of them."""

    def __init__(self, profile: Profile, random_key: tuple[object, ...]) -> None:
        self._person = key(profile.seed, profile.user_id, profile.persona)
        self._random_key = random_key

    def say(self, options: tuple[str, ...], *purpose: object, time: int = 0) -> str:
        """One of the user's paraphrases. For the same purpose, another `time` gives another paraphrase."""
        own = _paraphrases_of(self._person, options)
        return own[(key(*self._random_key, *purpose) + time) % len(own)]


@lru_cache(maxsize=65536)
def _paraphrases_of(person: int, options: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(options, key=lambda option: key(person, option))[:PARAPHRASES])


USERS: Registry[type[UserSimulator]] = Registry("user simulator", "pum.bench.users")
