"""The reward from rules: what the user's next message says about the last answer.

Every cue is a phrase that addresses the assistant or its answer ("that's wrong", "you forgot"), at word boundaries, in
the user's own prose: code, quotations and pasted documents are skipped. Single words such as "no", "wrong" or "great"
are not cues, because statements of tasks often contain them.
"""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from pum.core.patterns import read_patterns
from pum.core.schemas import ExtractedPreference, Reward
from pum.core.text_cache import cached_by_text
from pum.language.lexicon import FORM
from pum.language.prose import own_sentences

_CUES = read_patterns(Path(__file__).with_name("cues.yaml"), before=r"(?<!\w)", after=r"(?!\w)")
VALUES: dict[str, float | None] = {
    "neg_constraint_restate": -1.0,
    "neg_correction": -0.8,
    "neg_confusion": -0.6,
    "neg_request": -0.3,
    "neutral": 0.0,
    "pos_progress": 0.1,
    "pos_praise": 0.8,
    "topic_shift": None,
}
RESTATES_AT = 0.8
"""From this cosine with a card on, a preference in the message counts as stated before."""

BLAMES_FROM = 0.5
"""From this confidence on, a preference in the message implies that the answer lacked something. A less certain one may
be part of the next task; it is remembered, but lowers no reward."""

_LONGEST_FOLLOW_UP = 30
_MESSAGES_KEPT = 4096


_SURE = frozenset({"neg_constraint_restate", "neg_correction", "neg_confusion", "pos_praise", "topic_shift"})
"""Labels that the rules give only for a fixed phrase."""

Odds = Callable[[str], Mapping[str, float]]
"""Message -> score of each label, from a trained classifier (`pum.feedback.reaction_classifier`)."""


def keyword_reward(message: str, restates: float | None = None, asks: bool = False, odds: Odds | None = None) -> Reward:
    """Rate the previous turn by the user's next `message`.

    `restates`: the highest cosine between a preference in the message and the stored cards; None if either is missing.
    `asks`: the message contains a preference with confidence `BLAMES_FROM` or more (implied by `restates`).

    A stored preference, or a complaint that one was ignored, is `neg_constraint_restate`. A preference stated for the
    first time is `neg_request`, -0.3: something was missing, but the assistant could not know it, so the reward stays
    above the -0.5 from which the gate assigns blame. Blame precedes praise ("thanks, but that's wrong"), and a request
    precedes praise ("thanks! next time in a table, please").

    `odds` decides where the rules have no fixed phrase. A certain preference keeps a negative label.
    """
    label = _label(message, restates is not None and restates >= RESTATES_AT, asks or restates is not None)
    if odds is not None and label not in _SURE and own_sentences(message):
        of_label = odds(message)
        open_to = [name for name, value in VALUES.items() if label != "neg_request" or (value or 0.0) < 0]
        label = max(open_to, key=lambda name: of_label[name])
    return Reward(VALUES[label], label)


def surely(extracted: Iterable[ExtractedPreference]) -> tuple[ExtractedPreference, ...]:
    """The preferences that are certain enough to say something about the last answer."""
    return tuple(preference for preference in extracted if preference.confidence >= BLAMES_FROM)


def meant(message: str, extracted: tuple[ExtractedPreference, ...]) -> tuple[ExtractedPreference, ...]:
    """The extracted preferences that should be remembered.

    Uncertain ones are dropped next to a certain one, where they are its reason ("It just stops. Close with a recap,
    please."), and in praise and follow-up questions, where they are often false positives.
    """
    sure = surely(extracted)
    value = keyword_reward(message, asks=bool(sure)).value
    return sure if sure or (value is not None and value > 0) else extracted


@cached_by_text(_MESSAGES_KEPT)
def _label(message: str, restates: bool, asks: bool) -> str:
    sentences = [_CUES.double_negative.sub("perfect", sentence.text) for sentence in own_sentences(message)]
    if restates or any(map(_complains_of_form, sentences)):
        return "neg_constraint_restate"
    if sentences and _CUES.shift.search(sentences[0]):
        return "topic_shift"
    if any(_CUES.confusion.search(sentence) for sentence in sentences):
        return "neg_confusion"
    if _corrects(sentences, asks):
        return "neg_correction"
    if asks or any(_CUES.remark.search(sentence) for sentence in sentences):
        return "neg_request"
    if any(_CUES.praise.search(sentence) for sentence in sentences):
        return "pos_praise"
    return "pos_progress" if _follows_up(sentences) else "neutral"


def _corrects(sentences: list[str], asks: bool) -> bool:
    """Does the message criticise the content? Sending an answer back does not count if it `asks` for another form."""
    blame = [sentence for sentence in sentences if _CUES.correction.search(sentence)]
    if any(map(_CUES.surroundings.search, sentences)):
        blame = [sentence for sentence in blame if _CUES.plainly_wrong.search(sentence)]
    return bool(blame) or (not asks and any(map(_CUES.sent_back.search, sentences)))


def _complains_of_form(sentence: str) -> bool:
    return bool(_CUES.restated.search(sentence) or (_CUES.restated_form.search(sentence) and FORM.search(sentence)))


def _follows_up(sentences: list[str]) -> bool:
    """A short message that builds on the conversation. Long messages are statements of a new task."""
    words = sum(len(sentence.split()) for sentence in sentences)
    return 0 < words <= _LONGEST_FOLLOW_UP and any(_CUES.follows_up.search(sentence) for sentence in sentences)
