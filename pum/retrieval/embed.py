"""Sentence embedders by `kind`, and a cache in front of them that computes each distinct text once.

Two kinds are here: `sentence_transformer` and `hashing`. `qwen3.py` and `served.py` have one each.

A text's vector is the normalised mean over its parts (sentences and pasted blocks of code). So no text is cut at the
encoder's 256 tokens, and when many messages quote the same problem, only their new parts have to be encoded.
"""

import hashlib
import re
import threading
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import PositiveInt

from pum.core.paths import CACHE
from pum.core.registry import Registry
from pum.core.sqlite_file import SqliteFile
from pum.core.text_cache import TextCache
from pum.core.validation import OfKind, validated
from pum.llm.weights import fetch
from pum.retrieval.grid import GRID, Embedder, EmbedderParams, EmbedderSection, on_grid, parts_of, weights_identity

# Earlier versions had the table `vectors`, which held the texts themselves.
_SCHEMA = """
DROP TABLE IF EXISTS vectors;
CREATE TABLE IF NOT EXISTS parts (digest BLOB PRIMARY KEY, vector BLOB NOT NULL) WITHOUT ROWID;
"""
_WORD = re.compile(r"\w+")
# Texts, and parts of texts, whose vectors are in memory: at 384 dimensions, 13 MB and 200 MB at the most.
_TEXTS_KEPT, _PARTS_KEPT = 8192, 131_072

# Kind -> a function from its settings to the embedder.
EMBEDDERS: Registry[Callable[[Any], Embedder]] = Registry("embedder", "pum.retrieval")


class CachedEmbedder:
    """An embedder that keeps the vectors of the latest texts in memory, and those of their parts in `file`, if given.

    All processes of a machine share the file. A vector depends on weights and text alone, so the cache affects speed
    and nothing else. The file identifies a text by its digest and contains no one's words. Without `keep` it is read,
    but not extended.
    """

    def __init__(self, embedder: Embedder, file: Path | None = None, keep: bool = True) -> None:
        self.embedder, self.identity, self.dimension = embedder, embedder.identity, embedder.dimension
        self._known: TextCache[np.ndarray] = TextCache(_TEXTS_KEPT)
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
        """As `encode`, for texts to search with."""
        return self._encode(texts, self.embedder.query_prefix)

    def _encode(self, texts: Sequence[str], prefix: str) -> np.ndarray:
        """Every part of a text gets the prefix, because each is encoded separately."""
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        found = {text: self._known.get(prefix + text) for text in texts}
        if missing := [text for text, vector in found.items() if vector is None]:
            parts = {text: [prefix + part for part in parts_of(text)] for text in missing}
            with self._lock:
                self._encode_parts({_digest(part): part for own in parts.values() for part in own})
                found.update((text, self._mean(own)) for text, own in parts.items())
                self._drop_oldest_parts()
            self._known.update({prefix + text: found[text] for text in missing})
        return np.stack([found[text] for text in texts])

    def one(self, text: str) -> np.ndarray:
        """(dimension,) vector of a single text."""
        found = self._known.get(text)
        return self.encode([text])[0] if found is None else found

    def _encode_parts(self, parts: dict[bytes, str]) -> None:
        """Find or compute the vectors of `parts` (digest -> text)."""
        missing = [digest for digest in parts if digest not in self._parts]
        if missing and self._file:
            self._look_up(missing)
        if missing := {parts[digest]: digest for digest in missing if digest not in self._parts}:
            texts = sorted(missing)
            vectors = self.embedder.encode(texts)
            digests = [missing[text] for text in texts]
            self._parts.update(zip(digests, vectors, strict=True))
            self._keep(digests, vectors)

    def _drop_oldest_parts(self) -> None:
        excess = len(self._parts) - _PARTS_KEPT
        for digest in list(self._parts)[:excess] if excess > 0 else ():
            del self._parts[digest]

    def _mean(self, parts: Sequence[str]) -> np.ndarray:
        vectors = [self._parts[_digest(part)] for part in parts]
        if len(vectors) == 1:
            return vectors[0]
        # Sums on the grid are exact. Only the division below rounds, in the same way on every CPU.
        total = np.sum(vectors, axis=0, dtype=np.float64)
        return on_grid(total / max(float(np.sqrt(np.sum(np.square(total * GRID)))) / GRID, 1.0 / GRID))

    def _look_up(self, digests: list[bytes]) -> None:
        """Load what other processes have computed since this one started."""
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


def load_embedder(embedder: EmbedderParams, keep_vectors: bool = True) -> CachedEmbedder:
    """The embedder that params.yaml names, with a cache on disk (except `hashing`, which is fast enough).

    A name that is not a kind is the name of a sentence-transformers model. Without `keep_vectors` the cache is read but
    not extended. InputError for settings that the kind does not have.
    """
    if isinstance(embedder, EmbedderSection):
        section = embedder.model_dump()
    elif embedder in EMBEDDERS:
        section = {"kind": embedder}
    else:
        section = {"kind": "sentence_transformer", "model": embedder}
    settings = validated(EMBEDDERS.settings_of(section["kind"]), section, at=("embedder",))
    built = EMBEDDERS[section["kind"]](settings)
    if section["kind"] == "hashing":
        return CachedEmbedder(built)
    return CachedEmbedder(built, CACHE / "embeddings.sqlite", keep_vectors)


class SentenceTransformerSettings(OfKind):
    """`model`: a name known to `pum models`, or a local folder. `batch_size` does not affect the vectors."""

    kind: str = "sentence_transformer"
    model: str
    batch_size: PositiveInt = 32


@EMBEDDERS.register("sentence_transformer", SentenceTransformerSettings)
class SentenceTransformerEmbedder:
    """Any sentence-transformers model from a local folder, loaded with the first text."""

    query_prefix = ""
    dimension = 384

    def __init__(self, settings: SentenceTransformerSettings) -> None:
        self.path, self.batch_size = fetch(settings.model), settings.batch_size
        self.identity = weights_identity(self.path)
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


class HashingEmbedder:
    """A baseline without a model: texts are similar if they share words; meaning plays no part.

    Signed feature hashing of bags of words (Weinberger et al. 2009, https://arxiv.org/abs/0902.2206).
    """

    identity = "hashing-words-1"
    dimension = 384
    query_prefix = ""

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """(len(texts), 384) float32 unit vectors on the grid. A text without words gets the first axis."""
        vectors = np.zeros((len(texts), self.dimension))
        for vector, text in zip(vectors, texts, strict=True):
            for word in _WORD.findall(text.lower()):
                digest = int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest())
                vector[(digest >> 1) % self.dimension] += 1.0 if digest & 1 else -1.0
            if not vector.any():
                vector[0] = 1.0
        return on_grid(vectors / np.sqrt(np.sum(np.square(vectors), axis=1, keepdims=True)))


@EMBEDDERS.register("hashing", OfKind)
def _hashing(settings: OfKind) -> HashingEmbedder:
    return HashingEmbedder()


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode(errors="surrogatepass"), digest_size=16).digest()


def _file_of(file: Path, identity: str) -> Path:
    return file.with_name(f"{file.stem}-{identity[:12]}{file.suffix}")
