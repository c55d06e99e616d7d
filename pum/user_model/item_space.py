"""The item space: a projection of cards' embeddings, v = P(e - mean), into the space of the users' vectors."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from pum.core.errors import InputError
from pum.retrieval.grid import Embedder, on_grid

FORMAT = "pum-item-space-1"


@dataclass(frozen=True)
class ItemSpace:
    """A centred PCA projection of embeddings. `mean` (d,), `components` (k, d), both on the embedding grid.

    `identity` names the embedder's weights; vectors of other weights are refused.
    """

    mean: np.ndarray
    components: np.ndarray
    identity: str
    unit_norm: bool = True

    @property
    def rank(self) -> int:
        return len(self.components)

    @cached_property
    def _axes(self) -> np.ndarray:
        return np.ascontiguousarray(self.components.T, dtype=np.float32)

    @property
    def version(self) -> str:
        """Twelve hex digits that identify the projection."""
        parts = [FORMAT, self.identity, self.mean.tobytes(), self.components.tobytes(), str(self.unit_norm)]
        return hashlib.sha256(b"|".join(p.encode() if isinstance(p, str) else p for p in parts)).hexdigest()[:12]

    def project(self, embeddings: np.ndarray) -> np.ndarray:
        """(n, d) embeddings -> (n, k) float64 item vectors. With `unit_norm`, each has length 1 or is zero."""
        # All values are on the grid, and norms are at most 2, so products and sums are exact in float32. The order in
        # which a BLAS adds them does not matter.
        items = ((embeddings - self.mean) @ self._axes).astype(np.float64)
        if self.unit_norm:
            norms = np.sqrt(np.einsum("nk,nk->n", items, items))[:, None]
            items = np.divide(items, norms, out=np.zeros_like(items), where=norms > 1e-9)
        return np.round(items, 9)


def fit_item_space(corpus: Sequence[str], embedder: Embedder, rank: int, unit_norm: bool = True) -> ItemSpace:
    """PCA of the embeddings of a fixed corpus of notes. A small corpus may lower the rank."""
    texts = sorted(set(corpus))
    if len(texts) < 2:
        raise InputError("item space: the corpus needs at least two different notes")
    vectors = embedder.encode(texts).astype(np.float64)
    mean = on_grid(vectors.mean(axis=0)).astype(np.float64)
    _, singular, rows = np.linalg.svd(vectors - mean, full_matrices=False)
    keep = min(rank, len(texts) - 1, int(np.sum(singular > 1e-6 * singular[0])))
    rows = rows[:keep]
    # The sign of a principal axis is arbitrary: make its largest coordinate positive.
    largest = np.abs(rows).argmax(axis=1)
    rows = rows * np.sign(rows[np.arange(keep), largest])[:, None]
    return ItemSpace(mean.astype(np.float32), on_grid(rows), embedder.identity, unit_norm)


def save_item_space(space: ItemSpace, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    header = np.array([FORMAT, space.identity, str(space.unit_norm)])
    with path.open("wb") as file:
        np.savez(file, header=header, mean=space.mean, components=space.components)


def load_item_space(path: Path, identity: str) -> ItemSpace:
    """The saved projection. InputError if it is missing, has another format, or belongs to another embedder."""
    if not path.is_file():
        raise InputError(f"{path}: no such item space; run `dvc repro setup`")
    with np.load(path, allow_pickle=False) as data:
        form, fitted_on, unit_norm = (str(item) for item in data["header"])
        space = ItemSpace(data["mean"], data["components"], fitted_on, unit_norm == "True")
    if form != FORMAT or fitted_on != identity:
        raise InputError(f"{path}: fitted as {form} on embedder {fitted_on[:12]}, wanted {FORMAT} on {identity[:12]}")
    return space
