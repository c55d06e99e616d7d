"""Learners by the `kind` of their hyperparameters; a set without one is REINFORCE's."""

from typing import Annotated

from pydantic import Discriminator, Tag

from pum.user_model.bandit import Bandit, BanditParams
from pum.user_model.learner import Learner
from pum.user_model.neighbours import Neighbours, NeighboursParams
from pum.user_model.reinforce import Rates, Reinforce


def _kind(data: object) -> str:
    return data.get("kind", "reinforce") if isinstance(data, dict) else getattr(data, "kind", "reinforce")


LearnerParams = Annotated[
    Annotated[Rates, Tag("reinforce")]
    | Annotated[BanditParams, Tag("bandit")]
    | Annotated[NeighboursParams, Tag("neighbours")],
    Discriminator(_kind),
]


def build_learner(params: LearnerParams, temperature: float) -> Learner:
    """The update rule; `temperature` is the policy's tau."""
    if params.kind == "neighbours":
        return Neighbours(params)
    return Bandit(params) if params.kind == "bandit" else Reinforce(params, temperature)
