"""A new dataset, checker or user simulator is one file: it is found by its name, and no other needs an edit."""

import json
import pkgutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest
import yaml

import pum.bench.checkers
import pum.bench.tasks
import pum.bench.users
from pum.bench.catalogue import PREFERENCES, load_preferences
from pum.bench.checkers.checking import CHECKERS
from pum.bench.review import EXAMPLES
from pum.bench.tasks.collection import build_tasks, write_tasks
from pum.bench.tasks.datasets import DATASETS, GRADERS
from pum.bench.tasks.grading import grade
from pum.bench.users.simulator import USERS, UserAct
from pum.cli.app import main
from pum.config.params import check_params
from pum.core.errors import InputError
from pum.core.imports import reachable
from pum.results.files import read_results
from pum.runner.batch import run
from pum.runner.config import RunConfig
from pum.runner.world import load_world
from tests.small_runs import small_files, small_params
from tests.test_bench_users import CATALOGUE, user_of

DATASET = '''
"""Riddles, graded by a grader of their own."""

from pum.bench.tasks.datasets import DATASETS, GRADERS, Grader
from pum.bench.types import Task

RIDDLES = {"What has keys and opens no lock?": "a piano", "What has hands and cannot clap?": "a clock"}


@DATASETS.register("riddles")
def build(request):
    for number, (statement, answer) in enumerate(RIDDLES.items()):
        yield Task(
            task_id=f"riddles/{number:04d}", dataset="riddles", topic="riddles", statement=statement, answer=answer,
            tags=frozenset({"riddles", "short_answer", "shrot"}), difficulty=0.5,
            entry={"grader": "riddle", "answer": answer},
        )


def is_right(entry, answer):
    return answer.lower().removeprefix("it is ") == entry["answer"]


GRADERS.register("riddle")(Grader(is_right, is_cheap=True, wrong_answers=lambda task: {"an echo", "a shadow"}))
'''

CHECKER = '''
"""How a reply is laid out for a telegraph."""

from pum.bench.checkers.checking import checker


@checker("telegram")
def telegram(document, situation):
    """Sentences end with STOP."""
    return all("STOP" in sentence for sentence in document.sentences) if document.sentences else None
'''
PREFERENCE = {
    "id": "rf_900",
    "family": "rf",
    "condition": "I ask you to solve an equation",
    "action": "write it like a telegram",
    "conflict_group": None,
    "cues": ["telegram"],
    "when": {"all": ["algebra"]},
    "style": "telegram",
    "wordings": [f"Write that as telegram number {number}, please." for number in range(6)],
}
REPLIES = {"satisfied": ["Found it STOP.", "It is four STOP"], "violated": ["Found it.", "It is four."]}

USER = '''
"""A user who asks once and thanks for anything."""

from pum.bench.users.simulator import USERS, UserAct, UserMessage, UserSimulator


@USERS.register("contented")
class ContentedUser(UserSimulator):
    description = "contented (never asks for more)"

    def open(self):
        return UserMessage(self._stated(), UserAct.OPENING)

    def react(self, reply):
        self.review = self._judge(reply)
        self.success = bool(self.review.correct)
        return UserMessage("Thank you!", UserAct.CLOSING, ends=True)
'''

Extend = Callable[[ModuleType, str, str], None]


@pytest.fixture
def extend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Extend]:
    """Puts a file with code into a package of the project; both are forgotten after the test."""
    modules = []

    def write(package: ModuleType, name: str, code: str) -> None:
        folder = tmp_path / package.__name__
        folder.mkdir(exist_ok=True)
        (folder / f"{name}.py").write_text(code, encoding="utf-8")
        monkeypatch.setattr(package, "__path__", [*package.__path__, str(folder)])
        modules.append((package, name))

    for registry in (CHECKERS, DATASETS, GRADERS, USERS):
        list(registry)
        monkeypatch.setattr(registry, "_entries", dict(registry._entries))
    yield write
    for package, name in modules:
        sys.modules.pop(f"{package.__name__}.{name}", None)
        if hasattr(package, name):
            delattr(package, name)


def small_config(files: object = None, **study: object) -> RunConfig:
    params = small_params(n_profiles=1, n_sessions=2, **study)
    return RunConfig("smoke", params.study("smoke"), "rag", params, files or small_files())


