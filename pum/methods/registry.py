"""A method by its name and its settings."""

from collections.abc import Mapping

from pum.core.errors import InputError
from pum.core.settings import Section
from pum.methods.method import METHODS, Method, Resources


def build_method(name: str, settings: Mapping[str, object], resources: Resources) -> Method:
    """The method with its settings checked; InputError for an unknown name, an unknown key or a bad value, and for an
    oracle where nobody knows the truth."""
    method = METHODS[name]
    if method.needs_ground_truth and resources.ground_truth is None:
        raise InputError(f"method {name}: it needs simulated users, whose true preferences are known")
    return method(check_settings(name, settings), resources)


def check_settings(name: str, settings: Mapping[str, object]) -> Section:
    """A method's section of params.yaml, checked; InputError as above."""
    return METHODS.settings_of(name).checked(dict(settings), f"methods.{name}")
