"""Shared by the tests: a small deterministic embedder that needs no weights."""

import hashlib
import re
import sys

import numpy as np
import pytest

from pum.retrieval.embed import CachedEmbedder, on_grid

# An optional package of nbformat's validator, which compiles grammars for seconds when it is imported.
sys.modules.setdefault("rfc3987_syntax", None)


class HashingEmbedder:
    """Bags of hashed words: texts that share words are close. For where the real encoder's meaning is no matter."""

    identity = "hashing-test-embedder"
    dimension = 64
    query_prefix = ""

    def encode(self, texts):
        return on_grid(np.stack([self._one(text) for text in texts]))

    def _one(self, text: str) -> np.ndarray:
        vector = np.full(self.dimension, 1e-3)
        for word in re.findall(r"\w+", text.lower()):
            digest = hashlib.blake2b(word.encode(), digest_size=8).digest()
            vector[digest[0] % self.dimension] += 1.0 if digest[1] % 2 else -1.0
        return vector / np.linalg.norm(vector)


@pytest.fixture
def embedder() -> CachedEmbedder:
    return CachedEmbedder(HashingEmbedder())
