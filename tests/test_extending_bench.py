"""A new dataset, checker or user simulator is one file: it is found by its name, and no other needs an edit.

The dataset and the user simulator are those of docs/extending.md.
"""

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
from tests.extending_page import blocks, failures, nothing_else_changes
from tests.small_runs import small_files, small_params
from tests.test_bench_users import CATALOGUE, user_of

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


def test_a_dataset_is_one_file(extend: Extend, tmp_path: Path) -> None:
    (code,), (line,) = blocks("A dataset", "python"), blocks("A dataset", "yaml")
    with pytest.raises(InputError, match="unknown dataset 'riddles'"):
        build_tasks(["riddles"], 2, seed=0)
    with nothing_else_changes():
        extend(pum.bench.tasks, "riddles", code)
        assert "riddles" in yaml.safe_load(line)["datasets"] and set(yaml.safe_load(line)["datasets"]) <= set(DATASETS)
        tasks = build_tasks(["riddles"], 2, seed=0)
        assert [task.answer for task in tasks] == ["a piano", "a clock"]
        assert grade(tasks[0], "Answer: It is a piano.") and not grade(tasks[0], "Answer: a clock")
        assert {task.entry["wrong_answer"] for task in tasks} <= {"an echo", "a shadow"}

        with pytest.raises(InputError, match=r"datasets: .*tasks\.jsonl has no task of riddles"):
            played(small_config(datasets=["riddles"]), tmp_path)
        write_tasks(tmp_path / "tasks.jsonl", tasks)
        config = small_config(replace(small_files(), tasks=tmp_path / "tasks.jsonl"), datasets=["riddles"])
        assert [row["task_id"].split("/")[0] for row in played(config, tmp_path)] == ["riddles"] * 2


def test_a_tag_that_no_preference_knows_is_warned_of(
    extend: Extend, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (code,) = blocks("A dataset", "python")
    extend(pum.bench.tasks, "riddles", code.replace('"short_answer"', '"short_answer", "shrot"'))
    write_tasks(tmp_path / "tasks.jsonl", build_tasks(["riddles"], 2, seed=0))
    load_world(small_config(replace(small_files(), tasks=tmp_path / "tasks.jsonl"), datasets=["riddles"]))
    warnings = [record.getMessage() for record in caplog.records if "riddles" in record.getMessage()]
    assert warnings == ["dataset riddles: no preference depends on the tags shrot of its tasks"]
    assert warnings[0].split(" shrot")[0] in failures("A dataset")


def test_a_dataset_whose_answers_its_grader_rejects_is_warned_of(
    extend: Extend, caplog: pytest.LogCaptureFixture
) -> None:
    (code,) = blocks("A dataset", "python")
    code = code.replace('"answer": answer}', '"answer": f"not {answer}"}')
    extend(pum.bench.tasks, "riddles", code)
    assert build_tasks(["riddles"], 2, seed=0) == ()
    assert caplog.records[-1].getMessage().split(" because")[0] in failures("A dataset")


def test_the_datasets_that_are_there_have_no_unknown_tags(caplog: pytest.LogCaptureFixture) -> None:
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
    (code,), (line,) = blocks("A user simulator", "python"), blocks("A user simulator", "yaml")
    with pytest.raises(InputError, match="unknown user simulator 'contented'"):
        played(small_config(**yaml.safe_load(line)), tmp_path)
    with nothing_else_changes():
        extend(pum.bench.users, "contented_user", code)
        rows = played(small_config(**yaml.safe_load(line)), tmp_path)
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
    with pytest.raises(InputError) as caught:
        _ = small_config(user="verifable").served
    assert f"`{caught.value}`" in failures("A user simulator")


def test_a_run_depends_on_every_module_that_a_registry_may_find() -> None:
    reached = set(reachable("pum.runner.config"))
    for package in (pum.bench.tasks, pum.bench.checkers, pum.bench.users):
        assert {f"{package.__name__}.{module.name}" for module in pkgutil.iter_modules(package.__path__)} <= reached
