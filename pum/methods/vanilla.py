"""`vanilla`: no memory; every session starts from nothing."""

from pum.methods.method import METHODS, Method


@METHODS.register("vanilla")
class Vanilla(Method):
    """The model sees only the conversation of the current session."""
