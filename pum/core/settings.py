"""Sections of params.yaml as typed records: what is wrong with one is said in a line that names the key."""

import difflib
from collections.abc import Iterable
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from pum.core.errors import InputError


def suggestion(name: object, known: Iterable[str]) -> str:
    """The nearest of the known names for one that is not; all of them when none is near."""
    names = sorted(known)
    if near := difflib.get_close_matches(str(name), names, n=1):
        return f"did you mean {near[0]!r}?"
    return f"there are {', '.join(names)}" if names else "there are none"


class Section(BaseModel):
    """Settings that never change; an unknown key is an error that names the nearest known one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _check_keys(cls, data: Any) -> Any:
        unknown = [key for key in data if key not in cls.model_fields] if isinstance(data, dict) else []
        if unknown:
            raise ValidationError.from_exception_data(
                cls.__name__,
                [
                    InitErrorDetails(type=_no_such_key(key, cls.model_fields), loc=(str(key),), input=data[key])
                    for key in unknown
                ],
            )
        return data

    @classmethod
    def checked(cls, data: object, where: str) -> Self:
        """The section that `data` holds; InputError naming the key, below `where`, of the first thing that is wrong."""
        try:
            return cls.model_validate(data)
        except ValidationError as error:
            first = error.errors()[0]
            key = ".".join(map(str, (where, *first["loc"])))
            message = first["msg"].removeprefix("Value error, ")
            raise InputError(f"{key}: {message[:1].lower()}{message[1:]}") from None


class OfKind(Section):
    """Settings of one of several kinds, each with its own: `kind` says of which."""

    kind: str


def _no_such_key(key: object, known: Iterable[str]) -> PydanticCustomError:
    # Given as a value: braces in a key must not be read as those of a template.
    return PydanticCustomError("no_such_key", "no such key; {hint}", {"hint": suggestion(key, known)})
