"""The verifiable user: a simulator by rules, which checks every applicable preference on the text of the reply.

A session runs opening -> (clarified) -> task -> follow-ups -> closing. The user stays at a request until it is content.
It enforces a violated preference with the probability of its importance, more insistently when it asked before. It
sometimes notices a wrong answer. It answers a question with the task as stated. When its patience ends, it gives up.
It never reveals its profile or the answer.
"""

import re

from pum.bench.markdown import split_sentences
from pum.bench.tasks.answers import final_answer
from pum.bench.users.simulator import USERS, ReplyReview, UserAct, UserMessage, UserSetup, UserSimulator
from pum.core.rng import uniform

# A user disputes a wrong answer so often before it accepts it.
CORRECTIONS = 2
# A user answers so many questions about a stated task; further questions are judged like any other reply.
EXPLANATIONS = 2
# Tags of tasks that a vague opening can name, the specific ones first.
_KINDS = ("code", "logic", "math")

_LONGEST_QUESTION = 500
"""Characters. A longer reply contains more than a question."""

_COURTESY = re.compile(
    r"(?:(?:sure(?: thing)?|of course|certainly|absolutely|gladly|yes|ok(?:ay)?|no problem|hi|hello|hey|thanks"
    r"|thank you|great|sorry)(?: there)?[,.!]*\s*)*"
    r"(?:(?:(?:i'?d be|i would be|i'?m|i am) )?(?:happy|glad|ready|here) to .*|(?:i can|let me) help.*|before i .*"
    r"|to (?:help|assist|answer|give) .*)?",
    re.IGNORECASE,
)
_ASKS_FOR = re.compile(
    r"(?:please|just|kindly|i (?:just )?(?:need|would need|'d need)|go ahead and|feel free to)\b.{0,40}?"
    r"\b(?:share|send|paste|provide|tell|give|specify|clarify|post|know|see|details?|information|statement)\b",
    re.IGNORECASE,
)
_OFFER = re.compile(
    r"\b(?:anything|something|what) else\b|\b(?:other|more|further|any) questions\b|\bis there anything\b"
    r"|\b(?:does|did) (?:that|this|it) help\b|\bmake sense\b|\bclear(?:er)? (?:now|to you|so far)\b",
    re.IGNORECASE,
)


@USERS.register("verifiable")
class VerifiableUser(UserSimulator):
    description = "verifiable (rules)"

    def __init__(self, setup: UserSetup) -> None:
        super().__init__(setup)
        self._enforced: list[str] = []
        self._explanations = 0
        self._corrections = 0

    def open(self) -> UserMessage:
        if self._revealed:
            return UserMessage(self._stated(), UserAct.OPENING)
        kind = next((kind for kind in _KINDS if kind in self.plan.task.tags), "other")
        return UserMessage(self._say(self.setup.templates.vague[kind], "vague"), UserAct.OPENING)

    def react(self, reply: str) -> UserMessage:
        if not self._revealed:
            self._revealed = True
            return self._explain(self.setup.templates.clarified)
        if self._explanations < EXPLANATIONS and asks_back(reply):
            self._explanations += 1
            return self._explain(self.setup.templates.restated)
        self.review = self._judge(reply)
        enforced = [id_ for id_ in self.review.violated if self._enforces_now(id_)]
        if enforced:
            return self._enforce(enforced[0])
        if self.review.correct is False and self._disputes():
            self._corrections, self._disputed = self._corrections + 1, True
            text = self._say(self.setup.templates.wrong_answer, "wrong", time=self._corrections)
            return UserMessage(text, UserAct.WRONG_ANSWER)
        return self._go_on()

    def _explain(self, frames: tuple[str, ...]) -> UserMessage:
        """Repeat the task and the open request; the reply that asked for them is not judged."""
        self.review = ReplyReview()
        stated = self._stated() if self._request == 0 else f"{self.plan.task.statement}\n\n{self._asked()}"
        frame = self._say(frames, "explained", time=self._explanations)
        return UserMessage(frame.replace("{statement}", stated), UserAct.CLARIFIED)

    def _enforces_now(self, preference_id: str) -> bool:
        """True when the user enforces the preference and does not overlook the violation this turn."""
        if not self._enforces(preference_id):
            return False
        draw = uniform(
            *self.setup.random_key, "slips", self._request, len(self._enforced), self._corrections, preference_id
        )
        return draw >= self.setup.noise.miss_rate

    def _enforce(self, preference_id: str) -> UserMessage:
        if len(self._enforced) == self.profile.patience:
            return UserMessage(self._say(self.setup.templates.giving_up, "giving up"), UserAct.GIVING_UP, ends=True)
        frames = (
            self.setup.templates.insistence
            if preference_id in self.setup.requested
            else self.setup.templates.enforcement
        )
        self.setup.requested.add(preference_id)
        times = self._enforced.count(preference_id)
        wording = self._say(self.setup.catalogue[preference_id].wordings, "wording", preference_id, time=times)
        frame = self._say(frames[self.profile.tone], "frame", time=len(self._enforced))
        self._enforced.append(preference_id)
        return UserMessage(frame.format(wording=wording), UserAct.ENFORCEMENT, enforced=(preference_id,))

    def _disputes(self) -> bool:
        noticed = uniform(*self.setup.random_key, "notices", self._corrections) < self.setup.noise.error_detection_rate
        return noticed and self._corrections < CORRECTIONS

    def _go_on(self) -> UserMessage:
        """Accept the reply and make the next request."""
        if self._request == 0:
            self.success = bool(self.review.correct)
        self._disputed = False
        if self._request + 1 == len(self._requests):
            return UserMessage(self._say(self.setup.templates.thanks_closing, "closing"), UserAct.CLOSING, ends=True)
        self._request += 1
        text = self._asked()
        if uniform(*self.setup.random_key, "topic", self._request) < self.setup.noise.topic_change_rate:
            text = f"{self._say(self.setup.templates.topic_changes, 'topic', self._request)} {text}"
        return UserMessage(text, UserAct.FOLLOWUP)


def asks_back(reply: str) -> bool:
    """True when every sentence of `reply` asks for something or is courtesy, and at least one asks."""
    if len(reply) > _LONGEST_QUESTION or "```" in reply or final_answer(reply) is not None:
        return False
    sentences = [sentence.strip(" *_>#-\t") for line in reply.splitlines() for sentence in split_sentences(line)]
    asking = [_asks(sentence) for sentence in sentences]
    return any(asking) and all(
        asks or _COURTESY.fullmatch(sentence) for asks, sentence in zip(asking, sentences, strict=True)
    )


def _asks(sentence: str) -> bool:
    return not _OFFER.search(sentence) and (sentence.endswith("?") or bool(_ASKS_FOR.match(sentence)))
