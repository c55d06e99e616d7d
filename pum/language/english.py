"""Is a message in English? Nothing is kept of other languages: the detector was not measured in them."""

import threading
from functools import cache
from typing import Any

from pum.core.text_cache import cached_by_text
from pum.language.prose import own_sentences

_MESSAGES_KEPT = 4096
# Those of many speakers. With rarer ones "no emojis" is taken for Esperanto.
_LANGUAGES = (
    "en de fr es it pt nl sv da no fi pl cs sk hu ro bg uk ru el tr ar fa he hi bn ta te th vi id ms sw tl ko ja zh ca "
    "hr sr sl et lv lt ur"
)
# How much likelier than English another language must be, in units of log-likelihood. A few plain words tell little.
_LIKELIER, _LIKELIER_OF_FEW, _FEW_WORDS = 4.2, 13.5, 3
_lock = threading.Lock()


@cached_by_text(_MESSAGES_KEPT)
def is_english(message: str) -> bool:
    """Whether nothing shows that what the author says, quotations left out, is in another language."""
    said = " ".join(sentence.outside for sentence in own_sentences(message))
    if not any(letter.isalpha() for letter in said):
        return True
    with _lock:
        ranked = _identifier().rank(said)
    english = dict(ranked)["en"]
    needed = _LIKELIER_OF_FEW if said.isascii() and len(said.split()) <= _FEW_WORDS else _LIKELIER
    return float(ranked[0][1] - english) < needed


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    identifier.set_languages(_LANGUAGES.split())
    return identifier
