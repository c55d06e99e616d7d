r"""Reads named regular expressions from a YAML file, where they are lists of words and phrases. They ignore case.

    praise: [thanks?, "{good} work"]    # any of these, as whole words
    recap: |                            # an expression as it is; its line breaks only lay it out
      \brecap\b|\bin short\b
      |^tl;dr

An earlier name in braces stands for that pattern's text.
"""

import re
from pathlib import Path
from types import SimpleNamespace

from pum.core.errors import InputError
from pum.core.files import read_yaml

_NAME = re.compile(r"\{([a-z_]+)\}")


def read_patterns(path: Path, before: str = r"\b", after: str = r"\b") -> SimpleNamespace:
    """The file's patterns as attributes; InputError for a malformed one. `before` and `after` bound whole words."""
    found: dict[str, re.Pattern[str]] = {}
    for name, entry in read_yaml(path).items():
        text = entry if isinstance(entry, str) else f"{before}(?:{'|'.join(entry)}){after}"
        try:
            text = _NAME.sub(lambda earlier: found[earlier[1]].pattern, text.replace("\n", ""))
            found[name] = re.compile(text, re.IGNORECASE)
        except KeyError as error:
            raise InputError(f"{path}: {name}: no pattern {error} above it") from None
        except re.error as error:
            raise InputError(f"{path}: {name}: {error}") from None
    return SimpleNamespace(**found)
