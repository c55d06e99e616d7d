"""Do users with similar preferences learn similar vectors?

Pairs of users are not independent, since each user is in many of them. The null distribution therefore comes from
relabelling users (Mantel 1967), which keeps both matrices. A test of independent pairs would find chance significant.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from pum.core.rng import generator
from pum.results.files import made

PERMUTATIONS = 999


@dataclass(frozen=True)
class Overlap:
    """Spearman's `rho` over pairs of users, and `contrast`: the mean cosine of the quarter of pairs with most overlap
    (`top`) minus that with least (`bottom`). Both p values are two-sided, by permutation; `null`: rho's draws."""

    users: int
    pairs: int
    rho: float
    p: float
    top: float
    bottom: float
    contrast_p: float
    null: np.ndarray

    @property
    def contrast(self) -> float:
        return self.top - self.bottom


def mantel(similar: np.ndarray, overlap: np.ndarray, permutations: int, *random_key: object) -> Overlap:
    """Mantel's test of two symmetric (n, n) matrices over the same users; ValueError if one has no spread."""
    count = len(similar)
    pairs = np.triu_indices(count, 1)
    if count < 4 or np.ptp(similar[pairs]) == 0 or np.ptp(overlap[pairs]) == 0:
        raise ValueError("no correlation: fewer than four users, or all pairs are alike")
    order = np.argsort(overlap[pairs], kind="stable")
    quarter = max(1, len(order) // 4)
    bottom, top = order[:quarter], order[-quarter:]
    contrast = np.zeros(len(order))
    contrast[top], contrast[bottom] = 1 / quarter, -1 / quarter
    # Each measure (rho of ranks, contrast) is a sum over pairs of a relabelled matrix times a fixed one.
    moving = [_square(_standard_ranks(similar[pairs]), count), _square(similar[pairs], count)]
    fixed = [_square(_standard_ranks(overlap[pairs]), count), _square(contrast, count)]

    def measured(users: np.ndarray) -> list[float]:
        grid = np.ix_(users, users)
        return [float(np.einsum("ij,ij->", one[grid], other)) / 2 for one, other in zip(moving, fixed, strict=True)]

    rho, difference = measured(np.arange(count))
    random_key_ = generator("mantel", *random_key)
    null = np.array([measured(random_key_.permutation(count)) for _ in range(permutations)])
    return Overlap(
        users=count,
        pairs=len(order),
        rho=rho,
        p=_two_sided(rho, null[:, 0]),
        top=float(similar[pairs][top].mean()),
        bottom=float(similar[pairs][bottom].mean()),
        contrast_p=_two_sided(difference, null[:, 1]),
        null=null[:, 0],
    )


def cosines(vectors: np.ndarray) -> np.ndarray:
    """Cosines (n, n) of vectors (n, k); a zero vector has cosine 0 with all."""
    norms = np.sqrt(np.einsum("nk,nk->n", vectors, vectors))[:, None]
    unit = np.divide(vectors, norms, out=np.zeros_like(vectors), where=norms > 0)
    return np.einsum("ik,jk->ij", unit, unit)


def jaccard(sets: Sequence[set[str]]) -> np.ndarray:
    """Jaccard similarities (n, n) of n sets; 0 for two empty sets."""
    members = sorted(set().union(*sets))
    holds = np.array([[member in one for member in members] for one in sets], dtype=float)
    shared = np.einsum("ik,jk->ij", holds, holds)
    either = holds.sum(axis=1)[:, None] + holds.sum(axis=1)[None, :] - shared
    return np.divide(shared, either, out=np.zeros_like(shared), where=either > 0)


def mean_cosines(vectors_by_seed: Mapping[int, np.ndarray]) -> np.ndarray:
    """Cosines (n, n), averaged over seeds; vectors are only compared within a repetition."""
    return np.mean([cosines(vectors) for _, vectors in sorted(vectors_by_seed.items())], axis=0)


def load_vectors(folder: Path) -> tuple[dict[int, np.ndarray], dict[int, dict[str, set[str]]]]:
    """From a run's final states, by seed: z_long (n, k) in order of users, and user -> preferences ever asked for."""
    users = pd.read_parquet(made(folder / "users.parquet")).sort_values(["seed", "user_id"])
    vectors, said = {}, {}
    for seed, mine in users.groupby("seed"):
        states = [json.loads(state) for state in mine.state]
        vectors[int(seed)] = np.array([state["assistant"]["vectors"]["z_long"] for state in states])
        said[int(seed)] = {name: set(state["said"]) for name, state in zip(mine.user_id, states, strict=True)}
    return vectors, said


def _standard_ranks(values: np.ndarray) -> np.ndarray:
    """Ranks with zero mean and unit length, so that a dot product of two is Spearman's rho."""
    ranks = rankdata(values)
    ranks -= ranks.mean()
    return ranks / np.sqrt(ranks @ ranks)


def _square(values: np.ndarray, count: int) -> np.ndarray:
    """The symmetric (count, count) matrix of values over pairs, with a diagonal of zeros."""
    square = np.zeros((count, count))
    square[np.triu_indices(count, 1)] = values
    return square + square.T


def _two_sided(value: float, null: np.ndarray) -> float:
    # The observed labelling counts as one of the permutations.
    return float((1 + np.sum(np.abs(null) >= abs(value) - 1e-12)) / (1 + len(null)))
