"""Checks data from outside with pydantic: base models, and errors in one line that name the key."""

import difflib
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from pum.core.errors import InputError

Checked = TypeVar("Checked")

STRICT_KEYS = ConfigDict(extra="forbid")
Text = Annotated[str, Field(min_length=1)]
Texts = Annotated[tuple[Text, ...], Field(min_length=1)]


class FrozenModel(BaseModel):
    """An immutable record that refuses unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Section(FrozenModel):
    """Settings that people write: the error for an unknown key names the nearest known one."""

    @model_validator(mode="before")
    @classmethod
    def _check_keys(cls, data: Any) -> Any:
        unknown = [key for key in data if key not in cls.model_fields] if isinstance(data, dict) else []
        if unknown:
            errors = [
                InitErrorDetails(type=_no_such_key(key, cls.model_fields), loc=(str(key),), input=data[key])
                for key in unknown
            ]
            raise ValidationError.from_exception_data(cls.__name__, errors)
        return data


class OfKind(Section):
    kind: str


def validated(model: type[Checked], data: object, source: object = "", at: Sequence[object] = ()) -> Checked:
    """`data` as a `model`, or InputError "SOURCE: KEY: what is wrong". `at`: the keys above the data."""
    try:
        return _adapter(model).validate_python(data)
    except ValidationError as error:
        raise _input_error(error, source, at) from None


def validated_json(model: type[Checked], text: str, source: object) -> Checked:
    try:
        return _adapter(model).validate_json(text)
    except ValidationError as error:
        raise _input_error(error, source, ()) from None


def first_error(error: ValidationError, at: Sequence[object] = ()) -> str:
    """The first error as "KEY: what is wrong", with the keys `at` in front."""
    first = error.errors()[0]
    key = ".".join(map(str, (*at, *first["loc"])))
    message = first["msg"].removeprefix("Value error, ")
    return f"{key}: {message}" if key else message


def refuse_repeats(place: object, what: str, values: Iterable[str]) -> None:
    """InputError when a value comes more than once."""
    seen: set[str] = set()
    for value in values:
        if value in seen:
            raise InputError(f"{place}: {what} {value!r} comes twice")
        seen.add(value)


def suggestion(name: object, known: Iterable[str]) -> str:
    """A hint for an unknown name: the nearest known one, or all of them if none is near."""
    names = sorted(known)
    if near := difflib.get_close_matches(str(name), names, n=1):
        return f"did you mean {near[0]!r}?"
    return f"there are {', '.join(names)}" if names else "there are none"


@cache
def _adapter(model: type[Checked]) -> TypeAdapter[Checked]:
    return TypeAdapter(model)


def _input_error(error: ValidationError, source: object, at: Sequence[object]) -> InputError:
    message = first_error(error, at)
    return InputError(f"{source}: {message}" if source else message)


def _no_such_key(key: object, known: Iterable[str]) -> PydanticCustomError:
    # The hint is a value, because braces in a key would be read as part of the template.
    return PydanticCustomError("no_such_key", "no such key; {hint}", {"hint": suggestion(key, known)})
