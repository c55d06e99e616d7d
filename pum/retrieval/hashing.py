"""A baseline embedder without a model: texts are close that share words, and nothing is known of meaning.

Signed feature hashing of bags of words (Weinberger et al. 2009, https://arxiv.org/abs/0902.2206).
"""

import hashlib
import re
from collections.abc import Sequence

import numpy as np

from pum.core.settings import OfKind
from pum.retrieval.embed import EMBEDDERS
from pum.retrieval.grid import on_grid

_WORD = re.compile(r"\w+")


class HashingEmbedder:
    identity = "hashing-words-1"
    dimension = 384
    query_prefix = ""

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """(len(texts), 384) float32 unit vectors on the grid; a text without words has the first axis to itself."""
        vectors = np.zeros((len(texts), self.dimension))
        for vector, text in zip(vectors, texts, strict=True):
            for word in _WORD.findall(text.lower()):
                digest = int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest())
                vector[(digest >> 1) % self.dimension] += 1.0 if digest & 1 else -1.0
            if not vector.any():
                vector[0] = 1.0
        return on_grid(vectors / np.sqrt(np.sum(np.square(vectors), axis=1, keepdims=True)))


@EMBEDDERS.register("hashing", OfKind)
def build(settings: OfKind) -> HashingEmbedder:
    return HashingEmbedder()
