"""`rag_vector`: `rag` with user vectors that learn from the user's reactions, by REINFORCE or another learner."""

from pum.methods import rag
from pum.methods.method import METHODS, Resources
from pum.user_model.learner import LearnerParams, build_learner


class Settings(rag.Settings):
    """The settings of `rag`, and the learner's hyperparameters."""

    user_model: LearnerParams


@METHODS.register("rag_vector", Settings)
class RagVector(rag.Rag):
    """Each user's vectors add a bonus to the cards' scores, and learn from the reward."""

    settings: Settings

    def __init__(self, settings: Settings, resources: Resources) -> None:
        super().__init__(settings, resources, build_learner(settings.user_model, settings.temperature))
