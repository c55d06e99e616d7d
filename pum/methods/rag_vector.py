"""`rag_vector`: `rag` with a vector per user, learned by REINFORCE from how the user reacts."""

from pum.methods import rag
from pum.methods.base import Method, Resources
from pum.user_model.reinforce import Rates, Reinforce


class Settings(rag.Settings):
    """As `rag`, and the learner's hyperparameters."""

    user_model: Rates


def build(settings: Settings, resources: Resources) -> Method:
    return rag.build(settings, resources, Reinforce(settings.user_model, settings.temperature))
