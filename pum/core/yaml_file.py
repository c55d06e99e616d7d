"""Reads YAML files that people edit: what is wrong with one is said in a line."""

from pathlib import Path

import yaml

from pum.core.errors import InputError

# LibYAML's loader is ten times as quick; PyYAML is sometimes built without it.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


_DEEPEST = 50


def _check_depth(path: Path, text: str) -> None:
    """LibYAML ends the process on nesting that is deep enough; its events come without recursion."""
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            raise InputError(f"{path}: nested more than {_DEEPEST} deep; no file of ours is")


def read_yaml(path: Path) -> object:
    """The file's plain data; InputError naming it when it cannot be read, is not UTF-8 or no YAML."""
    try:
        text = path.read_text(encoding="utf-8")
        _check_depth(path, text)
        return yaml.load(text, Loader=_LOADER)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror.lower()}") from None
    except UnicodeDecodeError:
        raise InputError(f"{path}: not UTF-8 text") from None
    except InputError:
        raise
    except (yaml.YAMLError, ValueError) as error:  # ValueError: numbers and dates that are none
        raise InputError(f"{path}: not YAML: {' '.join(str(error).split())}") from None
