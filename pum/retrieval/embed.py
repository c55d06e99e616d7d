"""Sentence embeddings on an exact grid, computed once per distinct text.

The encoder runs in float64 and its unit vectors are rounded to multiples of 2**-10. Float64 leaves so little rounding
error that every CPU, whatever its vector instructions, lands on the same grid point (tested under several of them in
tests/test_retrieval_embed.py); and on this grid a dot product of two unit vectors is a multiple of 2**-20 below 2 in
size, hence exact in float32 in whatever order it is summed.

A text's vector is the direction of the mean over its parts (sentences, pasted blocks of code). So no text is cut at the
encoder's 256 tokens, and of a hundred messages about one pasted problem only what is new has to be encoded.
"""

import hashlib
import re
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from pum.core.errors import InputError
from pum.core.paths import CACHE
from pum.core.sqlite_file import SqliteFile
from pum.llm.weights import fetch
from pum.retrieval.settings import Qwen3EmbedderParams, ServedEmbedderParams

GRID = 1024
# The first table is that of earlier versions, which held the texts themselves.
_SCHEMA = """
DROP TABLE IF EXISTS vectors;
CREATE TABLE IF NOT EXISTS parts (digest BLOB PRIMARY KEY, vector BLOB NOT NULL) WITHOUT ROWID;
"""
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


class SentenceTransformerEmbedder:
    """Any sentence-transformers model from a local folder; loaded at the first text."""

    query_prefix = ""

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
    """Remembers vectors: of texts in memory, of their parts (given a file) on disk, for all processes of a machine.

    Vectors are a pure function of weights and text, so the cache changes how long a run takes and nothing else. The
    file names a text by its digest, so that nobody's words are in it; without `keep` it is read, and nothing is added.
    """

    def __init__(self, embedder: Embedder, file: Path | None = None, keep: bool = True) -> None:
        self.embedder, self.identity, self.dimension = embedder, embedder.identity, embedder.dimension
        self._known: dict[str, np.ndarray] = {}
        self._parts: dict[bytes, np.ndarray] = {}  # by digest
        self._keeps = keep
        self._lock = threading.Lock()
        self._file = None
        if file:
            self._file = SqliteFile(_file_of(file, embedder.identity), _SCHEMA, secure_delete=True)
            with self._file.use() as db:
                self._remember(db.execute("SELECT digest, vector FROM parts"))

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        return self._encode(texts, "")

    def encode_queries(self, texts: Sequence[str]) -> np.ndarray:
        """As `encode`, of texts to search with."""
        return self._encode(texts, self.embedder.query_prefix)

    def _encode(self, texts: Sequence[str], prefix: str) -> np.ndarray:
        """Every part of a text gets the prefix: each is encoded by itself."""
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        if missing := [text for text in texts if prefix + text not in self._known]:
            parts = {text: [prefix + part for part in parts_of(text)] for text in missing}
            with self._lock:
                self._encode_parts({_digest(part): part for own in parts.values() for part in own})
            self._known.update((prefix + text, self._mean(own)) for text, own in parts.items())
        return np.stack([self._known[prefix + text] for text in texts])

    def one(self, text: str) -> np.ndarray:
        """(dimension,) vector of a single text."""
        found = self._known.get(text)
        return self.encode([text])[0] if found is None else found

    def _encode_parts(self, parts: dict[bytes, str]) -> None:
        """Make the vectors of parts, given by digest, known."""
        missing = [digest for digest in parts if digest not in self._parts]
        if missing and self._file:
            self._look_up(missing)
        if missing := {parts[digest]: digest for digest in missing if digest not in self._parts}:
            texts = sorted(missing)
            vectors = self.embedder.encode(texts)
            digests = [missing[text] for text in texts]
            self._parts.update(zip(digests, vectors, strict=True))
            self._keep(digests, vectors)

    def _mean(self, parts: Sequence[str]) -> np.ndarray:
        vectors = [self._parts[_digest(part)] for part in parts]
        if len(vectors) == 1:
            return vectors[0]
        # Sums of numbers on the grid are exact; only the division below rounds, and alike on every CPU.
        total = np.sum(vectors, axis=0, dtype=np.float64)
        return on_grid(total / max(float(np.sqrt(np.sum(np.square(total * GRID)))) / GRID, 1.0 / GRID))

    def _look_up(self, digests: list[bytes]) -> None:
        """What another process has computed since this one started."""
        for start in range(0, len(digests), 500):
            part = digests[start : start + 500]
            marks = ",".join("?" * len(part))
            with self._file.use() as db:
                self._remember(db.execute(f"SELECT digest, vector FROM parts WHERE digest IN ({marks})", part))

    def _remember(self, rows: Iterable[tuple[bytes, bytes]]) -> None:
        for digest, blob in rows:
            self._parts[digest] = np.frombuffer(blob, dtype="<i2").astype(np.float32) / GRID

    def _keep(self, digests: list[bytes], vectors: np.ndarray) -> None:
        if self._file and self._keeps:
            steps = np.round(vectors * GRID).astype("<i2")
            rows = [(digest, row.tobytes()) for digest, row in zip(digests, steps, strict=True)]
            with self._file.transaction() as db:
                db.executemany("INSERT OR IGNORE INTO parts VALUES (?, ?)", rows)


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode(errors="surrogatepass"), digest_size=16).digest()


def parts_of(text: str) -> tuple[str, ...]:
    """The sentences and blocks of code of a text, in order; the text itself when it has none."""
    pieces = []
    for number, piece in enumerate(_BLOCK.split(text)):
        pieces += [piece] if number % 2 else _END_OF_PART.split(piece)
    return tuple(piece.strip() for piece in pieces if piece.strip()) or (text,)


def load_embedder(
    embedder: str | Qwen3EmbedderParams | ServedEmbedderParams, keep_vectors: bool = True
) -> CachedEmbedder:
    """The embedder that params.yaml names, with the project's cache of its vectors; `hashing` needs neither.

    Without `keep_vectors` new ones are not added to the cache.
    """
    if embedder == "hashing":
        from pum.retrieval.hashing import HashingEmbedder

        return CachedEmbedder(HashingEmbedder())
    return CachedEmbedder(_build(embedder), CACHE / "embeddings.sqlite", keep_vectors)


def _build(embedder: str | Qwen3EmbedderParams | ServedEmbedderParams) -> Embedder:
    if isinstance(embedder, str):
        path = fetch(embedder)
        return SentenceTransformerEmbedder(path, weights_identity(path))
    from pum.retrieval.qwen3 import Qwen3Embedder
    from pum.retrieval.served import ServedEmbedder

    settings = embedder.model_dump(exclude={"kind"}, exclude_none=True)
    if embedder.kind == "qwen3":
        return Qwen3Embedder(Path(settings.pop("path")), **settings)
    return ServedEmbedder(**settings)


def weights_identity(path: Path) -> str:
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


def _file_of(file: Path, identity: str) -> Path:
    """The cache file of these weights; another model's vectors live in another file."""
    return file.with_name(f"{file.stem}-{identity[:12]}{file.suffix}")
