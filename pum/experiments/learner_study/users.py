"""Users of a comparison: generated for it, by a seed of its own.

So nobody's preferences and importances are in two of them. What they come with (habits, tasks, luck) follows from the
study's seeds and their number, and is alike wherever these are.
"""

from pathlib import Path

from pum.bench.catalogue import load_preferences
from pum.bench.profiles import generate_profiles, write_profiles
from pum.config.params import Params
from pum.results.files import write_whole
from pum.runner.config import DataFiles


def generated(params: Params, path: Path, count: int, seed: int) -> DataFiles:
    """The usual data, but with `count` users drawn by `seed`, as `params.world` says that users are; at `path`.

    Whoever is there already may be an interrupted stage's, of other parameters, and makes way.
    """
    size, spread = params.world.preferences_per_profile, params.world.importance_spread
    profiles = generate_profiles(count, seed, load_preferences(), size, spread)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, lambda temporary: write_profiles(temporary, profiles))
    return DataFiles(profiles=path)
