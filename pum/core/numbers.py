"""What is fitted is rounded here, so that every CPU ends with the same bytes."""

import numpy as np


def rounded(values: np.ndarray, step: float) -> np.ndarray:
    """To multiples of `step`, a power of two, as float64; no zero is negative.

    Where a sum ends just below or just above zero depends on the order of its terms, so on a CPU's instructions and on
    the number of threads. Both round to zero, but of different signs, which are different bytes.
    """
    return np.round(np.asarray(values, dtype=np.float64) / step) * step + 0.0
