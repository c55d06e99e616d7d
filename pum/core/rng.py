"""Keyed random numbers: a draw depends on its key alone, not on the method, the machine or the order of calls."""

import hashlib

import numpy as np


def key(*parts: object) -> int:
    """A 64-bit integer from any printable parts, the same on every machine and Python version."""
    text = "\x1f".join(map(str, parts))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")


def generator(*parts: object) -> np.random.Generator:
    """A generator keyed by e.g. (seed, purpose, profile, session, turn)."""
    return np.random.Generator(np.random.PCG64(key(*parts)))


def uniform(*parts: object) -> float:
    """One draw in [0, 1), much cheaper than a generator."""
    return (key(*parts) >> 11) * 2.0**-53


def pick(options: list | tuple, *parts: object) -> object:
    """One of `options`, uniformly."""
    return options[key(*parts) % len(options)]
