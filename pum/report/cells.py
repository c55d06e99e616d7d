"""How one value of a table is written."""

import numbers

import pandas as pd

_MANY = 10_000


def shown(value: object) -> str:
    """Three significant digits, whole numbers whole and in groups of three when large; nothing for what is missing."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        return "" if value is None else str(value)
    if pd.isna(value):
        return ""
    if float(value).is_integer() or abs(value) >= _MANY:
        return f"{value:,.0f}" if abs(value) >= _MANY else f"{value:.0f}"
    return f"{value:.3g}"
