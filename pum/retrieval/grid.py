"""What an embedder is, and the exact grid that its vectors are on.

Encoders run in float64 and their unit vectors are rounded to multiples of 2**-10. Float64 leaves so little rounding
error that every CPU, whatever its vector instructions, lands on the same grid point (tested under several of them in
tests/test_retrieval_embed.py); and on this grid a dot product of two unit vectors is a multiple of 2**-20 below 2 in
size, hence exact in float32 in whatever order it is summed.
"""

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from pum.core.errors import InputError
from pum.core.numbers import rounded

GRID = 1024
_BLOCK = re.compile(r"(```.*?(?:```|\Z))", re.DOTALL)
_END_OF_PART = re.compile(r"(?<=[.!?:])\s+|\n\s*\n")


class Embedder(Protocol):
    """Turns texts into unit vectors. `identity` names the weights, so that caches and projections can refuse others.

    `query_prefix` is what the model wants before a text that is searched with; most want nothing.
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
    """The sentences and blocks of code of a text, in order; the text itself when it has none."""
    pieces = []
    for number, piece in enumerate(_BLOCK.split(text)):
        pieces += [piece] if number % 2 else _END_OF_PART.split(piece)
    return tuple(piece.strip() for piece in pieces if piece.strip()) or (text,)


def weights_identity(path: Path) -> str:
    """SHA-256 of the weights in a model's folder."""
    files = sorted(path.glob("*.safetensors")) or sorted(path.glob("*.bin"))
    if not files:
        raise InputError(f"{path}: no weights (*.safetensors) in this folder")
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()
