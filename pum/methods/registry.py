"""Methods by name: a method is a module here with `Settings` and `build`, and a section of params.yaml."""

import difflib
import pkgutil
from collections.abc import Mapping
from importlib import import_module
from types import ModuleType

from pydantic import ValidationError

import pum.methods
import pum.methods.controls
from pum.config.params import Params
from pum.core.errors import InputError
from pum.methods.method import Method, Resources

_NOT_METHODS = frozenset({"controls", "method", "registry"})


def method_names() -> tuple[str, ...]:
    """All methods there are, by name."""
    return tuple(sorted(_packages()))


def configured(name: str, params: Params) -> tuple[str, dict]:
    """The module that plays `name`, and its settings: a section of `methods` or of `variants` in params.yaml."""
    sections = {**params.methods, **params.variants}
    if name not in sections:
        method_module(name)
        raise InputError(f"methods.{name}: no such section in params.yaml")
    settings = dict(sections[name])
    return settings.pop("method", name), settings


def build_method(name: str, settings: Mapping[str, object], resources: Resources) -> Method:
    """The method with its settings checked; InputError for an unknown name, an unknown key or a bad value."""
    module = method_module(name)
    return module.build(check_settings(name, settings), resources)


def check_settings(name: str, settings: Mapping[str, object]) -> object:
    try:
        return method_module(name).Settings.model_validate(dict(settings))
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, ("methods", name, *first["loc"])))
        raise InputError(f"{key}: {first['msg'].lower()}") from None


def method_module(name: str) -> ModuleType:
    if name not in method_names():
        near = difflib.get_close_matches(name, method_names(), n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(method_names())}"
        raise InputError(f"unknown method {name!r}: {hint}")
    return import_module(f"{_packages()[name]}.{name}")


def _packages() -> dict[str, str]:
    """By method, the package that its module is in."""
    packages = (pum.methods, pum.methods.controls)
    modules = {
        module.name: package.__name__ for package in packages for module in pkgutil.iter_modules(package.__path__)
    }
    return {name: package for name, package in modules.items() if name not in _NOT_METHODS}
