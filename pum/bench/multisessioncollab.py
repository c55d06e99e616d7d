"""The users of the published benchmark MultiSessionCollab, read from a folder of its files; nothing of it is kept here.

`user_profiles.json` is a list of {"i": number, "persona": text, "preferences": [text, ...], ...}. Its texts are mapped
to the preferences of data/multisessioncollab.yaml, whose wordings and checkers are ours, by words that tell them apart.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, Field, NonNegativeInt

from pum.bench.catalogue import load_preferences
from pum.bench.profiles import PATIENCE, SCHEMA_VERSION, TONES, Profile
from pum.bench.record_files import Text
from pum.bench.types import Preference
from pum.core.errors import InputError
from pum.core.paths import DATA
from pum.core.rng import pick
from pum.core.validation import validated

PROFILES = "user_profiles.json"
IMPORTANCE = 1.0  # they enforce every violation

# Id -> words of which all occur in the original's text. The first row that fits counts.
TELLING_WORDS: Mapping[str, tuple[str, ...]] = {
    "mc_005": ("tl;dr",),
    "mc_004": ("three sentences",),
    "mc_003": ("headings",),
    "mc_002": ("numbered steps",),
    "mc_012": ("narrative",),  # before bullets, which it mentions too
    "mc_001": ("bullet",),
    "mc_006": ("takeaways",),
    "mc_016": ("confidence",),
    "mc_017": ("approaches", "tradeoffs"),
    "mc_018": ("outline",),
    "mc_013": ("intuition",),
    "mc_014": ("assumptions",),
    "mc_015": ("analogies",),
    "mc_019": ("increment",),
    "mc_020": ("holistic",),
    "mc_010": ("blunt",),
    "mc_009": ("friendly",),
    "mc_011": ("narration",),
    "mc_008": ("unsolicited",),
    "mc_007": ("proactive",),
}


class _User(BaseModel):
    i: NonNegativeInt
    persona: Text
    preferences: Annotated[tuple[str, ...], Field(min_length=1)]


def load_msc_preferences() -> tuple[Preference, ...]:
    """The catalogue that its profiles refer to."""
    return load_preferences(DATA / "multisessioncollab.yaml")


def load_msc_profiles(folder: Path, seed: int = 0) -> tuple[Profile, ...]:
    """Its users as profiles msc_000, msc_001, ...: every preference of importance 1; tone and patience, of which it
    says nothing, drawn by `seed`. InputError naming the file and the user for anything malformed or unknown."""
    path = folder / PROFILES
    users = _read(path)
    profiles: dict[str, Profile] = {}
    for user in users:
        user_id = f"msc_{user.i:03d}"
        if user_id in profiles:
            raise InputError(f"{path}: user {user.i} comes twice")
        ids = [_preference_id(text, f"{path}: user {user.i}") for text in user.preferences]
        profiles[user_id] = Profile(
            user_id=user_id,
            persona=user.persona,
            tone=pick(TONES, seed, "tone", user_id),
            patience=pick(tuple(PATIENCE), seed, "patience", user_id),
            schema_version=SCHEMA_VERSION,
            seed=seed,
            preferences=tuple((id_, IMPORTANCE) for id_ in dict.fromkeys(ids)),
        )
    return tuple(profiles.values())


def _read(path: Path) -> list[_User]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as failure:
        raise InputError(f"{path}: {failure.strerror}") from None
    except ValueError as failure:
        raise InputError(f"{path}: not JSON: {failure}") from None
    return validated(list[_User], content, f"{path}: user")


def _preference_id(text: str, place: str) -> str:
    lowered = text.lower()
    for id_, words in TELLING_WORDS.items():
        if all(word in lowered for word in words):
            return id_
    raise InputError(f"{place}: unknown preference {text[:60]!r}")
