"""Shared by the tests: an embedder that needs no weights, where the real encoder's meaning is no matter."""

import sys

import pytest
from hypothesis import HealthCheck, settings

from pum.retrieval.embed import CachedEmbedder, HashingEmbedder

# An optional package of nbformat's validator, which compiles grammars for seconds when it is imported.
sys.modules.setdefault("rfc3987_syntax", None)

# A busy machine may stand still for a second in any example.
settings.register_profile("pum", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("pum")


@pytest.fixture
def embedder() -> CachedEmbedder:
    return CachedEmbedder(HashingEmbedder())


# Few tests, each of them long. Started last, one of them would keep a single worker busy after all others are done.
_LONG_FILES = ("test_notebooks.py", "test_runner_run.py", "test_runner_controls.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long files first; otherwise as collected."""
    items.sort(key=lambda item: item.path.name not in _LONG_FILES)
