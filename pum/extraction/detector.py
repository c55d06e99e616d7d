"""The trained detector: what each word of a message does, by a sentence encoder with a low-rank adapter (LoRA).

The encoder's weights are fetched, the adapter and the heads are a small file of the project (`detector_training`). The
encoder runs in float64, and what it says is rounded to a grid, so that every CPU decides alike.
"""

import hashlib
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pum.core.errors import InputError
from pum.core.paths import CACHE
from pum.core.rounding import rounded
from pum.core.sqlite_file import SqliteFile
from pum.core.text_cache import TextCache
from pum.extraction.units import TAGS, Units
from pum.llm.weights import fetch
from pum.retrieval.grid import GRID, weights_identity

FORMAT = "pum-detector-1"
ENCODER = "all-MiniLM-L6-v2"
LONGEST_WINDOW = 254
"""Word pieces that are read at once. What is longer is read in windows of whole sentences."""
ATTRIBUTES, TOPICS = ("wanted", "standing"), ("style", "content", "withdrawal")

_OUTPUTS = TAGS + len(ATTRIBUTES)
_LEAST_TOPIC = -9.0
CALM = 2.0
"""Is taken from the sum over the pieces of a message, so that a topic is not everywhere to begin with."""
_KEPT = 8192
_SCHEMA = "CREATE TABLE IF NOT EXISTS read (digest BLOB PRIMARY KEY, scores BLOB NOT NULL) WITHOUT ROWID;"


@dataclass(frozen=True)
class Scores:
    """What the detector says of a message with n units, on a grid of 1/GRID.

    `tags` (n, TAGS) and `attributes` (n, ATTRIBUTES) are of each unit, `topics` (TOPICS,) of the message: log-odds, but
    for the tags, which are compared with each other.
    """

    tags: np.ndarray
    attributes: np.ndarray
    topics: np.ndarray


class Detector:
    """Reads units. What it has read is kept: in memory, and in a file that identifies texts by their digests."""

    def __init__(self, path: Path, file: Path | None = None, keep: bool = True) -> None:
        """InputError when `path` is no detector's weights. Without `keep`, `file` is read, but not extended."""
        self._weights, self._folder = load_weights(path), fetch(ENCODER)
        digest = hashlib.sha256(path.read_bytes() + weights_identity(self._folder).encode())
        self.identity = digest.hexdigest()
        self._network, self._lock = None, threading.Lock()
        self._known: TextCache[Scores] = TextCache(_KEPT)
        self._keeps, self._file = keep, None
        if file:
            self._file = SqliteFile(
                file.with_name(f"{file.stem}-{self.identity[:12]}{file.suffix}"), _SCHEMA, secure_delete=True
            )

    def read(self, units: Units) -> Scores:
        """The scores of a message's units, of which there is at least one."""
        text = repr(units.pieces)
        if (known := self._known.get(text)) is None:
            with self._lock:
                known = _scores(self._stored(text, units), len(units.places))
            self._known.update({text: known})
        return known

    def _stored(self, text: str, units: Units) -> np.ndarray:
        digest = hashlib.blake2b(text.encode(errors="surrogatepass"), digest_size=16).digest()
        if self._file:
            with self._file.use() as db:
                row = db.execute("SELECT scores FROM read WHERE digest = ?", (digest,)).fetchone()
            if row:
                return np.frombuffer(row[0], dtype=np.int16)
        self._network = self._network or Network(self._folder, self._weights)
        found = self._network.read(units)
        if self._file and self._keeps:
            with self._file.use() as db:
                db.execute("INSERT OR IGNORE INTO read VALUES (?, ?)", (digest, found.tobytes()))
        return found


def load_detector(path: Path, keep: bool = True) -> Detector:
    """The detector with these weights, and the cache that all processes of a machine share."""
    return Detector(path, CACHE / "detections.sqlite", keep)


def _scores(stored: np.ndarray, units: int) -> Scores:
    of_units, topics = stored[: units * _OUTPUTS].reshape(units, _OUTPUTS) / GRID, stored[units * _OUTPUTS :] / GRID
    return Scores(of_units[:, :TAGS], of_units[:, TAGS:], topics)


