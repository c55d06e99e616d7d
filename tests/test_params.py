"""params.yaml and site.yaml: the real files are valid and hold the published values; DVC may rewrite them; a broken one
is one line naming file and key."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from pydantic import TypeAdapter

from pum.cli.app import main
from pum.config.params import check_params, load_params
from pum.core.errors import InputError
from pum.core.files import read_yaml
from pum.core.paths import DATA, ROOT
from pum.methods.method import METHODS, check_settings
from pum.user_model.learner import LearnerParams
from pum.user_model.reinforce import Rates

PARAMS = ROOT / "params.yaml"


def raw() -> dict:
    return read_yaml(PARAMS)


def without_like(section: dict) -> dict:
    return {key: value for key, value in section.items() if key != "like"}


def put(path: str, value: object) -> Callable[[dict], None]:
    """A change of plain data: set the key at a dotted path."""

    def change(data: dict) -> None:
        *parents, last = path.split(".")
        for name in parents:
            data = data[name]
        data[last] = value

    return change


def drop(path: str) -> Callable[[dict], None]:
    """A change of plain data: remove the key at a dotted path."""

    def change(data: dict) -> None:
        *parents, last = path.split(".")
        for name in parents:
            data = data[name]
        del data[last]

    return change


def test_the_real_file_says_what_its_text_says() -> None:
    """Nothing is dropped, renamed or silently replaced by a default."""
    params, data = load_params(), raw()
    assert set(type(params).model_fields) == {*data, "site"}
    dumped = params.model_dump(mode="json")
    for section in ("seed", "embedder", "item_space", "memory", "assistant", "world", "analysis"):
        assert dumped[section] == data[section]
    here = read_yaml(ROOT / "site.yaml")
    for section in ("executor", "cluster"):
        assert dumped["site"][section] == here[section]
    said = params.model_dump(mode="json", exclude_unset=True)
    for name, study in data["studies"].items():
        assert {key: said["studies"][name][key] for key in study if key != "like"} == without_like(study)
    learners = TypeAdapter(dict[str, LearnerParams])
    assert params.user_model == learners.validate_python(data["user_model"])


def test_every_method_has_a_section_that_it_accepts() -> None:
    params = load_params()
    methods = params.methods
    assert {params.configured(name)[0] for name in (*methods, *params.variants)} == set(METHODS)
    for name, settings in methods.items():
        checked = check_settings(name, settings)
        assert set(type(checked).model_fields) == set(settings), f"methods.{name} leaves something to a default"


def test_rag_and_rag_vector_differ_by_the_vector_alone() -> None:
    methods = load_params().methods
    assert {**methods["rag"], "user_model": methods["rag_vector"]["user_model"]} == methods["rag_vector"]
    assert "user_model" not in methods["rag"]


def test_every_method_of_notes_has_the_same_budget() -> None:
    methods = load_params().methods
    assert methods["oracle"]["top_j"] == methods["rag"]["top_j"] == methods["rag_vector"]["top_j"]


def test_the_vector_in_use_is_one_of_the_named_sets() -> None:
    params = load_params()
    assert Rates(**params.methods["rag_vector"]["user_model"]) in params.user_model.values()


def test_the_paper_set_holds_the_published_values() -> None:
    published = json.loads((DATA / "published.json").read_text(encoding="utf-8"))["hyperparameters"]
    params = load_params()
    paper = params.user_model["paper"]
    names = ("beta_long", "beta_short", "eta_long", "eta_short", "decay", "alpha")
    assert [getattr(paper, name) for name in names] == [published[name] for name in names]
    assert params.methods["rag_vector"]["temperature"] == published["temperature"]
    # The paper has no cap on norms; its largest is far below this.
    assert paper.norm_cap >= 1e6


BROKEN = [
    pytest.param(put("sead", 3), "sead", id="unknown section"),
    pytest.param(put("world.habbit", 1.0), "world.habbit", id="unknown key"),
    pytest.param(put("assistant.context_tokens", "many"), "assistant.context_tokens", id="wrong type"),
    pytest.param(put("studies", []), "studies", id="list for mapping"),
    pytest.param(put("studies.paper.seeds", [-1]), "studies.paper.seeds.0", id="negative seed"),
    pytest.param(put("studies.smoke.seeds", []), "studies.smoke.seeds", id="no seeds"),
    pytest.param(put("studies.smoke.n_profiles", -2), "studies.smoke.n_profiles", id="negative count"),
    pytest.param(put("studies.smoke.n_sessions", 0), "studies.smoke.n_sessions", id="no sessions"),
    pytest.param(put("site", {"executor": {"workers": 0}}), "site.executor.workers", id="no workers"),
    pytest.param(put("studies.smoke.world", {"habbit": 1.0}), "studies.smoke.world.habbit", id="unknown own key"),
    pytest.param(
        put("studies.smoke.assistant", {"system_prompt": "graded"}),
        "studies.smoke.assistant.system_prompt",
        id="a study's system prompt in two places",
    ),
    pytest.param(drop("methods.rag"), "methods.rag_vector.like", id="like no method"),
    pytest.param(put("studies.smoke.like", "papper"), "studies.smoke.like", id="like no study"),
    pytest.param(put("studies.paper.like", "paper"), "studies.paper.like", id="like itself"),
    pytest.param(put("variants.thompson.user_model", "thomson"), "variants.thompson.user_model", id="unknown set"),
    pytest.param(put("servers.small.user.like", "agnet"), "servers.small.user.like", id="like no role"),
    pytest.param(put("world.vague_openings", 1.5), "world.vague_openings", id="no probability"),
    pytest.param(put("memory.merge_threshold", float("nan")), "memory.merge_threshold", id="not a number"),
    pytest.param(put("assistant.reward_mode", "keywords"), "assistant.reward_mode", id="unknown choice"),
    pytest.param(put("user_model.paper.alpha", -0.1), "user_model.paper.alpha", id="negative rate"),
    pytest.param(drop("seed"), "seed", id="missing seed"),
    pytest.param(drop("world.datasets"), "world.datasets", id="missing datasets"),
]


@pytest.mark.parametrize(("change", "key"), BROKEN)
def test_a_broken_copy_is_one_line_with_file_and_key(
    change: Callable[[dict], None], key: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = raw()
    change(data)
    path = tmp_path / "broken.yaml"
    path.write_text(yaml.safe_dump(data))
    with pytest.raises(InputError) as caught:
        load_params(path)
    assert str(caught.value).startswith(f"{path}: {key}: ") and "\n" not in str(caught.value)

    assert run_with(path, tmp_path) == 2
    assert capsys.readouterr().err == f"pum: {caught.value}\n"
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"seed: [1, 2", "not YAML"),
        (b"seed:\t1\n\tx: 2", "not YAML"),
        (b"", "valid dictionary"),
        (b"- 1\n- 2\n", "valid dictionary"),
        (b"just words", "valid dictionary"),
        (b"\x00\x01\x02", "not YAML"),
        (b"seed: \xff\xfe\n", ""),
    ],
    ids=["unclosed", "tabs", "empty", "list", "words", "control characters", "not UTF-8"],
)
def test_what_is_no_mapping_is_one_line_with_the_file(
    content: bytes, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "broken.yaml"
    path.write_bytes(content)
    assert run_with(path, tmp_path) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"pum: {path}: ") and says in error and error.count("\n") == 1


@pytest.mark.parametrize("name", ["absent.yaml", "."], ids=["missing", "folder"])
def test_what_cannot_be_read_is_one_line_with_the_file(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_with(tmp_path / name, tmp_path) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"pum: {tmp_path / name}: ") and error.count("\n") == 1


@pytest.mark.parametrize(
    ("change", "key"),
    [
        (put("methods.rag.top_q", 3), "methods.rag.top_q"),
        (put("methods.rag.top_j", -1), "methods.rag.top_j"),
        (put("methods.rag.card_text", "all"), "methods.rag.card_text"),
        (drop("methods.rag.top_k"), "methods.rag.top_k"),
        (put("methods.rag", {}), "methods.rag."),
    ],
)
def test_a_method_refuses_its_own_section_before_anything_runs(
    change: Callable[[dict], None], key: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = raw()
    change(data)
    path = tmp_path / "broken.yaml"
    path.write_text(yaml.safe_dump(data))
    assert run_with(path, tmp_path) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"pum: {key}") and error.count("\n") == 1
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("key", "says"),
    [("assistant.note_form", "note_form: there is no 'nowhere'"), ("studies.smoke.system_prompt", "system_prompt: ")],
)
def test_an_unknown_form_or_prompt_ends_a_run_before_it_starts(
    key: str, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = raw()
    put(key, "nowhere")(data)
    path = tmp_path / "params.yaml"
    path.write_text(yaml.safe_dump(data))
    assert run_with(path, tmp_path) == 2 and says in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_an_unknown_study_names_those_there_are() -> None:
    with pytest.raises(InputError, match=r"unknown study 'papper': params\.yaml has mini, smoke, paper, quicktest"):
        load_params().study("papper")


def test_checked_parameters_survive_being_written_and_read_again() -> None:
    params = load_params()
    assert check_params(json.loads(params.model_dump_json())) == params


def run_with(params: Path, tmp_path: Path) -> int:
    arguments = ["--methods", "rag", "--params", str(params), "--output-dir", str(tmp_path / "out")]
    return main(["run", *arguments])
