"""How a person puts things: of the ways to say something, each person has a few favourites."""

from functools import lru_cache

from pum.bench.profiles import Profile
from pum.core.rng import key

FAVOURITES = 3


class Speech:
    """One person's words in one session: who it is decides among what, `luck` which of these it is."""

    def __init__(self, profile: Profile, luck: tuple[object, ...]) -> None:
        self._person = key(profile.seed, profile.user_id, profile.persona)
        self._luck = luck

    def say(self, options: tuple[str, ...], *purpose: object, time: int = 0) -> str:
        """One of the person's favourites. What is said for the same purpose another `time` is said differently."""
        favourites = _favourites(self._person, options)
        return favourites[(key(*self._luck, *purpose) + time) % len(favourites)]


@lru_cache(maxsize=65536)
def _favourites(person: int, options: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(options, key=lambda option: key(person, option))[:FAVOURITES])
