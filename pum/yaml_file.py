"""Reads YAML files that people edit: what is wrong with one is said in a line."""

from pathlib import Path

import yaml

from pum.errors import InputError

# LibYAML's loader is ten times as quick; PyYAML is sometimes built without it.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_yaml(path: Path) -> object:
    """The file's plain data; InputError naming it when it cannot be read, is not UTF-8 or no YAML."""
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror.lower()}") from None
    except UnicodeDecodeError:
        raise InputError(f"{path}: not UTF-8 text") from None
    except yaml.YAMLError as error:
        raise InputError(f"{path}: not YAML: {' '.join(str(error).split())}") from None
