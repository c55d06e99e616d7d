"""What an embedder is, how params.yaml names one, and the grid that makes its vectors exact.

Encoders run in float64, and their unit vectors are rounded to multiples of 2**-10. The rounding error of float64 is so
small that every CPU, with any vector instructions, ends on the same grid point (tested in
tests/test_retrieval_embed.py). On this grid, a dot product of two unit vectors is a multiple of 2**-20 smaller than 2.
Float32 holds such numbers exactly, so the order of summation does not matter.
"""

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from pydantic import BaseModel, ConfigDict

from pum.core.errors import InputError
from pum.core.rounding import rounded

GRID = 1024
_BLOCK = re.compile(r"(```.*?(?:```|\Z))", re.DOTALL)
_END_OF_PART = re.compile(r"(?<=[.!?:])\s+|\n\s*\n")


class EmbedderSection(BaseModel):
    """The `kind` of an embedder and its settings, which `pum.retrieval.embed.load_embedder` checks.

    It knows no kind, so reading params.yaml depends on no embedder.
    """

    model_config = ConfigDict(extra="allow", frozen=True)

    kind: str


EmbedderParams = str | EmbedderSection


class Embedder(Protocol):
    """Turns texts into unit vectors.

    `identity` names the weights: caches and projections refuse vectors of other weights. `query_prefix` is what the
    model expects in front of search queries; most models expect nothing.
    """

    identity: str
    dimension: int
    query_prefix: str

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """(len(texts), dimension) float32, every value a multiple of 1/GRID, norms within 0.5% of 1."""
        ...


def on_grid(vectors: np.ndarray) -> np.ndarray:
    """Round to multiples of 1/GRID, as float32 (exact)."""
    return rounded(vectors, 1 / GRID).astype(np.float32)


def parts_of(text: str) -> tuple[str, ...]:
    """The sentences and code blocks of a text, in order. A text without any is its own only part."""
    pieces = []
    for number, piece in enumerate(_BLOCK.split(text)):
        pieces += [piece] if number % 2 else _END_OF_PART.split(piece)
    return tuple(piece.strip() for piece in pieces if piece.strip()) or (text,)


def weights_identity(path: Path) -> str:
    """SHA-256 of the weights in a model's folder."""
    files = sorted(path.glob("*.safetensors")) or sorted(path.glob("*.bin"))
    if not files:
        raise InputError(f"{path}: no weights (*.safetensors or *.bin) in this folder")
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()
