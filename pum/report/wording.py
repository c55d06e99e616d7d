"""What the report calls things: columns, values, and which numbers are shares or p values; from data/report.yaml."""

import re
from collections.abc import Mapping

from pum.analysis.style import LABELS, MEASURES, OUTCOMES
from pum.core.validation import FrozenModel

# A name that code gives: words joined by underscores, no digits (`user_008` is somebody).
_IDENTIFIER = re.compile(r"[a-z]+(_[a-z]+)+")


class Wording(FrozenModel):
    """`columns`: column -> heading, with its unit. `values`: what a text cell holds -> what is said. `percent`: columns
    of shares, shown in percent. `p_values`: columns of these. `printed`: columns that keep the digits of their source.
    `of`: a column -> the column of how many it is out of. `missing`: a column -> what stands in its empty cells."""

    columns: Mapping[str, str] = {}
    values: Mapping[str, str] = {}
    percent: frozenset[str] = frozenset()
    p_values: frozenset[str] = frozenset()
    printed: frozenset[str] = frozenset()
    of: Mapping[str, str] = {}
    missing: Mapping[str, str] = {}

    def heading(self, column: str) -> str:
        name = column.replace("_", " ")
        return self.columns.get(column, name[:1].upper() + name[1:])

    def value(self, text: str) -> str:
        """Methods, outcomes, measures as in the figures, other names of code in plain words, all else as it stands."""
        for names in (self.values, LABELS, OUTCOMES, MEASURES):
            if text in names:
                return names[text]
        return text.replace("_", " ") if _IDENTIFIER.fullmatch(text) else text
