"""What `dvc exp run -S` writes into params.yaml is the new value and no other change, also for whoever is like it."""

import re
import shutil
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path

import pytest
from dvc.utils.hydra import apply_overrides

from pum.config.inherit import filled_in
from pum.config.params import check_params, load_params
from pum.core.errors import InputError
from pum.core.files import read_yaml
from pum.core.paths import ROOT

PARAMS = read_yaml(ROOT / "params.yaml")
# What Hydra reads as a path.
_PLAIN = re.compile(r"[A-Za-z_][\w-]*")


def leaves(data: dict, *path: str) -> Iterator[tuple[tuple[str, ...], object]]:
    for name, value in data.items():
        if isinstance(value, dict) and value:
            yield from leaves(value, *path, name)
        else:
            yield (*path, name), value


def one_of_each_kind() -> Iterator[tuple[tuple[str, ...], object]]:
    """Of each section, the first whole number, fraction, text, yes or no, nothing, and list."""
    seen = set()
    for path, value in leaves(PARAMS):
        if (path[0], type(value)) not in seen and all(map(_PLAIN.fullmatch, path)):
            seen.add((path[0], type(value)))
            yield path, value


OTHER = {int: 7, float: 0.125, str: "12:00:00", bool: False, type(None): 4, list: ["12:00:00", "no", 3], dict: 1}
LEAVES = list(one_of_each_kind())


def changed(data: dict, path: tuple[str, ...], value: object) -> dict:
    data = deepcopy(data)
    below = data
    for name in path[:-1]:
        below = below[name]
    below[path[-1]] = value
    return data


def override(tmp_path: Path, text: str, file: str = "params.yaml") -> Path:
    path = Path(shutil.copy(ROOT / file, tmp_path))
    apply_overrides(path, [text])
    return path


def test_every_section_has_a_leaf_that_is_tried() -> None:
    assert {path[0] for path, _ in LEAVES} == set(PARAMS)


@pytest.mark.parametrize(("path", "value"), LEAVES, ids=[".".join(path) for path, _ in LEAVES])
def test_an_override_changes_one_value(path: tuple[str, ...], value: object, tmp_path: Path) -> None:
    new = OTHER[type(value)]
    written = str(new).replace("'", "").lower() if isinstance(new, bool | list) else str(new)
    assert read_yaml(override(tmp_path, f"{'.'.join(path)}={written}")) == changed(PARAMS, path, new)


def test_the_site_survives_as_well_with_its_time_of_day(tmp_path: Path) -> None:
    path = override(tmp_path, "cluster.time=02:30:00", "site.yaml")
    assert read_yaml(path) == changed(read_yaml(ROOT / "site.yaml"), ("cluster", "time"), "02:30:00")
    assert load_params(site=path).site.cluster.time == "02:30:00"


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("seed=1", "seed"),
        ("studies.smoke.n_profiles=4", "studies.smoke.n_profiles"),
        ("analysis.bootstrap=100", "analysis.bootstrap"),
    ],
)
def test_the_loaded_parameters_differ_by_that_value(text: str, path: str, tmp_path: Path) -> None:
    expected = changed(load_params().model_dump(), tuple(path.split(".")), int(text.partition("=")[2]))
    assert load_params(override(tmp_path, text)).model_dump() == expected


def test_whoever_is_like_it_has_the_value_as_well(tmp_path: Path) -> None:
    before, after = load_params(), load_params(override(tmp_path, "methods.rag.top_j=5"))
    for name in (*before.methods, *before.variants):
        module, settings = before.configured(name)
        like_rag = "card_text" in settings and not name.startswith("wide")
        assert after.configured(name) == (module, settings | {"top_j": 5} if like_rag else settings)
    assert after.model_dump(exclude={"methods", "variants"}) == before.model_dump(exclude={"methods", "variants"})


def with_study(**study: object) -> dict:
    return changed(PARAMS, ("studies", "own"), {"n_profiles": 1, "n_sessions": 1, **study})


