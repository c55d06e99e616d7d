"""Learners by the `kind` of their hyperparameters; a set without one is REINFORCE's."""

from collections.abc import Callable
from typing import Annotated, Any

from pum.core.registry import Registry
from pum.user_model.learner import Learner

# By kind: (hyperparameters, temperature of the policy's softmax) -> the update rule.
LEARNERS: Registry[Callable[[Any, float], Learner]] = Registry("learner", "pum.user_model")

LearnerParams = Annotated[Any, LEARNERS.section(default="reinforce")]


def build_learner(params: LearnerParams, temperature: float) -> Learner:
    """The update rule; `temperature` is the policy's tau."""
    return LEARNERS[params.kind](params, temperature)
