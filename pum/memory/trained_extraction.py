"""The default extractor: what the rules read, and what a trained ear hears in the sentences that they cannot read."""

from functools import lru_cache

from pum.memory.ear import Ear
from pum.memory.extraction import RuleExtractor, read_anyhow
from pum.memory.prose import own_sentences
from pum.retrieval.embed import CachedEmbedder
from pum.schemas import ExtractedPreference

_MESSAGES_KEPT = 4096


class TrainedExtractor:
    """As `RuleExtractor`, with fewer misses. A sentence that only the ear hears is kept in the user's own words."""

    def __init__(self, ear: Ear, embedder: CachedEmbedder) -> None:
        self._ear, self._embedder = ear, embedder
        self._rules = RuleExtractor()
        # Users repeat themselves, and tasks return.
        self._extract = lru_cache(maxsize=_MESSAGES_KEPT)(self._read)

    def extract(self, message: str, topic: str | None = None) -> tuple[ExtractedPreference, ...]:
        return self._extract(message, topic)

    def _read(self, message: str, topic: str | None) -> tuple[ExtractedPreference, ...]:
        read = {preference.span: preference for preference in self._rules.extract(message, topic)}
        unread = [sentence for sentence in own_sentences(message) if sentence.raw not in read]
        if not unread:
            return self._rules.extract(message, topic)
        heard = self._ear.hears(self._embedder.encode([sentence.raw for sentence in unread]))
        found = [read_anyhow(sentence, topic) for sentence, wish in zip(unread, heard, strict=True) if wish]
        return (*self._rules.extract(message, topic), *(preference for preference in found if preference))
