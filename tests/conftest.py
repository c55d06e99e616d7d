"""Shared by the tests: an embedder that needs no weights, where the real encoder's meaning is no matter."""

import sys

import pytest

from pum.retrieval.embed import CachedEmbedder
from pum.retrieval.hashing import HashingEmbedder

# An optional package of nbformat's validator, which compiles grammars for seconds when it is imported.
sys.modules.setdefault("rfc3987_syntax", None)


@pytest.fixture
def embedder() -> CachedEmbedder:
    return CachedEmbedder(HashingEmbedder())
