"""Reads the users of the published benchmark MultiSessionCollab from a folder with its files.

`user_profiles.json` is a list of {"i": number, "persona": text, "preferences": [text, ...], ...}. `telling_words.yaml`
maps its texts to the preferences of data/multisessioncollab.yaml, which has our own wordings and checkers.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, Field, NonNegativeInt

from pum.bench.catalogue import load_preferences
from pum.bench.profiles import PATIENCE, SCHEMA_VERSION, TONES, Profile
from pum.bench.types import Preference
from pum.core.errors import InputError
from pum.core.files import read_text, read_yaml
from pum.core.paths import DATA
from pum.core.rng import pick
from pum.core.validation import Text, validated_json

PROFILES = "user_profiles.json"
IMPORTANCE = 1.0  # these users enforce every violation

TELLING_WORDS: Mapping[str, list[str]] = read_yaml(Path(__file__).with_name("telling_words.yaml"))


class _User(BaseModel):
    i: NonNegativeInt
    persona: Text
    preferences: Annotated[tuple[str, ...], Field(min_length=1)]


def load_msc_preferences() -> tuple[Preference, ...]:
    return load_preferences(DATA / "multisessioncollab.yaml")


def load_msc_profiles(folder: Path, seed: int = 0) -> tuple[Profile, ...]:
    """The users as profiles msc_000, msc_001, ..., with every preference of importance 1.

    The files have neither tone nor patience; both are drawn by `seed`. InputError naming the file and the user for
    anything malformed or unknown.
    """
    path = folder / PROFILES
    profiles: dict[str, Profile] = {}
    for user in validated_json(list[_User], read_text(path), f"{path}: user"):
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


def _preference_id(text: str, place: str) -> str:
    lowered = text.lower()
    for id_, words in TELLING_WORDS.items():
        if all(word in lowered for word in words):
            return id_
    raise InputError(f"{place}: unknown preference {text[:60]!r}")
