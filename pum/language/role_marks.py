"""Text that is safe to store, print and put into a prompt: nothing in it can pass for the border of a message."""

import re

# Control codes except tabs and line breaks. Unpaired surrogates come from broken encodings, and no encoder takes them.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
# Marks that models read as the border of a message: a text must not be able to switch roles.
_ROLE_MARK = re.compile(r"<(?=\|\w{1,40}\|>|<SYS>>|<?/SYS>>|(?:start|end)_of_turn>)|\[(?=/?INST\])")


def defused(text: str) -> str:
    """The text without control codes, with broken characters replaced, and a space in every role mark."""
    text = _SURROGATE.sub("\ufffd", _CONTROL.sub("", text))
    return _ROLE_MARK.sub(r"\g<0> ", text)
