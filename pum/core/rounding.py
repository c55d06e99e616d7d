"""Rounding of fitted values, so that every CPU produces the same bytes."""

import numpy as np


def rounded(values: np.ndarray, step: float) -> np.ndarray:
    """`values` rounded to multiples of `step`, a power of two, as float64 without negative zeros.

    Whether a sum ends just below or just above zero depends on the order of its terms, and so on the CPU and the number
    of threads. Both round to zero, but with different signs, which are different bytes.
    """
    return np.round(np.asarray(values, dtype=np.float64) / step) * step + 0.0
