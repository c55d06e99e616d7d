"""Looks up a method in params.yaml. It imports no method, so that code that only reads results can use it."""

from pum.config.params import Params
from pum.core.errors import InputError
from pum.core.validation import suggestion


def configured(name: str, params: Params) -> tuple[str, dict]:
    """The method and settings of section `name`, of `methods` or `variants` in params.yaml."""
    sections = {**params.methods, **params.variants}
    if name not in sections:
        hint = suggestion(name, sections)
        raise InputError(f"methods.{name}: no such section in params.yaml, nor one of variants; {hint}")
    settings = dict(sections[name])
    return settings.pop("method", name), settings
