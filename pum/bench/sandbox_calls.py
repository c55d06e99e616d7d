"""Calls between the two processes of a tested program: tests in one call the function in the other.

Only plain data passes, as lines of JSON: numbers, texts, collections, some value classes of the standard library, and
exceptions by the names of their classes. What has no such form becomes an object that equals nothing. So whatever a
program sends is a value, which the tests compare by their own means.
"""

import contextlib
import importlib
import json
import os
import sys
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any, NoReturn, TextIO

# Value classes by name: their constructor's arguments.
VALUES: dict[str, Callable[[Any], tuple]] = {
    "builtins.range": lambda value: (value.start, value.stop, value.step),
    "builtins.complex": lambda value: (value.real, value.imag),
    "builtins.bytes": lambda value: (list(value),),
    "builtins.bytearray": lambda value: (list(value),),
    "collections.Counter": lambda value: (dict(value),),
    "collections.OrderedDict": lambda value: (list(value.items()),),
    "collections.defaultdict": lambda value: (None, dict(value)),
    "collections.deque": lambda value: (list(value), value.maxlen),
} | {
    name: lambda value: value.__reduce__()[1]
    for name in ("datetime.date", "datetime.datetime", "datetime.time", "datetime.timedelta", "decimal.Decimal")
    + ("fractions.Fraction", "pathlib.PosixPath", "pathlib.PurePosixPath")
}
COLLECTIONS = {"tuple": tuple, "set": set, "frozenset": frozenset, "iterator": iter}
Connection = tuple[TextIO, TextIO]  # to read from, to write to


class Opaque:
    """Stands for an object that is no plain data. It equals itself only."""


def pack(value: object) -> object:
    """The value as JSON values; subclasses of the plain types become these types."""
    if isinstance(value, int) and value.bit_length() > 1000:
        return {"int": hex(value)}
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, list):
        return [pack(item) for item in value]
    name = f"{type(value).__module__}.{type(value).__qualname__}"
    if name in VALUES:
        return {name: [pack(argument) for argument in VALUES[name](value)]}
    if isinstance(value, dict):
        return {"dict": [[pack(key), pack(item)] for key, item in value.items()]}
    for kind, base in (("tuple", tuple), ("set", set), ("frozenset", frozenset), ("iterator", Iterator)):
        if isinstance(value, base):
            return {kind: [pack(item) for item in value]}
    return {"opaque": []}


def unpack(form: Any) -> Any:
    """The value that `pack` made the form of."""
    if isinstance(form, list):
        return [unpack(item) for item in form]
    if not isinstance(form, dict):
        return form
    ((kind, parts),) = form.items()
    if kind == "int":
        return int(parts, 16)
    if kind == "opaque":
        return Opaque()
    if kind == "dict":
        return {unpack(key): unpack(item) for key, item in parts}
    items = [unpack(part) for part in parts]
    if kind in COLLECTIONS:
        return COLLECTIONS[kind](items)
    module, name = kind.split(".")
    if kind not in VALUES:
        raise ValueError(f"no plain data: {kind}")
    return getattr(importlib.import_module(module), name)(*items)


def exception(names: list[list[str]], arguments: list) -> BaseException:
    """The exception whose class is the first of `names` (module, name) that this process knows.

    Those by which unittest is steered are not, nor those that would end an iteration of the tests in silence.
    """
    for module, name in names:
        known = getattr(sys.modules.get(module), name, None)
        steers = module.startswith("unittest") or name in ("StopIteration", "StopAsyncIteration", "GeneratorExit")
        if isinstance(known, type) and issubclass(known, BaseException) and not steers:
            raised = known.__new__(known)
            raised.args = tuple(arguments)
            return raised
    return RuntimeError(*arguments)


def fork() -> tuple[int, Connection]:
    """Fork, and connect the two processes. The new one gets 0, and has no input."""
    calls, results = os.pipe(), os.pipe()
    child = os.fork()
    read, write = (calls[0], results[1]) if child == 0 else (results[0], calls[1])
    for end in {*calls, *results} - {read, write}:
        os.close(end)
    if child == 0:
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
    return child, (os.fdopen(read), os.fdopen(write, "w"))


def serve(connection: Connection, load: Callable[[], Callable[..., Any]]) -> NoReturn:
    """In the program's process: load its function when asked for the first time, then answer calls."""
    read, write = connection
    function: Callable[..., Any] | None = None
    for line in read:
        try:
            if function is None:
                function, result = load(), None
            else:
                arguments, keywords = unpack(json.loads(line))
                result = function(*arguments, **keywords)
            answer = {"result": pack(result)}
        except BaseException as raised:
            names = [[kind.__module__, kind.__qualname__] for kind in type(raised).__mro__]
            answer = {"raised": names, "arguments": pack(list(raised.args))}
        with contextlib.suppress(Exception):
            sys.stdout.flush()
        write.write(json.dumps(answer) + "\n")
        write.flush()
    os._exit(0)


def run_tests(tests: str, name: str, program: int, connection: Connection) -> None:
    """In the tests' process: run them with the function `name`, which the process `program` serves."""
    read, write = connection

    def ask(request: object) -> Any:
        with contextlib.suppress(BrokenPipeError):
            write.write(json.dumps(request) + "\n")
            write.flush()
        line = read.readline()
        if not line.endswith("\n"):
            end_like(program)
        answer = json.loads(line)
        if "raised" in answer:
            raise exception(answer["raised"], unpack(answer["arguments"]))
        return unpack(answer["result"])

    ask("load")
    module = sys.modules["tests"] = ModuleType("tests")
    setattr(module, name, lambda *arguments, **keywords: ask(pack([list(arguments), keywords])))
    exec(compile(tests, "tests", "exec"), module.__dict__)  # the dataset's own code, not the program's


def end_like(process: int) -> NoReturn:
    """End this process, whatever it is in the middle of, as the other one did; after a signal, as shells report it."""
    code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    os._exit(code if code >= 0 else 128 - code)
