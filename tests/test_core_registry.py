"""A registry finds what the files of its package register; sections are checked, and errors name the key."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from pum.core.errors import InputError
from pum.core.registry import Registry
from pum.core.validation import Section, suggestion, validated

PACKAGE = "shelf"
ONE_FILE = """
from tests.test_core_registry import KINDS

@KINDS.register("{name}")
def build(): return "{name}"
"""

NAMES = st.text(alphabet="abcx_-", min_size=1, max_size=5)
KINDS: Registry = Registry("thing", PACKAGE)


class Size(Section):
    """Settings of the tests."""

    kind: str = "small"
    width: int
    height: int = 1


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package with a file `oak`, and one `trees` in a package below that registers `pine-tree`."""
    (tmp_path / PACKAGE / "more").mkdir(parents=True)
    for name, text in {
        "__init__": "",
        "oak": ONE_FILE.format(name="oak"),
        "more/__init__": "",
        "more/trees": ONE_FILE.format(name="pine-tree"),
    }.items():
        (tmp_path / PACKAGE / f"{name}.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(KINDS, "_entries", {})
    yield tmp_path / PACKAGE
    for name in [name for name in sys.modules if name.split(".")[0] == PACKAGE]:
        del sys.modules[name]


def test_a_name_is_found_in_its_own_file_and_no_other_is_loaded(package: Path) -> None:
    assert KINDS["oak"]() == "oak"
    assert f"{PACKAGE}.more.trees" not in sys.modules


def test_a_name_is_found_in_a_file_of_another_name_below(package: Path) -> None:
    assert "pine-tree" in KINDS and KINDS["pine-tree"]() == "pine-tree"


def test_it_is_a_mapping_in_the_order_of_names(package: Path) -> None:
    KINDS.register("elm")(lambda: "elm")
    assert list(KINDS) == ["elm", "oak", "pine-tree"] and len(KINDS) == 3
    assert {name: build() for name, build in KINDS.items()} == {name: name for name in KINDS}
    assert KINDS.get("ash") is None and "ash" not in KINDS


def test_an_unknown_name_is_one_line_with_the_nearest(package: Path) -> None:
    with pytest.raises(InputError, match="unknown thing 'pine_tree': did you mean 'pine-tree'"):
        KINDS["pine_tree"]
    with pytest.raises(InputError, match="unknown thing 'x': there are oak, pine-tree"):
        KINDS["x"]


def test_a_new_file_needs_no_list(package: Path) -> None:
    assert "yew" not in KINDS
    (package / "yew.py").write_text(ONE_FILE.format(name="yew"))
    assert KINDS["yew"]() == "yew"


def test_a_name_stands_for_one_thing_and_a_module_may_be_loaded_again(package: Path) -> None:
    first = KINDS["oak"]
    del sys.modules[f"{PACKAGE}.oak"]
    __import__(f"{PACKAGE}.oak")
    assert KINDS["oak"] is not first and KINDS["oak"]() == "oak"
    with pytest.raises(ValueError, match="two entries for thing 'oak': shelf.oak.build and tests"):
        KINDS.register("oak")(test_a_new_file_needs_no_list)


@given(st.dictionaries(NAMES, st.integers(), max_size=8), NAMES)
def test_what_was_registered_is_what_is_found(entries: dict[str, int], other: str) -> None:
    """Anything else is refused, and only what there is is suggested. (The package has no file that registers.)"""
    registry: Registry[int] = Registry("number", "json")
    for name, entry in entries.items():
        assert registry.register(name)(entry) is entry
    assert dict(registry) == entries and list(registry) == sorted(entries)
    if other not in entries:
        with pytest.raises(InputError) as caught:
            registry[other]
        suggested = str(caught.value).partition("did you mean ")[2]
        assert not suggested or suggested in {f"{name!r}?" for name in entries}


def test_settings_are_those_that_were_registered_and_none_where_there_were_none() -> None:
    registry: Registry = Registry("box", "json")
    registry.register("large", Size)(object)
    registry.register("plain")(object)
    assert registry.settings_of("large") is Size
    with pytest.raises(InputError, match=r"^boxes\.plain\.width: no such key; there are none$"):
        validated(registry.settings_of("plain"), {"width": 2}, at=("boxes", "plain"))


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ({"width": 1, "heigth": 2}, r"^boxes\.a\.heigth: no such key; did you mean 'height'\?$"),
        ({"width": 1, "{hint}": 2}, r"^boxes\.a\.\{hint\}: no such key; there are height, kind, width$"),
        ({"width": "wide"}, r"^boxes\.a\.width: Input should be a valid integer"),
        ({}, r"^boxes\.a\.width: Field required$"),
        ("wide", r"^boxes\.a: Input should be a valid dictionary"),
    ],
)
def test_what_is_wrong_with_a_section_is_a_line_that_names_the_key(data: object, told: str) -> None:
    with pytest.raises(InputError, match=told):
        validated(Size, data, at=("boxes", "a"))


def test_a_section_inside_another_is_checked_by_its_kind() -> None:
    registry: Registry = Registry("box", "json")
    registry.register("small", Size)(object)

    class Shelf(BaseModel):
        boxes: dict[str, registry_section(registry)]

    shelf = Shelf.model_validate({"boxes": {"a": {"width": 2}}})
    assert shelf.boxes["a"] == Size(width=2)
    assert Shelf.model_validate(shelf.model_dump()) == shelf == Shelf(boxes=shelf.boxes)
    assert shelf.model_dump(exclude_unset=True) == {"boxes": {"a": {"width": 2}}}
    for section, place, told in (
        ({"width": 2, "hight": 1}, ("boxes", "a", "hight"), "no such key; did you mean 'height'"),
        ({"width": "x"}, ("boxes", "a", "width"), "valid integer"),
        ({"kind": "smal"}, ("boxes", "a"), "unknown box 'smal': did you mean 'small'"),
        ("small", ("boxes", "a"), "give a section with a kind of box: small"),
    ):
        with pytest.raises(ValidationError) as caught:
            Shelf.model_validate({"boxes": {"a": section}})
        [error] = caught.value.errors()
        assert error["loc"] == place and told in error["msg"]


def registry_section(registry: Registry) -> object:
    from typing import Annotated, Any

    return Annotated[Any, registry.section(default="small")]


@given(st.sampled_from(["bullets", "tables", "headings"]), st.integers(0, 6))
def test_a_letter_too_few_is_understood(name: str, place: int) -> None:
    wrong = name[:place] + name[place + 1 :]
    assert name == wrong or suggestion(wrong, ["bullets", "tables", "headings"]) == f"did you mean {name!r}?"
