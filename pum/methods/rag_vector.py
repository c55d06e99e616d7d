"""`rag_vector`: `rag` with a state per user, learned from how the user reacts; by REINFORCE, or by another learner."""

from pum.methods import rag
from pum.methods.method import Method, Resources
from pum.user_model.learners import build_learner

Settings = rag.LearnedSettings


def build(settings: Settings, resources: Resources) -> Method:
    return rag.build(settings, resources, build_learner(settings.user_model, settings.temperature))
