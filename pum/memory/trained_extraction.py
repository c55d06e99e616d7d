"""The default extractor: what the rules read, and what a trained ear hears in the sentences that they cannot read."""

from dataclasses import replace
from functools import lru_cache

from pum.memory.ear import HEARD_FROM, Ear
from pum.memory.extraction import RuleExtractor, read_anyhow
from pum.memory.prose import own_sentences
from pum.retrieval.embed import CachedEmbedder
from pum.schemas import ExtractedPreference

_MESSAGES_KEPT = 4096
_HEARD_ALONE = 0.4
"""The confidence in what only the ear hears: less than in anything that the rules read."""


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
        read = self._rules.extract(message, topic)
        spans = {preference.span for preference in read}
        unread = [sentence for sentence in own_sentences(message) if sentence.raw not in spans]
        if not unread:
            return read
        texts = [sentence.raw for sentence in unread]
        log_odds = self._ear.log_odds(texts, self._embedder.encode(texts))
        heard = [
            read_anyhow(sentence, topic) for sentence, odds in zip(unread, log_odds, strict=True) if odds > HEARD_FROM
        ]
        return (*read, *(replace(preference, confidence=_HEARD_ALONE) for preference in heard if preference))
