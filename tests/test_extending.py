"""Whoever adds a method or a learner writes one file and one section of params.yaml, and edits nothing else.

The method is the one of docs/extending.md.
"""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

import pum.methods
import pum.user_model
from pum.assistant.personalized_llm import PersonalizedLLM
from pum.config.params import check_params, load_params
from pum.core.errors import InputError
from pum.core.files import read_yaml
from pum.core.imports import reachable
from pum.core.paths import ROOT
from pum.core.registry import Registry
from pum.methods.method import METHODS, build_method, check_settings
from pum.user_model.learner import LEARNERS
from tests.extending_page import blocks, failures, nothing_else_changes
from tests.small_assistant import Echo, small_resources, teach
from tests.small_runs import small_params

NEW_LEARNER = '''
"""`newest`: the newer a card, the more it is worth."""

from dataclasses import dataclass

import numpy as np
from pydantic import NonNegativeFloat

from pum.core.validation import OfKind
from pum.user_model.learner import LEARNERS


class Params(OfKind):
    beta: NonNegativeFloat


@LEARNERS.register("newest", Params)
@dataclass(frozen=True)
class Newest:
    params: Params
    temperature: float

    def score(self, vectors, choice):
        return self.params.beta * np.array(choice.cards, dtype=np.float64)

    def learn(self, vectors, choice, reaction):
        return vectors
'''

Add = Callable[[Registry, object, str, str], None]


@pytest.fixture
def add(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Add]:
    """Puts a file into a package, for one test."""
    added: list[tuple[object, str]] = []

    def add(registry: Registry, package: object, name: str, text: str) -> None:
        folder = tmp_path / package.__name__
        folder.mkdir()
        (folder / f"{name}.py").write_text(text)
        monkeypatch.setattr(package, "__path__", [*package.__path__, str(folder)])
        monkeypatch.setattr(registry, "_entries", dict(registry._entries))
        added.append((package, name))

    yield add
    for package, name in added:
        sys.modules.pop(f"{package.__name__}.{name}", None)
        if hasattr(package, name):
            delattr(package, name)


def assistant(method: str, settings: dict) -> PersonalizedLLM:
    resources = small_resources()
    built = build_method(method, settings, resources)
    return PersonalizedLLM(built, Echo(), resources.embedder, resources.item_space.rank)


def with_section(section: str, name: str, settings: dict) -> dict:
    """params.yaml with one line more."""
    data = read_yaml(ROOT / "params.yaml")
    return {**data, section: {**data[section], name: settings}}


def test_a_method_is_one_file_and_one_section(add: Add) -> None:
    (code,), (line,) = blocks("A method", "python"), blocks("A method", "yaml")
    ((_, given),) = yaml.safe_load(line).items()
    with pytest.raises(InputError, match="unknown method 'last_words'"):
        check_settings("last_words", given)
    with nothing_else_changes():
        add(METHODS, pum.methods, "last_words", code)
        assert "last_words" in list(METHODS)
        name, settings = check_params(with_section("methods", "last_words", given)).configured("last_words")
        assert check_settings(name, settings).sessions == 2

        own = assistant(name, settings)
        for number in range(3):
            own.chat("ann", f"Question {number}")
            own.reset_session("ann", f"Bye {number}")
        assert own.chat("ann", "Hello").decision.notes == ("Bye 1", "Bye 2")
        saved = json.loads(json.dumps(own.export_user("ann")))
        again = assistant(name, settings)
        again.restore_or_reset("ann", saved)
        assert again.chat("ann", "Hello").decision.notes == ("Bye 1", "Bye 2"), "what it remembers is kept"


@pytest.mark.parametrize("settings", [{"session": 2}, {"sessions": 0}])
def test_wrong_settings_of_a_method_are_refused_as_the_page_says(add: Add, settings: dict) -> None:
    add(METHODS, pum.methods, "last_words", *blocks("A method", "python"))
    with pytest.raises(InputError) as caught:
        check_settings("last_words", settings)
    ((key, value),) = settings.items()
    assert f"| `{{{key}: {value}}}` | `{caught.value}` |" in failures("A method")


def test_a_learner_is_one_file_and_one_section(add: Add) -> None:
    newest = {"kind": "newest", "beta": 9.0}
    with pytest.raises(InputError, match=r"user_model\.newest: .*unknown learner 'newest'"):
        check_params(with_section("user_model", "newest", newest))
    add(LEARNERS, pum.user_model, "newest", NEW_LEARNER)
    params = check_params(with_section("user_model", "newest", newest))
    with pytest.raises(InputError, match=r"user_model\.newest\.betta: no such key; did you mean 'beta'"):
        check_params(with_section("user_model", "newest", {**newest, "betta": 1.0}))

    settings = {**params.methods["rag_vector"], "top_j": 1, "user_model": newest, "min_relevance_margin": -2.0}
    own = assistant("rag_vector", settings)
    teach(own, "ann")
    decision = own.chat("ann", "Which rule of calculus is that?").decision
    assert decision.chosen_ids == (own.cards("ann")[-1].card_id,)


def test_every_method_is_built_from_its_section() -> None:
    params = load_params()
    for name in METHODS:
        if not METHODS[name].needs_ground_truth and name != "swapped_vector":
            module, settings = params.configured(name)
            assert type(build_method(module, settings, small_resources())) is METHODS[name]


@pytest.mark.parametrize("name", ["vanilla", "contextual", "reflection", "all_memory", "rag", "rag_vector", "oracle"])
def test_a_run_reaches_its_own_methods_file_and_no_control(name: str) -> None:
    """Another method, or a control, must not make it run again."""
    files = set(reachable("pum.runner.batch", chosen={"pum.methods": [name]}))
    beside = {f"pum.methods.{it}" for it in METHODS if it not in (name, "rag")}
    assert METHODS[name].__module__ == f"pum.methods.{name}" in files
    assert not files & beside and not any(file.startswith("pum.methods.controls.") for file in files)


def test_the_digest_of_a_run_is_of_the_file_that_has_its_method(monkeypatch: pytest.MonkeyPatch) -> None:
    """Controls share files; a change in one of these concerns the controls in it alone."""
    from pum.runner import config

    asked: list[dict] = []
    monkeypatch.setattr(config, "reachable", lambda *entries, chosen: asked.append(chosen) or {})
    params = small_params()
    for name in ("rag_vector", "frozen_vector", "oracle_reward"):
        _ = config.RunConfig("smoke", params.study("smoke"), name, params)._code
    assert [list(it["pum.methods"]) for it in asked] == [["rag_vector"], ["controls"], ["controls"]]
