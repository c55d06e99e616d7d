"""Things by name: what a name in params.yaml or on the command line stands for.

    DATASETS: Registry[Builder] = Registry("dataset", "pum.bench.tasks")

    @DATASETS.register("humaneval")
    def human_eval(request): ...

    DATASETS["humaneval"]

A new entry is one file in the registry's package: its module is found there, so no list has to be kept.
"""

import difflib
import importlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from typing import Generic, TypeVar

from pum.core.errors import InputError

Entry = TypeVar("Entry")


class Registry(Mapping[str, Entry], Generic[Entry]):
    """A mapping from names to entries, in the order of their names.

    `kind` says in errors what is named. A name that nothing has registered yet is looked for in the module of that name
    in `package` or a package below it, then in all of its modules.
    """

    def __init__(self, kind: str, package: str) -> None:
        self.kind = kind
        self._package = package
        self._entries: dict[str, Entry] = {}

    def register(self, name: str) -> Callable[[Entry], Entry]:
        """Decorator: make `name` stand for what is decorated; ValueError when it stands for something else already."""

        def remember(entry: Entry) -> Entry:
            if name in self._entries:
                raise ValueError(f"two entries for {self.kind} {name!r}")
            self._entries[name] = entry
            return entry

        return remember

    def __getitem__(self, name: str) -> Entry:
        """InputError, with the nearest name, when there is none; a registry never answers KeyError."""
        if name not in self:
            near = difflib.get_close_matches(name, self._entries, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(self)}"
            raise InputError(f"unknown {self.kind} {name!r}: {hint}")
        return self._entries[name]

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
        self._import(lambda module: True)
        return len(self._entries)

    def _import(self, wanted: Callable[[str], bool]) -> None:
        """The modules of the package whose full names are wanted."""
        package = importlib.import_module(self._package)
        for module in pkgutil.walk_packages(package.__path__, f"{self._package}."):
            if wanted(module.name):
                importlib.import_module(module.name)
