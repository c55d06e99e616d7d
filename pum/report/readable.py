"""Tables of results in readable form: an estimate with its interval in one cell, words instead of column names.

All tables follow one rule. `X_mean`, `X_low`, `X_high` become one column X, and so do `X`, `X_low`, `X_high`, and a
plain `low`, `high` with the estimate before them (`mean`, `ours`, `rate`); `method` and `control` become a comparison.
"""

import math
import numbers
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from pum.analysis.style import MEASURES, METHODS, OUTCOMES, label
from pum.core.errors import InputError
from pum.core.validation import FrozenModel

_COMPARED = ("method", "control")
_COMPARISON = "comparison"
_MEASURES = ("outcome", "measure")
_DETECTABLE = "detectable"
_SMALL_P = 0.001
_MOST_DECIMALS = 6
_MANY = 10_000
# An identifier from code: words joined by underscores, without digits (`user_008` is a user).
_IDENTIFIER = re.compile(r"[a-z]+(_[a-z]+)+")


class Wording(FrozenModel):
    """The report's wording, from data/report.yaml.

    `columns`: column -> heading, with its unit. `values`: text of a cell -> text to show. `percent`: columns of shares
    to show in percent. `p_values`: columns of p values. `printed`: columns that keep the digits of their source. `of`:
    column -> the column with its total. `missing`: column -> the text of its empty cells.
    """

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
        """Methods, outcomes and measures as in the figures; other identifiers in plain words; other text unchanged."""
        for names in (self.values, OUTCOMES, MEASURES):
            if text in names:
                return names[text]
        if text in METHODS:
            return label(text)
        return text.replace("_", " ") if _IDENTIFIER.fullmatch(text) else text


@dataclass(frozen=True)
class ReadableTable:
    """Headings, rows of text, and which columns hold numbers."""

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[bool, ...]


def readable(table: pd.DataFrame, wording: Wording, columns: Sequence[str] = ()) -> ReadableTable:
    """Make a table readable. `columns`: the joined columns to show, in order (default: all); InputError if missing."""
    joined: dict[str, tuple[list[str], bool]] = {}
    taken: set[str] = set()
    for name in table:
        if name in taken:
            continue
        if name == _COMPARED[0] and _COMPARED[1] in table:
            joined[_COMPARISON] = (_comparisons(table, wording), False)
            taken |= {*_COMPARED}
        elif interval := _interval(table, name):
            stem, bounds = interval
            taken |= {name, *bounds}
            joined[stem] = (_estimates(table[[name, *bounds]], _measured(table), stem in wording.percent), True)
        else:
            whole = wording.of.get(name)
            if whole in table:
                taken.add(whole)
            joined[name] = (_cells(table, name, wording), _holds_numbers(table[name]))
    if missing := [name for name in columns if name not in joined]:
        raise InputError(f"no column {', '.join(missing)}; there are {', '.join(joined)}")
    chosen = list(columns or joined)
    filled = ([cell or wording.missing.get(name, "") for cell in joined[name][0]] for name in chosen)
    return ReadableTable(
        tuple(wording.heading(name) for name in chosen),
        tuple(zip(*filled, strict=True)),
        tuple(joined[name][1] for name in chosen),
    )


def _holds_numbers(column: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)


def _interval(table: pd.DataFrame, name: str) -> tuple[str, tuple[str, str]] | None:
    """The name of the estimate in column `name`, and the columns of its bounds; None without bounds."""
    stem = name.removesuffix("_mean")
    if {f"{stem}_low", f"{stem}_high"} <= {*table}:
        return stem, (f"{stem}_low", f"{stem}_high")
    names = list(table)
    place = names.index("low") if "low" in names else 0
    return (name, ("low", "high")) if place and names[place - 1] == name and "high" in names else None


def _comparisons(table: pd.DataFrame, wording: Wording) -> list[str]:
    pairs = table[list(_COMPARED)].itertuples(index=False)
    return [f"{wording.value(method)} − {wording.value(control)}" for method, control in pairs]


def _measured(table: pd.DataFrame) -> list[str]:
    """The measure of each row, for tables that have several."""
    [column] = [name for name in _MEASURES if name in table] or [None]
    return [""] * len(table) if column is None else table[column].astype(str).tolist()


def _estimates(table: pd.DataFrame, measured: list[str], percent: bool) -> list[str]:
    """`mean [low, high]`, to two digits of the interval's width; cells of a measure share their decimals if possible.

    A bound that is not zero is not written as zero if two digits of the width can show it.
    """
    rows = (table * (100 if percent else 1)).itertuples(index=False, name=None)
    estimates = [tuple(float(value) for value in row) for row in rows]
    decimals = [_decimals(high - low) for _, low, high in estimates]
    usual = {}
    for measure in measured:
        counts = Counter(own for own, of in zip(decimals, measured, strict=True) if of == measure and own is not None)
        usual[measure] = min(counts, key=lambda own: (-counts[own], own)) if counts else 0
    return [
        _estimate(row, _fitting(row, own, usual[of]))
        for row, own, of in zip(estimates, decimals, measured, strict=True)
    ]


def _fitting(row: tuple[float, ...], own: int | None, usual: int) -> int:
    """The decimals of most cells of the measure, unless this cell's size differs or its sign would be lost."""
    if own is None or (abs(own - usual) <= 1 and not _hides_a_sign(row, usual)):
        return usual
    return own


def _decimals(width: float) -> int | None:
    if not width > 0:
        return None
    return min(_MOST_DECIMALS, max(0, 1 - math.floor(math.log10(width))))


def _hides_a_sign(row: tuple[float, ...], decimals: int) -> bool:
    """Would a bound that is not zero be written as zero?"""
    return any(bound and not float(f"{bound:.{decimals}f}") for bound in row[1:])


def _estimate(row: tuple[float, ...], decimals: int) -> str:
    mean, low, high = ("" if math.isnan(value) else signed(f"{value:.{decimals}f}") for value in row)
    return f"{mean} [{low}, {high}]".strip() if low else mean


def _cells(table: pd.DataFrame, name: str, wording: Wording) -> list[str]:
    numeric, whole = _holds_numbers(table[name]), wording.of.get(name)
    cells = [_number(value, name, wording) if numeric else wording.value(shown(value)) for value in table[name]]
    if whole not in table:
        return cells
    return [f"{cell} of {shown(count)}" if cell else "" for cell, count in zip(cells, table[whole], strict=True)]


def _number(value: float, name: str, wording: Wording) -> str:
    if pd.isna(value):
        # Missing if (nearly) nothing differed; a dash shows that this is no omission.
        return "—" if name == _DETECTABLE else ""
    if name in wording.p_values:
        return f"< {_SMALL_P:g}" if value < _SMALL_P else f"{value:.2g}"
    if name in wording.percent:
        return signed(f"{100 * value:.1f}")
    return signed(f"{value:.5g}" if name in wording.printed else shown(value))


def signed(number: str) -> str:
    """The number with a true minus sign, and without one before a rounded zero."""
    if number.startswith("-") and not number.strip("-0."):
        number = number[1:]
    return number.replace("-", "−")


def shown(value: object) -> str:
    """Three significant digits; whole numbers whole, large ones in groups of three; "" for missing values."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        return "" if value is None else str(value)
    if pd.isna(value):
        return ""
    if float(value).is_integer() or abs(value) >= _MANY:
        return f"{value:,.0f}" if abs(value) >= _MANY else f"{value:.0f}"
    return f"{value:.3g}"
