"""Which method a name in params.yaml stands for. Imports no method: those who only read results ask this, too."""

from pum.config.params import Params
from pum.core.errors import InputError
from pum.core.validation import suggestion


def configured(name: str, params: Params) -> tuple[str, dict]:
    """The method that plays `name`, and its settings: a section of `methods` or of `variants` in params.yaml."""
    if name in params.variants:
        return params.variants[name].method, params.variants[name].settings
    if name not in params.methods:
        hint = suggestion(name, {*params.methods, *params.variants})
        raise InputError(f"methods.{name}: no such section in params.yaml, nor one of variants; {hint}")
    return name, params.methods[name]
