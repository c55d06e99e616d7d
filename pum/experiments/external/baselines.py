"""Memories that keep every message as it is: what retrieval alone can do."""

from abc import ABC, abstractmethod
from collections import defaultdict

import numpy as np

from pum.retrieval.embed import CachedEmbedder

TOP = 3
"""Notes per prompt, as many as the method `rag` injects."""


class KeepsAll(ABC):
    """Keeps each message; subclasses order them for a query."""

    def __init__(self) -> None:
        self._messages: dict[str, list[str]] = defaultdict(list)

    def add(self, user: str, message: str) -> None:
        self._messages[user].append(message)

    def injected(self, user: str, query: str) -> list[set[int]]:
        messages = self._messages[user]
        return [{number} for number in self._order(messages, query)[:TOP]] if messages else []

    def remembered(self, user: str) -> set[int]:
        return set(range(len(self._messages[user])))

    def ended(self, user: str) -> set[int]:
        return set()

    @abstractmethod
    def _order(self, messages: list[str], query: str) -> list[int]:
        """The numbers of the messages, best first; the earlier one of two equals."""


class Cosine(KeepsAll):
    """By the cosine of message and query, in the same encoder as the project's own memory."""

    def __init__(self, embedder: CachedEmbedder) -> None:
        super().__init__()
        self._embedder = embedder

    def _order(self, messages: list[str], query: str) -> list[int]:
        scores = self._embedder.encode(messages) @ self._embedder.one(query)
        return np.argsort(-scores, kind="stable").tolist()


class Bm25(KeepsAll):
    """By Okapi BM25 over words without English stop words (the package bm25s, with its defaults)."""

    def _order(self, messages: list[str], query: str) -> list[int]:
        import bm25s

        index = bm25s.BM25()
        index.index(bm25s.tokenize(messages, stopwords="en", show_progress=False), show_progress=False)
        words = bm25s.tokenize([query], stopwords="en", return_ids=False, show_progress=False)[0]
        return np.argsort(-index.get_scores(words), kind="stable").tolist() if words else list(range(len(messages)))
