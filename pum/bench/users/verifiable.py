"""The verifiable user: knows task and profile, and checks every applicable preference on the text of the reply.

A session runs opening -> (clarified) -> task -> follow-ups -> closing. At each request the user stays until it is
content: a violated preference is enforced with the probability of its importance, the more sharply when it was said
before; a wrong answer is sometimes noticed; a question back is answered with the task as it was stated. Out of
patience, it gives up. It never shows its profile or the answer.
"""

from collections.abc import Mapping

from pum.bench.catalogue import Occasion, Phrasebook
from pum.bench.checkers.registry import check
from pum.bench.profiles import Profile
from pum.bench.scenario import SessionPlan
from pum.bench.tasks.grading import VerdictStore, grade
from pum.bench.users.base import Conduct, Review, Said, UserMessage
from pum.bench.users.questions import asks_back
from pum.bench.users.speech import Speech
from pum.bench.world import Preference, Situation, Verdict
from pum.rng import uniform

# How often a user points out a wrong answer before settling for it.
CORRECTIONS = 2
# How often a user answers questions about a task it has told; more of them are judged like any other reply.
EXPLANATIONS = 2
# Traits of tasks that a vague opening can name, the telling ones first.
_KINDS = ("code", "logic", "math")


class VerifiableUser:
    """One profile in one session. `said` holds the preferences it has asked for in any session so far, and grows."""

    def __init__(
        self,
        profile: Profile,
        plan: SessionPlan,
        catalogue: Mapping[str, Preference],
        phrasebook: Phrasebook,
        said: set[str],
        conduct: Conduct,
        luck: tuple[object, ...],
        verdicts: VerdictStore | None = None,
    ) -> None:
        self.profile, self.plan, self.catalogue, self.phrasebook = profile, plan, catalogue, phrasebook
        self.said, self.conduct, self.luck, self.verdicts = said, conduct, luck, verdicts
        self.success = False
        self.review = Review()
        self._say = Speech(profile, luck).say
        self._importance = dict(profile.preferences)
        self._requests = (plan.opening, *plan.followups)
        self._request = 0
        self._revealed = not plan.vague
        self._enforced: list[str] = []
        self._explanations = 0
        self._corrections = 0
        self._disputed = False
        self._applicable: dict[frozenset[str], tuple[Preference, ...]] = {}

    @property
    def occasion(self) -> Occasion:
        """The kind of request the user waits on."""
        return self._requests[self._request]

    @property
    def traits(self) -> frozenset[str]:
        disputed = {"wrong_answer"} if self._disputed else set()
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

    def open(self) -> UserMessage:
        if self._revealed:
            return UserMessage(self._stated(), Said.OPENING)
        kind = next((kind for kind in _KINDS if kind in self.plan.task.traits), "other")
        return UserMessage(self._say(self.phrasebook.vague[kind], "vague"), Said.OPENING)

    def react(self, reply: str) -> UserMessage:
        if not self._revealed:
            self._revealed = True
            return self._explain(self.phrasebook.clarified)
        if self._explanations < EXPLANATIONS and asks_back(reply):
            self._explanations += 1
            return self._explain(self.phrasebook.restated)
        self.review = self._judge(reply)
        minded = [id_ for id_ in self.review.violated if self._minds(id_)]
        if minded:
            return self._enforce(minded[0])
        if self.review.correct is False and self._disputes():
            self._corrections, self._disputed = self._corrections + 1, True
            text = self._say(self.phrasebook.wrong_answer, "wrong", time=self._corrections)
            return UserMessage(text, Said.WRONG_ANSWER)
        return self._go_on()

    def _explain(self, frames: tuple[str, ...]) -> UserMessage:
        """The task and the open request once more; the reply that asked for it is not judged."""
        self.review = Review()
        told = self._stated() if self._request == 0 else f"{self.plan.task.statement}\n\n{self._asked()}"
        frame = self._say(frames, "explained", time=self._explanations)
        return UserMessage(frame.replace("{statement}", told), Said.CLARIFIED)

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

    def _minds(self, preference_id: str) -> bool:
        """Decided once a request: whoever minds goes on minding until it is done, but may overlook it for a turn."""
        if uniform(*self.luck, "minds", self._request, preference_id) >= self._importance[preference_id]:
            return False
        slip = uniform(*self.luck, "slips", self._request, len(self._enforced), self._corrections, preference_id)
        return slip >= self.conduct.slips

    def _enforce(self, preference_id: str) -> UserMessage:
        if len(self._enforced) == self.profile.patience:
            return UserMessage(self._say(self.phrasebook.giving_up, "giving up"), Said.GIVING_UP, ends=True)
        frames = self.phrasebook.insistence if preference_id in self.said else self.phrasebook.enforcement
        self.said.add(preference_id)
        times = self._enforced.count(preference_id)
        wording = self._say(self.catalogue[preference_id].wordings, "wording", preference_id, time=times)
        frame = self._say(frames[self.profile.tone], "frame", time=len(self._enforced))
        self._enforced.append(preference_id)
        return UserMessage(frame.format(wording=wording), Said.ENFORCEMENT, enforced=(preference_id,))

    def _disputes(self) -> bool:
        noticed = uniform(*self.luck, "notices", self._corrections) < self.conduct.notices_errors
        return noticed and self._corrections < CORRECTIONS

    def _go_on(self) -> UserMessage:
        """Content with the reply: the answer is accepted, and the next request made."""
        if self._request == 0:
            self.success = bool(self.review.correct)
        self._disputed = False
        if self._request + 1 == len(self._requests):
            return UserMessage(self._say(self.phrasebook.thanks_closing, "closing"), Said.CLOSING, ends=True)
        self._request += 1
        text = self._asked()
        if uniform(*self.luck, "topic", self._request) < self.conduct.topic_changes:
            text = f"{self._say(self.phrasebook.topic_changes, 'topic', self._request)} {text}"
        return UserMessage(text, Said.FOLLOWUP)

    def _asked(self) -> str:
        """The open request in the person's words: always the same ones in a session."""
        return self._say(self.occasion.phrasings, "request", self._request)

    def _stated(self) -> str:
        """The opening request, with the task in it."""
        return self._say(self.plan.opening.phrasings, "request", 0).replace("{statement}", self.plan.task.statement)
