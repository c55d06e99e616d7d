"""A user's learned state, in the paper's notation: z_long, z_short and the reward baseline b."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class UserVectors:
    """`z_long` lasts over sessions, `z_short` over one. Both (k,) float64, zero for a new user, whoever came before.

    `evidence`: named arrays, a row per observation, of learners that keep more of what they saw than a sum.
    """

    z_long: np.ndarray
    z_short: np.ndarray
    baseline: float = 0.0
    evidence: Mapping[str, np.ndarray] = field(default_factory=dict)

    @classmethod
    def zero(cls, rank: int) -> "UserVectors":
        return cls(np.zeros(rank), np.zeros(rank))

    def fits(self, rank: int) -> bool:
        """Are these numbers, and as many as the item space has dimensions?"""
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
