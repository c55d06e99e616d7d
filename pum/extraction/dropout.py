"""An extractor made worse on purpose, to see what depends on it."""

from pum.core.rng import uniform
from pum.core.schemas import ExtractedPreference
from pum.extraction.rules import Extractor


class ExtractionDropout:
    """Hears nothing in a `share` of the messages; which ones, their own words decide."""

    def __init__(self, extractor: Extractor, share: float) -> None:
        self._extractor, self._share = extractor, share

    def extract(self, message: str, topic: str | None = None) -> tuple[ExtractedPreference, ...]:
        if uniform("unheard", message) < self._share:
            return ()
        return self._extractor.extract(message, topic)
