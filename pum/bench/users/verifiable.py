"""The verifiable user: knows task and profile, and checks every applicable preference on the text of the reply.

A session runs opening -> (clarified) -> task -> follow-ups -> closing. At each request the user stays until it is
content: a violated preference is enforced with the probability of its importance, the more sharply when it was said
before; a wrong answer is sometimes noticed; a question back is answered with the task as it was stated. Out of
patience, it gives up. It never shows its profile or the answer.
"""

from collections.abc import Mapping

from pum.bench.catalogue import Phrasebook
from pum.bench.profiles import Profile
from pum.bench.session_planner import SessionPlan
from pum.bench.tasks.grading import VerdictStore
from pum.bench.types import Preference
from pum.bench.users.messages import Conduct, Review, Said, UserMessage
from pum.bench.users.questions import asks_back
from pum.bench.users.simulator import Participant
from pum.core.rng import uniform

# How often a user points out a wrong answer before settling for it.
CORRECTIONS = 2
# How often a user answers questions about a task it has told; more of them are judged like any other reply.
EXPLANATIONS = 2
# Traits of tasks that a vague opening can name, the telling ones first.
_KINDS = ("code", "logic", "math")


class VerifiableUser(Participant):
    """A user by rules."""

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
        super().__init__(profile, plan, catalogue, phrasebook, said, luck, verdicts)
        self.conduct = conduct
        self._enforced: list[str] = []
        self._explanations = 0
        self._corrections = 0

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

    def _minds(self, preference_id: str) -> bool:
        """What a user cares about may be overlooked for a turn."""
        if not self._cares(preference_id):
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
