"""More sessions after a finished run: only the new ones are played, and the bytes are those of a run from the start."""

from dataclasses import replace
from pathlib import Path

import pytest

from pum.runner.batch import run
from pum.runner.checkpoint import continue_from_cache, save_to_cache
from pum.runner.config import RunConfig
from pum.runner.run_folder import RunFolder
from tests.small_runs import small_files, small_params
from tests.test_cluster_ranges import MERGED


def config(sessions: int, profiles: int = 2) -> RunConfig:
    params = small_params(n_profiles=profiles, n_sessions=sessions)
    return RunConfig("smoke", params.study("smoke"), "rag_vector", params, small_files())


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in MERGED}


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results of two sessions."""
    folder = tmp_path_factory.mktemp("two")
    return run(config(2), folder / "out", work=folder / "work")


@pytest.fixture
def kept(two: Path, tmp_path: Path) -> Path:
    """A working folder in which they are kept."""
    save_to_cache(config(2), two, tmp_path / "work")
    return tmp_path / "work"


def test_more_sessions_go_on_from_the_last_finished_run(kept: Path, tmp_path: Path) -> None:
    longer = config(4, profiles=3)
    assert continue_from_cache(longer, kept)
    assert sorted(RunFolder(longer, kept).finished().values()) == [0, 2, 2]
    run(longer, tmp_path / "extended", work=kept)
    run(longer, tmp_path / "fresh", work=tmp_path / "elsewhere")
    assert bytes_of(tmp_path / "extended") == bytes_of(tmp_path / "fresh")


def test_the_same_run_by_force_is_played_again(kept: Path) -> None:
    assert not continue_from_cache(config(2), kept)
    assert not continue_from_cache(config(1), kept)


def test_another_run_is_no_start(kept: Path, tmp_path: Path) -> None:
    other = config(4)
    memory = other.params.memory.model_copy(update={"merge_threshold": 0.5})
    assert not continue_from_cache(replace(other, params=other.params.model_copy(update={"memory": memory})), kept)
    assert not continue_from_cache(other, tmp_path / "nothing here")


def test_results_of_another_run_are_not_kept(kept: Path, two: Path) -> None:
    other = config(2)
    memory = other.params.memory.model_copy(update={"merge_threshold": 0.5})
    save_to_cache(replace(other, params=other.params.model_copy(update={"memory": memory})), two, kept)
    assert continue_from_cache(config(4), kept), "what was kept before is still there"
