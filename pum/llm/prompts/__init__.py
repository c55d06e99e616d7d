"""The prompts, one a file."""

from functools import cache
from importlib.resources import files

from pum.core.errors import InputError
from pum.core.validation import suggestion

_SYSTEM = "system_"


@cache
def prompt(name: str) -> str:
    """The text of `<name>.txt` beside this module."""
    return files(__name__).joinpath(f"{name}.txt").read_text(encoding="utf-8").strip()


def system_prompt(name_or_text: str) -> str:
    """The system prompt in `system_<name>.txt`; a text of several words is one itself. InputError for another name."""
    if " " in name_or_text.strip():
        return name_or_text.strip()
    names = [path.name.removesuffix(".txt") for path in files(__name__).iterdir() if path.name.startswith(_SYSTEM)]
    if _SYSTEM + name_or_text not in names:
        hint = suggestion(name_or_text, (name.removeprefix(_SYSTEM) for name in names))
        raise InputError(f"system_prompt: there is no {name_or_text!r}, and a text has more than one word; {hint}")
    return prompt(_SYSTEM + name_or_text)
