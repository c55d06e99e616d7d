"""How well an extractor finds the preferences in labelled messages."""

import re
from collections.abc import Sequence
from typing import Protocol

from pum.core.schemas import ExtractedPreference
from pum.language.words import content_words

_NEGATIVE = re.compile(r"(?:please )?(?:do not|don't|no|not|never|stop|avoid|drop|skip|without)\b", re.IGNORECASE)
_SHARED_NEEDED = 0.5


class Extractor(Protocol):
    def extract(self, message: str, topic: str | None = None) -> tuple[ExtractedPreference, ...]: ...


def match_items(
    extracted: Sequence[ExtractedPreference], labelled: Sequence[dict], text: str
) -> tuple[list[tuple[ExtractedPreference, dict]], list[ExtractedPreference]]:
    """One-to-one pairs of what was extracted and labelled in a message, best first; and what was made up.

    A pair's actions agree in sign and in content (`overlap` of at least one half), and what was extracted is found in
    the message. Left over beside a pair, the rest of its label is neither a second find nor made up.
    """
    candidates = sorted(
        (-overlap(found.action, label["action"]), i, j)
        for i, found in enumerate(extracted)
        for j, label in enumerate(labelled)
        if found.span in text and is_negative(found.action) == is_negative(label["action"])
    )
    partner: dict[int, int] = {}
    for score, i, j in candidates:
        if -score >= _SHARED_NEEDED and i not in partner and j not in partner.values():
            partner[i] = j
    pairs = [(extracted[i], labelled[j]) for i, j in sorted(partner.items())]
    covered = [content_words(label["action"]) for _, label in pairs]
    made_up = [
        found
        for i, found in enumerate(extracted)
        if i not in partner and not any(content_words(found.action) <= words for words in covered)
    ]
    return pairs, made_up


def overlap(one: str, other: str) -> float:
    """The F1 (Dice coefficient) of the two sets of content words."""
    mine, theirs = content_words(one), content_words(other)
    return 2 * len(mine & theirs) / (len(mine) + len(theirs))


def is_negative(action: str) -> bool:
    """Whether an action is a ban: it begins with "do not", "no", "never", "avoid" and the like."""
    return bool(_NEGATIVE.match(action))


def agree(found: str, labelled: str) -> bool:
    """Both conditions empty, or both given and overlapping by half."""
    return bool(found) == bool(labelled) and (not found or overlap(found, labelled) >= _SHARED_NEEDED)
