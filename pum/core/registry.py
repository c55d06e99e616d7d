"""Registries: what a name in params.yaml or on the command line stands for.

    LEARNERS: Registry[Builder] = Registry("learner", "pum.user_model")

    @LEARNERS.register("bandit", BanditParams)
    def build(params, temperature): ...

    LEARNERS["bandit"]

A new entry is one file in the registry's package. Its module is found there, so there is no list to maintain.
"""

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Generic, TypeVar

from pydantic import PlainValidator

from pum.core.errors import InputError
from pum.core.validation import Section, suggestion

Entry = TypeVar("Entry")


class Registry(Mapping[str, Entry], Generic[Entry]):
    """A mapping from names to entries, in the order of their names.

    `kind` describes the entries in errors. To find a name that is not registered yet, the registry imports the module
    of that name in `package` (or a package below), then all modules of the package.
    """

    def __init__(self, kind: str, package: str) -> None:
        self.kind = kind
        self._package = package
        self._entries: dict[str, Entry] = {}
        self._settings: dict[str, type[Section]] = {}

    def register(self, name: str, settings: type[Section] = Section) -> Callable[[Entry], Entry]:
        """Decorator that registers an entry under `name`, with the model of its `settings` (default: it has none).

        ValueError when the name is taken. A module that is reloaded replaces its own entries.
        """

        def remember(entry: Entry) -> Entry:
            other = self._entries.get(name, entry)
            if _origin(other) != _origin(entry):
                raise ValueError(f"two entries for {self.kind} {name!r}: {_origin(other)} and {_origin(entry)}")
            self._entries[name], self._settings[name] = entry, settings
            return entry

        return remember

    def __getitem__(self, name: str) -> Entry:
        """The entry; InputError with the nearest name if there is none (never KeyError)."""
        if name not in self:
            raise InputError(f"unknown {self.kind} {name!r}: {suggestion(name, self)}")
        return self._entries[name]

    def get(self, name: str, default: Any = None) -> Any:
        return self[name] if name in self else default

    def __contains__(self, name: object) -> bool:
        if name not in self._entries:
            self._import(lambda module: module.rpartition(".")[2] == name)
        if name not in self._entries:
            self._import(lambda module: True)
        return name in self._entries

    def __iter__(self) -> Iterator[str]:
        self._import(lambda module: True)
        return iter(sorted(self._entries))

    def __len__(self) -> int:
        return len(list(iter(self)))

    def settings_of(self, name: str) -> type[Section]:
        """The model of the settings of `name`; InputError if there is no such entry."""
        self[name]
        return self._settings[name]

    def section(self, default: str | None = None) -> PlainValidator:
        """A validator for a field with the settings of an entry, which `kind` in the data names (or `default`)."""

        def check(data: object) -> Section:
            kind = data.get("kind", default) if isinstance(data, Mapping) else getattr(data, "kind", None)
            if kind is None:
                raise ValueError(f"give a section with a kind of {self.kind}: {', '.join(self)}")
            return self.settings_of(kind).model_validate(data)

        return PlainValidator(check)

    def _import(self, wanted: Callable[[str], bool]) -> None:
        """Import the modules of the package whose full names are `wanted`."""
        package = importlib.import_module(self._package)
        for module in pkgutil.walk_packages(package.__path__, f"{self._package}."):
            if wanted(module.name):
                importlib.import_module(module.name)


def _origin(entry: object) -> str:
    """The module and name of an entry; they stay the same when the module is reloaded."""
    return f"{getattr(entry, '__module__', None)}.{getattr(entry, '__qualname__', repr(entry))}"
