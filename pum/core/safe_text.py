"""What people type, made safe to keep, to print and to put into a prompt. Ordinary text comes out as it went in."""

import re

from pum.core.errors import InputError

LONGEST_MESSAGE = 100_000
"""Characters; some forty pages."""

# Codes that move cursors, ring bells or end strings; tabs and line breaks are text. Lone halves of surrogate pairs are
# what is left of broken encodings; no encoder takes them.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
# What models were taught to read as the border of a message, so that nobody types themselves another role.
_ROLE_MARK = re.compile(r"<(?=\|\w{1,40}\|>|<SYS>>|<?/SYS>>|(?:start|end)_of_turn>)|\[(?=/?INST\])")


def clean_message(message: str) -> str:
    """Without control codes, broken characters and role marks; InputError for what is no text, or too long."""
    if not isinstance(message, str):
        raise InputError(f"a message is text, not {type(message).__name__}")
    if len(message) > LONGEST_MESSAGE:
        raise InputError(f"a message of {len(message):,} characters is too long: at most {LONGEST_MESSAGE:,}, please")
    message = _SURROGATE.sub("\ufffd", _CONTROL.sub("", message))
    return _ROLE_MARK.sub(r"\g<0> ", message)
