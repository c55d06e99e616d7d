"""The real encoder: the same bytes on every kind of CPU, and in every batch."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator

import numpy as np
import pytest

from pum.core.paths import ROOT
from pum.llm.weights import fetch
from pum.retrieval.embed import SentenceTransformerEmbedder, SentenceTransformerSettings

_PROGRAM = """
import hashlib
from pum.retrieval.embed import SentenceTransformerEmbedder, SentenceTransformerSettings
texts = [f"When writing item {n}, use {n % 7} bullet points and explain step {n * n}." for n in range(24)]
embedder = SentenceTransformerEmbedder(SentenceTransformerSettings(model="all-MiniLM-L6-v2"))
print(hashlib.sha256(embedder.encode(texts).tobytes()).hexdigest())
"""


def _digest(capability: str) -> str:
    environment = {**os.environ, "ATEN_CPU_CAPABILITY": capability, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", _PROGRAM]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.slow
def test_vectors_do_not_depend_on_the_instruction_set() -> None:
    import torch

    sets = ["default", "avx2", "avx512"]
    # What this CPU has: it would die of instructions beyond those.
    has = sets[: sets.index(torch.backends.cpu.get_cpu_capability().lower()) + 1]
    assert len({_digest(capability) for capability in has}) == 1


@pytest.mark.slow
def test_the_weights_are_the_published_ones() -> None:
    weights = fetch("all-MiniLM-L6-v2") / "model.safetensors"
    assert hashlib.sha256(weights.read_bytes()).hexdigest().startswith("53aa51172d142c89d9012cce15ae4d6c")


@pytest.fixture
def one_thread() -> Iterator[None]:
    """On a busy machine torch's threads wait for each other: a minute instead of a second."""
    import torch

    usual = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(usual)


@pytest.mark.slow
def test_no_vector_depends_on_its_batch(one_thread: None) -> None:
    """In another order, alone, and beside texts of other lengths, which pad it."""
    texts = ["Ok.", "日本語で。", *(f"Use {n} bullet points. " * (1 + n % 4) for n in range(34))]
    together, alone = (
        SentenceTransformerEmbedder(SentenceTransformerSettings(model="all-MiniLM-L6-v2", batch_size=size))
        for size in (32, 1)
    )
    vectors = together.encode(texts)
    assert len({vector.tobytes() for vector in vectors}) == len(texts)
    order = np.random.default_rng(0).permutation(len(texts))
    assert np.array_equal(together.encode([texts[place] for place in order]), vectors[order])
    assert np.array_equal(alone.encode(texts), vectors)