class Network:
    """The encoder with the adapter's changes in its weights, and the heads."""

    def __init__(self, folder: Path, weights: Mapping[str, np.ndarray]) -> None:
        import torch
        from transformers import AutoModel, AutoTokenizer
        from transformers.utils import logging

        logging.disable_progress_bar()
        self._torch = torch
        self._tokenizer = AutoTokenizer.from_pretrained(folder)
        self._encoder = AutoModel.from_pretrained(folder).double().eval()
        heads = {name: torch.from_numpy(values).double() for name, values in weights.items()}
        parameters = dict(self._encoder.named_parameters())
        with torch.no_grad():
            for name in (name.removesuffix(".A") for name in heads if name.endswith(".A")):
                parameters[f"{name}.weight"] += heads[f"{name}.B"] @ heads[f"{name}.A"]
        self._of_units = heads["units.weight"], heads["units.bias"]
        self._of_messages = heads["topics.weight"], heads["topics.bias"]

    def read(self, units: Units) -> np.ndarray:
        """(n * _OUTPUTS + TOPICS,) int16, in steps of 1/GRID: the scores of n units, one after the other, and the
        message's."""
        torch, number = self._torch, len(units.places)
        of_units = np.zeros((number, _OUTPUTS))
        topics = np.full(len(TOPICS), _LEAST_TOPIC)
        with torch.inference_mode():
            for pieces, firsts, numbers in windows(self._tokenizer, units):
                hidden = self._encoder(input_ids=torch.tensor([pieces])).last_hidden_state[0]
                said = hidden[firsts] @ self._of_units[0].T + self._of_units[1]
                about = (hidden @ self._of_messages[0].T + self._of_messages[1]).logsumexp(0) - CALM
                of_units[numbers] = said.numpy()
                topics = np.maximum(topics, about.numpy())
        bounded = np.clip(np.concatenate([of_units.ravel(), topics]), -30, 30)
        return np.round(rounded(bounded, 1 / GRID) * GRID).astype(np.int16)


def windows(tokenizer, units: Units) -> list[tuple[list[int], list[int], list[int]]]:
    """A message's word pieces, window by window; the positions at which its units begin; and the numbers of these.

    Units beyond a sentence's first `LONGEST_WINDOW` pieces are left out.
    """
    opening, closing, unknown = tokenizer.cls_token_id, tokenizer.sep_token_id, tokenizer.unk_token_id
    found, pieces, firsts, numbers, number = [], [opening], [], [], 0
    for apart, words in units.pieces:
        of_words = [of or [unknown] for of in tokenizer(list(words), add_special_tokens=False)["input_ids"]]
        if len(pieces) > 1 and len(pieces) + sum(map(len, of_words)) + 1 > LONGEST_WINDOW:
            found.append((pieces + [closing], firsts, numbers))
            pieces, firsts, numbers = [opening], [], []
        elif apart:
            pieces.append(closing)
        for of in of_words:
            if len(pieces) + len(of) <= LONGEST_WINDOW:
                firsts.append(len(pieces))
                numbers.append(number)
                pieces += of
            number += 1
    return [*found, (pieces + [closing], firsts, numbers)]


def load_weights(path: Path) -> dict[str, np.ndarray]:
    """The tensors of a detector's file, float16; InputError when it is missing, broken, or of another format."""
    from safetensors import SafetensorError, safe_open

    if not path.is_file():
        raise InputError(f"{path}: no detector there; `make detector` trains one, or set extractor to trained")
    try:
        with safe_open(path, framework="numpy") as file:
            found = (file.metadata() or {}).get("format")
            weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except SafetensorError:
        raise InputError(f"{path}: no detector's weights; `git checkout` brings them back") from None
    if found != FORMAT:
        raise InputError(f"{path}: a detector of format {found}, wanted {FORMAT}; `make detector` trains it anew")
    return weights


def save_weights(weights: Mapping[str, np.ndarray], path: Path) -> None:
    from safetensors.numpy import save_file

    halves: dict[str, np.ndarray] = {name: weights[name].astype(np.float16) for name in sorted(weights)}
    save_file(halves, path, metadata={"format": FORMAT})
