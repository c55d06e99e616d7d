"""Text that is safe to store, print and put into a prompt: nothing in it can pass for the border of a message."""

import re

# Control codes except tabs and line breaks. Unpaired surrogates come from broken encodings, and no encoder takes them.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
# Marks by which the templates of common models open and end turns.
_ROLE_MARK = re.compile(
    r"<(?=\|[^|<>\n]{1,60}\|>|｜[^｜<>\n]{1,60}｜>|/?(?:start|end)_of_(?:turn|image|role)>|/?(?:s|bos|eos|pad|unk)>"
    r"|<SYS>>|<?/SYS>>)|\[(?=/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS|MODEL_SETTINGS)\])",
    re.IGNORECASE,
)


def defused(text: str) -> str:
    """The text without control codes, with broken characters replaced, and with inert role marks."""
    return inert(_SURROGATE.sub("\ufffd", _CONTROL.sub("", text)))


def inert(text: str) -> str:
    """The text with a blank in each role mark, so that no tokenizer takes it for the beginning or end of a turn."""
    return _ROLE_MARK.sub(r"\g<0> ", text)
