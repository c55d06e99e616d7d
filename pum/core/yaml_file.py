"""Reads YAML files that people edit, with errors in one line.

Unquoted values follow the core schema of YAML 1.2, as in the programs that rewrite such files (DVC): `12:00:00` and
`no` are text, quoted or not. PyYAML's default is YAML 1.1, which reads them as 43200 and False.
"""

import re
from pathlib import Path

import yaml

from pum.core.errors import InputError


# LibYAML's loader is ten times as fast, but not every build of PyYAML has it.
class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """Plain data by the core schema: https://yaml.org/spec/1.2.2/#103-core-schema."""

    yaml_implicit_resolvers = {}


def _integer(loader: yaml.Loader, node: yaml.ScalarNode) -> int:
    base = {"0o": 8, "0x": 16}.get(node.value[:2], 10)
    return int(node.value, base)


for _kind, _pattern in {
    "null": r"~|null|Null|NULL|",
    "bool": r"true|True|TRUE|false|False|FALSE",
    "int": r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+",
    "float": r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)",
}.items():
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_kind}", re.compile(f"^(?:{_pattern})$"), None)
_Loader.add_constructor("tag:yaml.org,2002:int", _integer)

_DEEPEST = 50


def _check_depth(path: Path, text: str) -> None:
    """Refuse deep nesting, on which LibYAML crashes. Its events need no recursion."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            raise InputError(f"{path}: nested more than {_DEEPEST} levels deep")


def read_yaml(path: Path) -> object:
    """The file's plain data. InputError, naming the file, if it cannot be read or is not YAML in UTF-8."""
    try:
        text = path.read_text(encoding="utf-8")
        _check_depth(path, text)
        return yaml.load(text, Loader=_Loader)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror.lower()}") from None
    except UnicodeDecodeError:
        raise InputError(f"{path}: not UTF-8 text") from None
    except InputError:
        raise
    except (yaml.YAMLError, ValueError) as error:  # ValueError: a number of more digits than Python reads
        raise InputError(f"{path}: not YAML: {' '.join(str(error).split())}") from None
