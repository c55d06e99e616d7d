"""The reward by rules: what the user's next message says about the last answer.

Every cue is a phrase that speaks *to* the assistant or *about* its answer ("that's wrong", "you forgot"), at word
boundaries, in the user's own prose: code, quotations and pasted documents are left out. Lone words such as "no",
"wrong" or "great" are not cues, because the statements of tasks are full of them.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache

from pum.core.schemas import ExtractedPreference, Reward
from pum.feedback.cues import (
    CONFUSION,
    CORRECTION,
    DOUBLE_NEGATIVE,
    FOLLOWS_UP,
    PLAINLY_WRONG,
    PRAISE,
    REMARK,
    RESTATED,
    RESTATED_FORM,
    SENT_BACK,
    SHIFT,
    SURROUNDINGS,
)
from pum.language.lexicon import FORM
from pum.language.prose import own_sentences

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
"""Cosine from which a preference in the message counts as one that the user had already stated."""

BLAMES_FROM = 0.5
"""Confidence from which a preference in the message says that the answer lacked something. What is heard less surely
may be a part of the next task; it is remembered, but blames nobody."""

_LONGEST_FOLLOW_UP = 30
_MESSAGES_KEPT = 4096


_SURE = frozenset({"neg_constraint_restate", "neg_correction", "neg_confusion", "pos_praise", "topic_shift"})
"""Labels that the rules give for a set phrase alone."""

Odds = Callable[[str], Mapping[str, float]]
"""How likely each label is, in the opinion of something trained (`pum.feedback.reaction_classifier`)."""


def keyword_reward(message: str, restates: float | None = None, asks: bool = False, odds: Odds | None = None) -> Reward:
    """Rate the previous turn by the user's next `message`.

    `restates`: the highest cosine between a preference in the message and the stored cards, None when either is
    missing. `asks`: the message surely (`BLAMES_FROM`) holds a preference (implied by `restates`).

    A preference that is stored already, or a complaint that one was ignored, is `neg_constraint_restate`. A preference
    said for the first time is `neg_request`, -0.3: something was missing, but nobody could have known it, so it stays
    above the -0.5 from which the gate looks for somebody to blame. Blame goes before praise ("thanks, but that's
    wrong"), and a request before praise ("thanks! next time in a table, please").

    `odds` decides where the rules have no set phrase. A preference heard surely stays a complaint of some sort.
    """
    label = _label(message, restates is not None and restates >= RESTATES_AT, asks or restates is not None)
    if odds is not None and label not in _SURE and own_sentences(message):
        of_label = odds(message)
        open_to = [name for name, value in VALUES.items() if label != "neg_request" or (value or 0.0) < 0]
        label = max(open_to, key=lambda name: of_label[name])
    return Reward(VALUES[label], label)


def surely(extracted: Iterable[ExtractedPreference]) -> tuple[ExtractedPreference, ...]:
    """Those that are sure enough to say something about the last answer."""
    return tuple(preference for preference in extracted if preference.confidence >= BLAMES_FROM)


def meant(message: str, extracted: tuple[ExtractedPreference, ...]) -> tuple[ExtractedPreference, ...]:
    """What is to be remembered of what was heard. Beside a plain wish, what only seems to be one is the reason for it
    ("It just stops. Close with a recap, please."); and thanks and further questions seem to wish for much."""
    sure = surely(extracted)
    value = keyword_reward(message, asks=bool(sure)).value
    return sure if sure or (value is not None and value > 0) else extracted


@lru_cache(maxsize=_MESSAGES_KEPT)
def _label(message: str, restates: bool, asks: bool) -> str:
    sentences = [DOUBLE_NEGATIVE.sub("perfect", sentence.text) for sentence in own_sentences(message)]
    if restates or any(map(_complains_of_form, sentences)):
        return "neg_constraint_restate"
    if sentences and SHIFT.search(sentences[0]):
        return "topic_shift"
    if any(CONFUSION.search(sentence) for sentence in sentences):
        return "neg_confusion"
    if _corrects(sentences, asks):
        return "neg_correction"
    if asks or any(REMARK.search(sentence) for sentence in sentences):
        return "neg_request"
    if any(PRAISE.search(sentence) for sentence in sentences):
        return "pos_praise"
    return "pos_progress" if _follows_up(sentences) else "neutral"


def _corrects(sentences: list[str], asks: bool) -> bool:
    """Is the content blamed? A message that `asks` for a form sends the answer back for that."""
    blame = [sentence for sentence in sentences if CORRECTION.search(sentence)]
    if any(map(SURROUNDINGS.search, sentences)):
        blame = [sentence for sentence in blame if PLAINLY_WRONG.search(sentence)]
    return bool(blame) or (not asks and any(map(SENT_BACK.search, sentences)))


def _complains_of_form(sentence: str) -> bool:
    return bool(RESTATED.search(sentence) or (RESTATED_FORM.search(sentence) and FORM.search(sentence)))


def _follows_up(sentences: list[str]) -> bool:
    """A short message that builds on what was said. Long ones are statements of a new task."""
    words = sum(len(sentence.split()) for sentence in sentences)
    return 0 < words <= _LONGEST_FOLLOW_UP and any(FOLLOWS_UP.search(sentence) for sentence in sentences)
