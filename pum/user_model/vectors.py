"""A user's learned state, in the paper's notation: z_long, z_short and the reward baseline b."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class UserVectors:
    """`z_long` lasts over sessions, `z_short` over one. Both (k,) float64, zero for a new user, whoever came before."""

    z_long: np.ndarray
    z_short: np.ndarray
    baseline: float = 0.0

    @classmethod
    def zero(cls, rank: int) -> "UserVectors":
        return cls(np.zeros(rank), np.zeros(rank))

    def to_json(self) -> dict:
        return {"z_long": self.z_long.tolist(), "z_short": self.z_short.tolist(), "baseline": self.baseline}

    @classmethod
    def from_json(cls, data: dict) -> "UserVectors":
        return cls(np.array(data["z_long"]), np.array(data["z_short"]), data["baseline"])
