"""The item space: where cards become vectors that a user's vector can be compared with (v = P(e - mean))."""

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

    `identity` names the embedder's weights: another model's vectors mean nothing here, and are refused.
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
        """Twelve hex digits that change with anything the projection depends on."""
        parts = [FORMAT, self.identity, self.mean.tobytes(), self.components.tobytes(), str(self.unit_norm)]
        return hashlib.sha256(b"|".join(p.encode() if isinstance(p, str) else p for p in parts)).hexdigest()[:12]

    def project(self, embeddings: np.ndarray) -> np.ndarray:
        """(n, d) embeddings -> (n, k) float64 item vectors; of unit length, or zero, when `unit_norm`."""
        # All on the grid and no longer than 2, so products and their sums are exact even in float32, in whatever order
        # a CPU's BLAS adds them.
        items = ((embeddings - self.mean) @ self._axes).astype(np.float64)
        if self.unit_norm:
            norms = np.sqrt(np.einsum("nk,nk->n", items, items))[:, None]
            items = np.divide(items, norms, out=np.zeros_like(items), where=norms > 1e-9)
        return np.round(items, 9)


def fit_item_space(corpus: Sequence[str], embedder: Embedder, rank: int, unit_norm: bool = True) -> ItemSpace:
    """PCA over the embeddings of a fixed corpus of notes; the rank is capped by what the corpus can support."""
    texts = sorted(set(corpus))
    if len(texts) < 2:
        raise InputError("item space: the corpus needs at least two different notes")
    vectors = embedder.encode(texts).astype(np.float64)
    mean = on_grid(vectors.mean(axis=0)).astype(np.float64)
    _, singular, rows = np.linalg.svd(vectors - mean, full_matrices=False)
    keep = min(rank, len(texts) - 1, int(np.sum(singular > 1e-6 * singular[0])))
    rows = rows[:keep]
    # A principal axis has no sign of its own: make its largest coordinate positive.
    largest = np.abs(rows).argmax(axis=1)
    rows = rows * np.sign(rows[np.arange(keep), largest])[:, None]
    return ItemSpace(mean.astype(np.float32), on_grid(rows), embedder.identity, unit_norm)


def save_item_space(space: ItemSpace, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    header = np.array([FORMAT, space.identity, str(space.unit_norm)])
    with path.open("wb") as file:
        np.savez(file, header=header, mean=space.mean, components=space.components)


def load_item_space(path: Path, identity: str) -> ItemSpace:
    """The saved projection; InputError when it is missing, of another format, or of another embedder."""
    if not path.is_file():
        raise InputError(f"{path}: no item space there; run `dvc repro setup`")
    with np.load(path, allow_pickle=False) as data:
        form, fitted_on, unit_norm = (str(item) for item in data["header"])
        space = ItemSpace(data["mean"], data["components"], fitted_on, unit_norm == "True")
    if form != FORMAT or fitted_on != identity:
        raise InputError(f"{path}: fitted as {form} on embedder {fitted_on[:12]}, wanted {FORMAT} on {identity[:12]}")
    return space