def test_a_study_has_its_own_sections_in_part() -> None:
    data = with_study(world={"drift_at": 5}, assistant={"extractor": "rules"})
    data["studies"]["further"] = {"like": "own", "world": {"miss_rate": 0.5}, "memory": {"cards": 3}}
    params = check_params(data)
    own, further = (params.within(params.study(name)) for name in ("own", "further"))
    usual = params.world.model_dump()
    assert own.world.model_dump() == usual | {"drift_at": 5}
    assert further.world.model_dump() == usual | {"drift_at": 5, "miss_rate": 0.5}
    assert own.assistant.extractor == further.assistant.extractor == "rules"
    assert (own.memory, further.memory.cards) == (params.memory, 3)
    assert params.study("own").datasets == params.world.datasets
    assert check_params(params.model_dump(mode="json")) == params, "what is complete stays as it is"


def test_a_study_without_datasets_plays_those_of_its_own_world() -> None:
    params = check_params(with_study(world={"datasets": ["humaneval"]}))
    assert params.study("own").datasets == ("humaneval",) != params.study("paper").datasets


@pytest.mark.parametrize(
    ("study", "says"),
    [
        ({"world": {"drift": 5}}, "studies.own.world.drift: no such key; did you mean 'drift_at'?"),
        ({"n_profils": 5}, "studies.own.n_profils: no such key; did you mean 'n_profiles'?"),
        ({"like": "papper"}, "studies.own.like: there is no 'papper'; did you mean 'paper'?"),
        ({"like": "own"}, "studies.own.like: is circular: own -> own"),
    ],
    ids=["a key of its world", "its key", "another study", "itself"],
)
def test_what_a_study_gets_wrong_is_one_line(study: dict, says: str) -> None:
    with pytest.raises(InputError, match=re.escape(says)) as caught:
        check_params(with_study(**study))
    assert "\n" not in str(caught.value)


def test_who_plays_what_is_like_another_method() -> None:
    data = {
        "user_model": {"tuned": {"eta": 1}, "wide": {"eta": 2}},
        "methods": {"rag": {"top_j": 3}, "rag_vector": {"like": "rag", "user_model": "tuned"}},
        "variants": {
            "wide": {"like": "rag_vector", "top_j": 6},
            "wider": {"like": "wide", "top_j": 9, "user_model": {"eta": 3}},
            "frozen_vector": {"like": "wide", "method": "frozen_vector"},
            "colder": {"like": "frozen_vector"},
            "said": {"like": "frozen_vector", "method": "rag", "user_model": "wide"},
        },
    }
    complete = filled_in(data, "params")
    assert complete["methods"]["rag_vector"] == {"top_j": 3, "user_model": {"eta": 1}}
    assert complete["variants"] == {
        "wide": {"method": "rag_vector", "top_j": 6, "user_model": {"eta": 1}},
        "wider": {"method": "rag_vector", "top_j": 9, "user_model": {"eta": 3}},
        "frozen_vector": {"method": "frozen_vector", "top_j": 6, "user_model": {"eta": 1}},
        "colder": {"method": "frozen_vector", "top_j": 6, "user_model": {"eta": 1}},
        "said": {"method": "rag", "top_j": 6, "user_model": {"eta": 2}},
    }
    assert filled_in(complete, "params") == complete


def test_a_role_of_the_site_that_has_no_model_is_named(tmp_path: Path) -> None:
    site = tmp_path / "site.yaml"
    site.write_text("servers: {small: {embedder: {timeout_s: 3}}}")
    with pytest.raises(InputError, match=r"site\.yaml: servers\.small: params\.yaml has no 'embedder' there"):
        load_params(site=site).layout("small")
    site.write_text("cluster: {partitoin: long}")
    with pytest.raises(InputError, match=f"{site}: cluster.partitoin: .*did you mean 'partition'"):
        load_params(site=site)
    assert load_params(site=tmp_path / "none.yaml").site.executor.workers == 1
