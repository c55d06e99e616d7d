"""Sentence embeddings, computed once per distinct text.

A text's vector is the direction of the mean over its parts (sentences, pasted blocks of code). So no text is cut at the
encoder's 256 tokens, and of a hundred messages about one pasted problem only what is new has to be encoded.
"""

import hashlib
import sqlite3
import threading
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pum.core.paths import CACHE
from pum.core.registry import Registry
from pum.core.sqlite_file import named
from pum.retrieval.grid import GRID, Embedder, on_grid, parts_of
from pum.retrieval.settings import EmbedderParams, EmbedderSection

_SCHEMA = "CREATE TABLE IF NOT EXISTS parts (digest BLOB PRIMARY KEY, vector BLOB NOT NULL) WITHOUT ROWID"


# By kind: settings -> the embedder.
EMBEDDERS: Registry[Callable[[Any], Embedder]] = Registry("embedder", "pum.retrieval")


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
        self._file = _file_of(file, embedder.identity) if file else None
        self._db = _open(self._file) if file else None
        if self._db:
            with named(self._file):
                self._remember(self._db.execute("SELECT digest, vector FROM parts"))

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
        if missing and self._db:
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
            with named(self._file):
                self._remember(self._db.execute(f"SELECT digest, vector FROM parts WHERE digest IN ({marks})", part))

    def _remember(self, rows: Iterable[tuple[bytes, bytes]]) -> None:
        for digest, blob in rows:
            self._parts[digest] = np.frombuffer(blob, dtype="<i2").astype(np.float32) / GRID

    def _keep(self, digests: list[bytes], vectors: np.ndarray) -> None:
        if self._db and self._keeps:
            steps = np.round(vectors * GRID).astype("<i2")
            rows = [(digest, row.tobytes()) for digest, row in zip(digests, steps, strict=True)]
            with named(self._file), self._db:
                self._db.executemany("INSERT OR IGNORE INTO parts VALUES (?, ?)", rows)


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode(errors="surrogatepass"), digest_size=16).digest()


def load_embedder(embedder: EmbedderParams, keep_vectors: bool = True) -> CachedEmbedder:
    """The embedder that params.yaml names, with the project's cache of its vectors; `hashing` needs no cache.

    A name that is no kind is that of a sentence-transformers model. Without `keep_vectors` new vectors are not added to
    the cache. InputError for settings that the kind does not have.
    """
    if isinstance(embedder, EmbedderSection):
        section = embedder.model_dump()
    elif embedder in EMBEDDERS:
        section = {"kind": embedder}
    else:
        section = {"kind": "sentence_transformer", "model": embedder}
    settings = EMBEDDERS.settings_of(section["kind"]).checked(section, "embedder")
    built = EMBEDDERS[section["kind"]](settings)
    if section["kind"] == "hashing":
        return CachedEmbedder(built)
    return CachedEmbedder(built, CACHE / "embeddings.sqlite", keep_vectors)


def _file_of(file: Path, identity: str) -> Path:
    """The cache file of these weights; another model's vectors live in another file."""
    return file.with_name(f"{file.stem}-{identity[:12]}{file.suffix}")


def _open(file: Path) -> sqlite3.Connection:
    file.parent.mkdir(parents=True, exist_ok=True)
    with named(file):
        db = sqlite3.connect(file, timeout=60, check_same_thread=False)
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=NORMAL")
        db.execute("PRAGMA secure_delete=ON")
        with db:
            db.execute("DROP TABLE IF EXISTS vectors")  # the form of earlier versions, which held the texts themselves
            db.execute(_SCHEMA)
    return db
