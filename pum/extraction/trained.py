"""The default extractor: what the rules read, and what a classifier finds in the sentences that they cannot read."""

from dataclasses import replace

from pum.core.schemas import ExtractedPreference
from pum.core.text_cache import cached_by_text
from pum.extraction.preference_classifier import THRESHOLD, PreferenceClassifier
from pum.extraction.rules import RuleExtractor, read_anyhow
from pum.language.prose import own_requests
from pum.retrieval.embed import CachedEmbedder

_MESSAGES_KEPT = 4096
_CLASSIFIER_ALONE = 0.4
"""The confidence in what only the classifier finds: less than in anything that the rules read."""


class TrainedExtractor:
    """As `RuleExtractor`, with fewer misses. A sentence that only the classifier finds is kept in the user's own words.

    It must be found without its quotations too: what they say is not the user's preference.
    """

    def __init__(self, classifier: PreferenceClassifier, embedder: CachedEmbedder) -> None:
        self._classifier, self._embedder = classifier, embedder
        self._rules = RuleExtractor()
        # Users repeat themselves, and tasks return.
        self._extract = cached_by_text(_MESSAGES_KEPT)(self._read)

    def extract(self, message: str, topic: str | None = None) -> tuple[ExtractedPreference, ...]:
        return self._extract(message, topic)

    def _read(self, message: str, topic: str | None) -> tuple[ExtractedPreference, ...]:
        read = self._rules.extract(message, topic)
        spans = {preference.span for preference in read}
        unread = [sentence for sentence in own_requests(message) if sentence.raw not in spans]
        unquoted = self._found([sentence.outside for sentence in unread if sentence.quotes])
        found = self._found([sentence.raw for sentence in unread])
        preferences = [
            read_anyhow(sentence, topic)
            for sentence in unread
            if sentence.raw in found and (not sentence.quotes or sentence.outside in unquoted)
        ]
        return (*read, *(replace(preference, confidence=_CLASSIFIER_ALONE) for preference in preferences if preference))

    def _found(self, texts: list[str]) -> set[str]:
        if not texts:
            return set()
        log_odds = self._classifier.log_odds(texts, self._embedder.encode(texts))
        return {text for text, odds in zip(texts, log_odds, strict=True) if odds > THRESHOLD}
