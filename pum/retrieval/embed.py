"""Sentence embeddings on an exact grid, computed once per distinct text.

The encoder runs in float64 and its unit vectors are rounded to multiples of 2**-10. Float64 leaves so little rounding
error that every CPU, whatever its vector instructions, lands on the same grid point (tested under several instruction
sets in tests/test_retrieval_embed.py); and on this grid a dot product of two unit vectors is a multiple of 2**-20 below 2 in
size, hence exact in float32 in whatever order it is summed.
"""

import hashlib
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from pum.errors import InputError
from pum.llm.weights import fetch
from pum.paths import WORK

GRID = 1024


class Embedder(Protocol):
    """Turns texts into unit vectors. `identity` names the weights, so that caches and projections can refuse others."""

    identity: str
    dimension: int

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """(len(texts), dimension) float32, every value a multiple of 1/GRID, norms within 0.5% of 1."""
        ...


class SentenceTransformerEmbedder:
    """Any sentence-transformers model from a local folder; loaded at the first text."""

    def __init__(self, path: Path, identity: str, dimension: int = 384, batch_size: int = 32) -> None:
        self.path, self.identity, self.dimension, self.batch_size = path, identity, dimension, batch_size
        self._model = None

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        if self._model is None:
            self._model = self._load()
        vectors = self._model.encode(
            list(texts), batch_size=self.batch_size, normalize_embeddings=True, show_progress_bar=False
        )
        return on_grid(vectors)

    def _load(self) -> object:
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging

        logging.disable_progress_bar()
        return SentenceTransformer(str(self.path), device="cpu").double()


class CachedEmbedder:
    """Remembers vectors by text, in memory and (given a file) on disk, shared by all processes of a machine.

    Vectors are a pure function of weights and text, so the cache changes how long a run takes and nothing else.
    """

    def __init__(self, embedder: Embedder, file: Path | None = None) -> None:
        self.embedder, self.identity, self.dimension = embedder, embedder.identity, embedder.dimension
        self._known: dict[str, np.ndarray] = {}
        self._db = _open(file, embedder.identity) if file else None
        if self._db:
            self._remember(self._db.execute("SELECT text, vector FROM vectors"))

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        missing = sorted({text for text in texts if text not in self._known})
        if missing and self._db:
            self._look_up(missing)
            missing = [text for text in missing if text not in self._known]
        if missing:
            vectors = self.embedder.encode(missing)
            self._known.update(zip(missing, vectors, strict=True))
            self._keep(missing, vectors)
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        return np.stack([self._known[text] for text in texts])

    def one(self, text: str) -> np.ndarray:
        """(dimension,) vector of a single text."""
        found = self._known.get(text)
        return self.encode([text])[0] if found is None else found

    def _look_up(self, texts: list[str]) -> None:
        """What another process has computed since this one started."""
        for start in range(0, len(texts), 500):
            part = texts[start : start + 500]
            marks = ",".join("?" * len(part))
            self._remember(self._db.execute(f"SELECT text, vector FROM vectors WHERE text IN ({marks})", part))

    def _remember(self, rows: Iterable[tuple[str, bytes]]) -> None:
        for text, blob in rows:
            self._known[text] = np.frombuffer(blob, dtype="<i2").astype(np.float32) / GRID

    def _keep(self, texts: list[str], vectors: np.ndarray) -> None:
        if self._db:
            steps = np.round(vectors * GRID).astype("<i2")
            with self._db:
                rows = [(text, row.tobytes()) for text, row in zip(texts, steps, strict=True)]
                self._db.executemany("INSERT OR IGNORE INTO vectors VALUES (?, ?)", rows)


def load_embedder(name: str) -> CachedEmbedder:
    """The embedder that params.yaml names, with the project's cache of its vectors."""
    path = fetch(name)
    return CachedEmbedder(SentenceTransformerEmbedder(path, _identity(path)), WORK / "embeddings.sqlite")


def _identity(path: Path) -> str:
    """SHA-256 of the weights in a model's folder."""
    files = sorted(path.glob("*.safetensors")) or sorted(path.glob("*.bin"))
    if not files:
        raise InputError(f"{path}: no weights (*.safetensors) in this folder")
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()


def on_grid(vectors: np.ndarray) -> np.ndarray:
    """Round to multiples of 1/GRID, as float32 (exact)."""
    return (np.round(np.asarray(vectors, dtype=np.float64) * GRID) / GRID).astype(np.float32)


def _open(file: Path, identity: str) -> sqlite3.Connection:
    """The cache file of these weights; another model's vectors live in another file."""
    file.parent.mkdir(parents=True, exist_ok=True)
    db = sqlite3.connect(
        file.with_name(f"{file.stem}-{identity[:12]}{file.suffix}"), timeout=60, check_same_thread=False
    )
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=NORMAL")
    with db:
        db.execute("CREATE TABLE IF NOT EXISTS vectors (text TEXT PRIMARY KEY, vector BLOB NOT NULL) WITHOUT ROWID")
    return db
