"""`vanilla`: no memory at all; every session starts from nothing."""

from pum.methods.method import Method, MethodSettings, Resources


class Settings(MethodSettings):
    """Nothing to set."""


class Vanilla(Method):
    """The conversation of this session is all the model sees."""


def build(settings: Settings, resources: Resources) -> Method:
    return Vanilla()
