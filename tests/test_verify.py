import logging
import shutil
import subprocess

import pytest
from dvc.repo import Repo

from pum import verify
from pum.core.errors import InputError
from pum.core.paths import ROOT

PIPELINE = """
stages:
  method:
    foreach: [rag, vanilla]
    do:
      cmd: "true"
      outs:
        - results/${item}.json: {cache: false}
        - raw/${item}.bin
  analysis:
    cmd: "true"
    outs:
      - results/tables: {cache: false}
      - results/quicktest: {cache: false}
    metrics:
      - results/metrics.json: {cache: false}
"""
FILES = {
    "results/rag.json": "1",
    "results/vanilla.json": "2",
    "results/metrics.json": "{}",
    "results/tables/main.csv": "a,b\n",
    "results/tables/quicktest.csv": "model",
    "results/quicktest/reply.txt": "Hello",
}


@pytest.fixture
def repository(tmp_path):
    """A committed DVC repository whose six output files are all as committed."""
    for path, text in {
        "dvc.yaml": PIPELINE,
        "raw/rag.bin": "cached",
        ".dvc/config": "",
        ".gitignore": "raw/\nprovenance.json\n",
    }.items():
        write(tmp_path / path, text)
    for path, text in FILES.items():
        write(tmp_path / path, text)
    git(tmp_path, "init", "--quiet")
    commit(tmp_path)
    git(tmp_path, "config", "core.autocrlf", "true")
    return tmp_path


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())


def git(root, *arguments):
    identity = ["-c", "user.name=test", "-c", "user.email=test@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *identity, *arguments], cwd=root, check=True, capture_output=True)


def commit(root):
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", "results")


def differences(root):
    return {row.path: row.difference for row in verify.compare(root) if row.difference}


def test_an_unchanged_repository_is_identical(repository, caplog):
    caplog.set_level(logging.INFO)
    rows = verify.compare(repository)
    assert [row.path for row in rows] == sorted(FILES)
    assert verify.report(rows)
    assert caplog.messages == [
        "4 of 4 outputs identical to the committed ones",
        "2 of 2 outputs that a real language model wrote identical to the committed ones (these may differ)",
    ]


def test_each_kind_of_difference_is_named_and_fails(repository, caplog):
    caplog.set_level(logging.INFO)
    write(repository / "results/rag.json", "1\n")
    write(repository / "results/tables/main.csv", "a,b\r\n")
    write(repository / "results/tables/deep/new.csv", "x")
    (repository / "results/vanilla.json").unlink()
    rows = verify.compare(repository)

    assert not verify.report(rows)
    assert caplog.messages == [
        "results/rag.json: differs",
        "results/tables/deep/new.csv: not committed",
        "results/tables/main.csv: differs",
        "results/vanilla.json: missing",
        "1 of 5 outputs identical to the committed ones",
        "2 of 2 outputs that a real language model wrote identical to the committed ones (these may differ)",
    ]


def test_what_a_model_wrote_may_differ_and_is_told_apart(repository, caplog):
    caplog.set_level(logging.INFO)
    write(repository / "results/quicktest/reply.txt", "Hi")
    write(repository / "results/tables/quicktest.csv", "another")
    assert verify.report(verify.compare(repository))
    assert "4 of 4 outputs identical to the committed ones" in caplog.messages
    assert caplog.messages[-1].startswith("0 of 2 outputs that a real language model wrote")


def test_a_staged_change_is_still_compared_with_head(repository):
    write(repository / "results/rag.json", "3")
    git(repository, "add", "--all")
    assert differences(repository) == {"results/rag.json": "differs"}
    commit(repository)
    assert differences(repository) == {}


def test_cached_outputs_and_files_outside_outputs_do_not_count(repository):
    write(repository / "raw/rag.bin", "anything")
    write(repository / "results/notes.txt", "mine")
    assert differences(repository) == {}


def test_a_folder_with_nothing_to_compare_is_refused(repository, tmp_path_factory):
    with pytest.raises(InputError, match="not a DVC repository"):
        verify.compare(tmp_path_factory.mktemp("plain"))
    write(repository / "dvc.yaml", "stages: {a: {cmd: 'true', outs: [raw/rag.bin]}}")
    with pytest.raises(InputError, match="no output with 'cache: false'"):
        verify.compare(repository)


@pytest.fixture
def unpacked(repository, tmp_path_factory):
    """What a ZIP of the repository holds, with DVC's digests, unpacked inside another repository."""
    with Repo(str(repository)) as dvc:
        dvc.commit(force=True, allow_missing=True)
    outside = tmp_path_factory.mktemp("outside")
    git(outside, "init", "--quiet")
    shutil.copytree(repository, outside / "zip", ignore=shutil.ignore_patterns(".git", "tmp"))
    return outside / "zip"


def test_a_copy_without_git_is_compared_with_the_digests_that_came_with_it(unpacked, caplog):
    caplog.set_level(logging.INFO)
    assert verify.report(verify.compare(unpacked))
    assert caplog.messages == [
        "4 of 4 outputs identical to the committed ones",
        "1 of 1 outputs that a real language model wrote identical to the committed ones (these may differ)",
    ]
    write(unpacked / "results/rag.json", "other")
    write(unpacked / "results/tables/deep/new.csv", "x")
    write(unpacked / "results/quicktest/reply.txt", "Hi")
    (unpacked / "results/vanilla.json").unlink()
    assert not verify.report(verify.compare(unpacked))
    assert differences(unpacked) == {
        "results/quicktest": "differs",
        "results/rag.json": "differs",
        "results/tables": "differs",
        "results/vanilla.json": "missing",
    }


def test_a_rebuild_without_git_is_compared_with_what_was_delivered(unpacked):
    write(unpacked / verify.DELIVERED, (unpacked / "dvc.lock").read_text())
    write(unpacked / "results/rag.json", "rebuilt otherwise")
    with Repo(str(unpacked), config={"core": {"no_scm": True}}) as dvc:
        dvc.commit(force=True, allow_missing=True)  # as `dvc repro` does
    assert differences(unpacked) == {"results/rag.json": "differs"}


def test_without_git_and_digests_one_line_says_so(unpacked):
    (unpacked / "dvc.lock").unlink()
    with pytest.raises(InputError, match="neither .git nor dvc.lock"):
        verify.compare(unpacked)


def test_make_repro_in_a_copy_without_git_prepares_dvc_and_keeps_what_was_delivered(unpacked):
    for name in ("Makefile", "constraints.txt", "pyproject.toml"):
        shutil.copy(ROOT / name, unpacked / name)
    for _ in range(2):
        subprocess.run(["make", "--quiet", ".dvc/config.local"], cwd=unpacked, check=True, capture_output=True)
    assert (unpacked / verify.DELIVERED).read_bytes() == (unpacked / "dvc.lock").read_bytes()
    with Repo(str(unpacked)) as dvc:
        assert dvc.config["core"]["no_scm"]


def test_what_git_ignores_is_not_compared(repository):
    write(repository / "results/tables/provenance.json", "host and time")
    assert [comparison.path for comparison in verify.compare(repository) if comparison.difference] == []
