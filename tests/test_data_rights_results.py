"""Results of runs are forgotten with their profiles, in whatever state a killed process left them."""

import shutil
from pathlib import Path

import pytest

from pum.assistant.data_rights import forget
from pum.core.concurrency import locked
from pum.core.errors import InputError
from pum.runner.batch import run
from tests.test_data_rights import CANARY, leaks, places
from tests.test_runner_run import config

RESULTS = ("checkpoint.json", "results.json", "turns.parquet", "users.parquet")


@pytest.fixture(scope="module")
def results(tmp_path_factory) -> Path:
    """What a run of user_000 and user_001 leaves, in which somebody has said the canary."""
    folder = tmp_path_factory.mktemp("results")
    run(config("vanilla", profiles=2, sessions=1), folder / "vanilla", work=folder / "work")
    (folder / "vanilla" / "notes.txt").write_text(CANARY)
    return folder / "vanilla"


def kept(results: Path, name: str, root: Path) -> Path:
    return Path(shutil.copytree(results, places(root).work / name))


@pytest.mark.parametrize("left", RESULTS)
def test_forgetting_reaches_results_of_which_a_killed_process_left_one_file(
    left: str, results: Path, tmp_path: Path
) -> None:
    part = kept(results, "finished/smoke/vanilla.part", tmp_path)
    for name in {*RESULTS} - {left}:
        (part / name).unlink()
    assert forget("user_077", places(tmp_path)) == [] and leaks(tmp_path)
    assert forget("user_001", places(tmp_path)) == [str(part)]
    assert leaks(tmp_path) == [] and not part.exists()


@pytest.mark.parametrize("name", RESULTS)
def test_results_that_cannot_be_read_are_removed_and_named(name: str, results: Path, tmp_path: Path) -> None:
    cut, cut_part, other = (kept(results, f"{place}/vanilla", tmp_path) for place in ("cut", "part", "other"))
    (cut / name).write_bytes((cut / name).read_bytes()[:-20])
    (cut_part / f"{name}.part").write_bytes(b"cut")
    gone = forget("user_077", places(tmp_path))
    assert [line.split(" ")[0] for line in gone] == [str(cut), str(cut_part)]
    assert all(f"{name}{part} cannot be read" in line for line, part in zip(gone, ("", ".part"), strict=True))
    assert other.exists() and not cut.exists() and not cut_part.exists()


@pytest.mark.parametrize(
    "text",
    ["[7]", '{"sessions_per_profile": [7]}', '{"sessions_per_profile": 7}', "[" * 100_000],
    ids=["a list", "a list in it", "a number in it", "deep"],
)
def test_a_checkpoint_that_is_something_else_hides_nobody(text: str, results: Path, tmp_path: Path) -> None:
    folder = kept(results, "finished/smoke/vanilla", tmp_path)
    (folder / "checkpoint.json").write_text(text)
    forget("user_001", places(tmp_path))
    assert leaks(tmp_path) == []


def test_a_changed_byte_in_the_checkpoint_hides_nobody(results: Path, tmp_path: Path) -> None:
    folder = kept(results, "finished/smoke/vanilla", tmp_path)
    checkpoint = folder / "checkpoint.json"
    checkpoint.write_text(checkpoint.read_text().replace("user_001", "user_0q1"))
    forget("user_001", places(tmp_path))
    assert leaks(tmp_path) == []


def test_results_inside_results_are_forgotten_too(results: Path, tmp_path: Path) -> None:
    outer = kept(results, "finished/vanilla", tmp_path)
    inner = Path(shutil.copytree(results, outer / "again"))
    assert forget("user_001", places(tmp_path)) == [str(outer), str(inner)]
    assert leaks(tmp_path) == []


def test_results_that_are_being_written_are_left_alone(results: Path, tmp_path: Path) -> None:
    folder = kept(results, "mine/vanilla", tmp_path)
    with locked(folder, "busy"), pytest.raises(InputError, match="is in progress"):
        forget("user_001", places(tmp_path))
    assert leaks(tmp_path)
