"""A user's learned state, in the paper's notation: z_long, z_short and the reward baseline b."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class UserVectors:
    """`z_long` lasts across sessions, `z_short` for one session. Both are (k,) float64 and zero for a new user.

    `evidence`: named arrays with a row per observation, for learners that remember single observations.
    """

    z_long: np.ndarray
    z_short: np.ndarray
    baseline: float = 0.0
    evidence: Mapping[str, np.ndarray] = field(default_factory=dict)

    @classmethod
    def zero(cls, rank: int) -> "UserVectors":
        return cls(np.zeros(rank), np.zeros(rank))

    def fits(self, rank: int) -> bool:
        """Are both vectors finite and of the item space's dimension?"""
        both = (self.z_long, self.z_short)
        return all(z.shape == (rank,) and np.isfinite(z).all() for z in both) and np.isfinite(self.baseline)

    @property
    def norm(self) -> float:
        """|z_long + z_short|."""
        both = self.z_long + self.z_short
        return float(np.sqrt(np.einsum("k,k->", both, both)))

    def to_json(self) -> dict:
        data = {"z_long": self.z_long.tolist(), "z_short": self.z_short.tolist(), "baseline": self.baseline}
        evidence = {name: values.tolist() for name, values in self.evidence.items()}
        return data | ({"evidence": evidence} if evidence else {})

    @classmethod
    def from_json(cls, data: dict) -> "UserVectors":
        evidence = {name: np.array(values) for name, values in data.get("evidence", {}).items()}
        return cls(np.array(data["z_long"]), np.array(data["z_short"]), data["baseline"], evidence)