def played(config: RunConfig, folder: Path) -> list[dict]:
    run(config, folder / "results", work=folder / "work")
    return read_results(folder / "results")["sessions"]


def test_a_dataset_is_one_file(
    extend: Extend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(InputError, match="unknown dataset 'riddles'"):
        build_tasks(["riddles"], 2, seed=0)
    extend(pum.bench.tasks, "riddles", DATASET)
    tasks = build_tasks(["riddles"], 2, seed=0)
    assert [task.answer for task in tasks] == ["a piano", "a clock"]
    assert grade(tasks[0], "Answer: It is a piano.") and not grade(tasks[0], "Answer: a clock")
    assert {task.entry["wrong_answer"] for task in tasks} <= {"an echo", "a shadow"}

    write_tasks(tmp_path / "tasks.jsonl", tasks)
    config = small_config(replace(small_files(), tasks=tmp_path / "tasks.jsonl"), datasets=["riddles"])
    rows = played(config, tmp_path)
    assert [row["task_id"].split("/")[0] for row in rows] == ["riddles"] * 2
    warnings = [record.getMessage() for record in caplog.records if "riddles" in record.getMessage()]
    assert warnings == ["dataset riddles: no preference depends on the tags shrot of its tasks"]


def test_the_datasets_that_are_there_have_no_unknown_traits(caplog: pytest.LogCaptureFixture) -> None:
    load_world(small_config())
    assert "no preference depends" not in caplog.text


def test_a_checker_with_its_preference_is_one_file_and_an_entry_each(
    extend: Extend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    content = yaml.safe_load(PREFERENCES.read_text(encoding="utf-8"))
    content["preferences"].append(PREFERENCE)
    (tmp_path / "preferences.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    examples = yaml.safe_load(EXAMPLES.read_text(encoding="utf-8")) | {"telegram": REPLIES}
    (tmp_path / "checkers.yaml").write_text(yaml.safe_dump(examples), encoding="utf-8")
    command = ["bench", "check", "--preferences", str(tmp_path / "preferences.yaml")]
    command += ["--examples", str(tmp_path / "checkers.yaml")]
    assert main(command) == 1
    assert capsys.readouterr().err == "pum: rf_900: no checker is named 'telegram'\n"

    extend(pum.bench.checkers, "telegrams", CHECKER)
    assert main(command) == 0 and "telegram" in capsys.readouterr().out
    (preference,) = (it for it in load_preferences(tmp_path / "preferences.yaml") if it.id == "rf_900")
    monkeypatch.setitem(CATALOGUE, "rf_900", preference)
    user = user_of([("rf_900", 1.0)])
    user.open()
    for reply in REPLIES["violated"]:
        message = user.react(reply)
        assert message.enforced == ("rf_900",) and any(wording in message.text for wording in preference.wordings)
    assert user.react(REPLIES["satisfied"][0]).kind is UserAct.FOLLOWUP


def test_a_user_simulator_is_one_file_and_named_by_a_study(extend: Extend, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="unknown user simulator 'contented'"):
        played(small_config(user="contented"), tmp_path)
    extend(pum.bench.users, "contented_user", USER)
    rows = played(small_config(user="contented"), tmp_path)
    assert [(row["turns"], row["enforcements"], row["outcome"]) for row in rows] == [(1, 0, "completed")] * 2
    manifest = json.loads((tmp_path / "results" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["simulated"]["user"] == "contented (never asks for more)"


def test_a_simulator_says_which_served_role_it_needs() -> None:
    assert {name: USERS[name].role for name in USERS} == {"llm": "user", "openai": "openai", "verifiable": None}
    with pytest.raises(InputError, match="the user is a served model, but the study names no layout"):
        _ = small_config(user="llm").served
    data = small_params(user="llm", servers="test").model_dump(mode="json")
    data["servers"]["test"] = {"user": {"model": "m"}}
    params = check_params(data)
    assert list(RunConfig("smoke", params.study("smoke"), "rag", params, small_files()).served) == ["user"]
    with pytest.raises(InputError, match="did you mean 'verifiable'"):
        _ = small_config(user="verifable").served


def test_a_run_depends_on_every_module_that_a_registry_may_find() -> None:
    reached = set(reachable("pum.runner.config"))
    for package in (pum.bench.tasks, pum.bench.checkers, pum.bench.users):
        assert {f"{package.__name__}.{module.name}" for module in pkgutil.iter_modules(package.__path__)} <= reached
