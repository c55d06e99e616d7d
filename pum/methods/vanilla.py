"""`vanilla`: no memory at all; every session starts from nothing."""

from pum.methods.method import METHODS, Method


@METHODS.register("vanilla")
class Vanilla(Method):
    """The conversation of this session is all the model sees."""
