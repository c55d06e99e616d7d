"""Caches of what is computed from people's texts: bounded, and emptied when a person is forgotten.

Their keys are the texts themselves, so they would keep a person's words in memory. They change speed and nothing else.
"""

import re
import threading
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Generic, TypeVar
from weakref import WeakSet

Value = TypeVar("Value")
Function = TypeVar("Function", bound=Callable)

_caches: WeakSet = WeakSet()


class TextCache(Generic[Value]):
    """Values of the latest `size` texts."""

    def __init__(self, size: int) -> None:
        self._values: dict[str, Value] = {}
        self._size, self._lock = size, threading.Lock()
        self.get = self._values.get
        _caches.add(self)

    def update(self, values: Mapping[str, Value]) -> None:
        with self._lock:
            self._values.update(values)
            for oldest in list(self._values)[: -self._size] if len(self._values) > self._size else ():
                del self._values[oldest]

    def cache_clear(self) -> None:
        with self._lock:
            self._values.clear()


def cached_by_text(size: int) -> Callable[[Function], Function]:
    """`lru_cache(size)` for a function of texts."""

    def cached(function: Function) -> Function:
        cache = lru_cache(size)(function)
        _caches.add(cache)
        return cache

    return cached


def forget_texts() -> None:
    """Empty all text caches of this process, and that of `re`, whose patterns may quote people. What others still need
    is computed again."""
    for cache in list(_caches):
        cache.cache_clear()
    re.purge()
