"""How words of people, models and servers reach a terminal: shown, whatever its encoding, and never obeyed."""

import logging
import re
import sys
from io import TextIOWrapper
from typing import TextIO

# The terminal's own orders begin with ESC or with its 8-bit form, and a carriage return overwrites what stands there.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def say(text: object, to: TextIO | None = None) -> None:
    """Print `text`; control characters are written out (`\\x1b`), except tabs and line breaks."""
    print(visible(str(text)), file=to)


def visible(text: str) -> str:
    """`text` without anything that a terminal would obey."""
    return _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", text.replace("\r\n", "\n"))


class Formatter(logging.Formatter):
    """Log messages quote what servers answered."""

    def format(self, record: logging.LogRecord) -> str:
        return visible(super().format(record))


def accept_any_text() -> None:
    """What a terminal's encoding lacks is written out (`\\U0001f600`) or read as a question mark, and is no error."""
    for stream, errors in ((sys.stdin, "replace"), (sys.stdout, "backslashreplace"), (sys.stderr, "backslashreplace")):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors=errors)
