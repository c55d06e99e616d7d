"""The words of `cue_words.yaml`, compiled: `CUES.cause` finds "because". They apply to prose only, never to code."""

import re
from pathlib import Path

from pum.core.patterns import read_patterns

CUES = read_patterns(Path(__file__).with_suffix(".yaml"))
FORMULA = re.compile(
    r"\$[^$\n]*[=+*/^<>\\-][^$\n]*\$|\$\$|\\\[|\\\(|\\d?frac|\b\w+(?:\([^()\n]*\))?\s*[=≈]\s*[-\w(\\]"
    r"|\d\s*[-+*/×÷^·]\s*\(?\d|\d!|\bP\([^)]+\)"
)
