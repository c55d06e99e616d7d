"""Data from outside, checked by pydantic: the shared base model, and what is wrong told in one line."""

from collections.abc import Sequence
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from pum.core.errors import InputError

Checked = TypeVar("Checked")


class FrozenModel(BaseModel):
    """A record whose fields cannot be set later, and which refuses keys that it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def validated(model: type[Checked], data: object, source: object = "", at: Sequence[object] = ()) -> Checked:
    """Plain `data` as a `model`; InputError "SOURCE: KEY: what is wrong" otherwise. `at`: the keys above the data."""
    try:
        return TypeAdapter(model).validate_python(data)
    except ValidationError as error:
        told = first_error(error, at)
        raise InputError(f"{source}: {told}" if source else told) from None


def first_error(error: ValidationError, at: Sequence[object] = ()) -> str:
    """The first of its errors, as "KEY: what is wrong", with the keys `at` in front."""
    first = error.errors()[0]
    key = ".".join(map(str, (*at, *first["loc"])))
    message = first["msg"].removeprefix("Value error, ")
    return f"{key}: {message}" if key else message
