"""Users of a comparison: generated for it, by a seed of its own.

So nobody's preferences and importances are in two of them. What they come with (habits, tasks, luck) follows from the
study's seeds and their number, and is alike wherever these are.
"""

from pathlib import Path

from pum.bench.catalogue import load_preferences
from pum.bench.profiles import generate_profiles, write_profiles
from pum.params import Params
from pum.runner.config import DataFiles


def generated(params: Params, path: Path, count: int, seed: int) -> DataFiles:
    """The usual data, but with `count` users drawn by `seed`, as `params.world` says that users are; at `path`."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        world = params.world
        size, spread = world.preferences_per_profile, world.importance_spread
        write_profiles(path, generate_profiles(count, seed, load_preferences(), size, spread))
    return DataFiles(profiles=path)
