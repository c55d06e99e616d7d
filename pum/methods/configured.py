"""Which method a name in params.yaml stands for. Imports no method: those who only read results ask this, too."""

from pum.config.params import Params
from pum.core.errors import InputError
from pum.core.validation import suggestion


def configured(name: str, params: Params) -> tuple[str, dict]:
    """The method that plays `name`, and its settings: a section of `methods` or of `variants` in params.yaml."""
    sections = {**params.methods, **params.variants}
    if name not in sections:
        hint = suggestion(name, sections)
        raise InputError(f"methods.{name}: no such section in params.yaml, nor one of variants; {hint}")
    settings = dict(sections[name])
    return settings.pop("method", name), settings
