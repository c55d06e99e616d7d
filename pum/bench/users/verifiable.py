"""The verifiable user: knows task and profile, and checks every applicable preference on the text of the reply.

A session runs opening -> (clarified) -> task -> follow-ups -> closing. At each request the user stays until it is
content: a violated preference is enforced with the probability of its importance, the more sharply when it was said
before; a wrong answer is sometimes noticed. Out of patience, it gives up. It never shows its profile or the answer.
"""

from collections.abc import Mapping

from pum.bench.catalogue import Occasion, Phrasebook
from pum.bench.checkers.registry import check
from pum.bench.profiles import Profile
from pum.bench.scenario import SessionPlan, phrase
from pum.bench.tasks.grading import VerdictStore, grade
from pum.bench.users.base import Review, Said, UserMessage
from pum.bench.world import Preference, Situation, Verdict
from pum.rng import pick, uniform

_CODE, _LOGIC = "code", "logic"
# How often a user points out a wrong answer before settling for it.
_CORRECTIONS = 2


class VerifiableUser:
    """One profile in one session. `said` holds the preferences it has asked for in any session so far, and grows."""

    def __init__(
        self,
        profile: Profile,
        plan: SessionPlan,
        catalogue: Mapping[str, Preference],
        phrasebook: Phrasebook,
        said: set[str],
        notices_errors: float,
        luck: tuple[object, ...],
        verdicts: VerdictStore | None = None,
    ) -> None:
        self.profile, self.plan, self.catalogue, self.phrasebook = profile, plan, catalogue, phrasebook
        self.said, self.notices_errors, self.luck, self.verdicts = said, notices_errors, luck, verdicts
        self.success = False
        self.review = Review()
        self._importance = dict(profile.preferences)
        self._requests = (plan.opening, *plan.followups)
        self._request = 0
        self._revealed = not plan.vague
        self._enforcements = 0
        self._corrections = 0
        self._disputed = False

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
        fitting = [self.catalogue[id_] for id_ in self._importance if self.catalogue[id_].when.matches(traits)]
        return tuple(sorted(fitting, key=lambda preference: (-self._importance[preference.id], preference.id)))

    def open(self) -> UserMessage:
        if self._revealed:
            return UserMessage(self._stated(), Said.OPENING)
        return UserMessage(self._pick(self.phrasebook.vague[self._kind()], "vague"), Said.OPENING)

    def react(self, reply: str) -> UserMessage:
        if not self._revealed:
            self.review, self._revealed = Review(), True
            frame = self._pick(self.phrasebook.clarified, "clarified")
            return UserMessage(frame.replace("{statement}", self._stated()), Said.CLARIFIED)
        self.review = self._judge(reply)
        minded = [id_ for id_ in self.review.violated if self._minds(id_)]
        if minded:
            return self._enforce(minded[0])
        if self.review.correct is False and self._disputes():
            self._corrections, self._disputed = self._corrections + 1, True
            return UserMessage(self._pick(self.phrasebook.wrong_answer, self._corrections), Said.WRONG_ANSWER)
        return self._go_on()

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
        """Decided once a request: whoever minds goes on minding until it is done."""
        return uniform(*self.luck, "minds", self._request, preference_id) < self._importance[preference_id]

    def _enforce(self, preference_id: str) -> UserMessage:
        self._enforcements += 1
        if self._enforcements > self.profile.patience:
            text = self._pick(self.phrasebook.giving_up, "giving up")
            return UserMessage(text, Said.GIVING_UP, ends=True)
        frames = self.phrasebook.insistence if preference_id in self.said else self.phrasebook.enforcement
        self.said.add(preference_id)
        wording = self._pick(self.catalogue[preference_id].wordings, "wording", preference_id, self._enforcements)
        frame = self._pick(frames[self.profile.tone], "frame", self._enforcements)
        return UserMessage(frame.format(wording=wording), Said.ENFORCEMENT, enforced=(preference_id,))

    def _disputes(self) -> bool:
        noticed = uniform(*self.luck, "notices", self._corrections) < self.notices_errors
        return noticed and self._corrections < _CORRECTIONS

    def _go_on(self) -> UserMessage:
        """Content with the reply: the answer is accepted, and the next request made."""
        if self._request == 0:
            self.success = bool(self.review.correct)
        self._disputed = False
        if self._request + 1 == len(self._requests):
            return UserMessage(self._pick(self.phrasebook.thanks_closing, "closing"), Said.CLOSING, ends=True)
        self._request += 1
        return UserMessage(phrase(self.occasion, *self.luck, self._request), Said.FOLLOWUP)

    def _stated(self) -> str:
        """The opening request, with the task in it."""
        return phrase(self.plan.opening, *self.luck).replace("{statement}", self.plan.task.statement)

    def _kind(self) -> str:
        traits = self.plan.task.traits
        return _CODE if "code" in traits else _LOGIC if "logic" in traits else "math"

    def _pick(self, options: tuple[str, ...], *purpose: object) -> str:
        return str(pick(options, *self.luck, *purpose))
