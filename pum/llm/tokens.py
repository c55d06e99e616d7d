"""A token count without a tokenizer, for models that have none: words, marks, and each CJK character."""

import re
from functools import lru_cache

# Long words count once per eight characters, those of other alphabets (Greek to Mongolian) once per two, about as
# byte-pair encodings split them.
_CJK = r"\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef\U00020000-\U0003fffd"
_TOKEN = re.compile(rf"[{_CJK}]|[\u0370-\u1cff]{{1,2}}|\w{{1,8}}|[^\w\s]")


@lru_cache(maxsize=65536)
def estimate_tokens(text: str) -> int:
    """How many tokens `text` has, give or take what separates one tokenizer from another."""
    return len(_TOKEN.findall(text))
