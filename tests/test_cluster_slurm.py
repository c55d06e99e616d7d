"""What squeue and sbatch say at real sites: other jobs with any name, and words of the site's own."""

from pathlib import Path

import pytest

from pum.cluster import slurm
from pum.core.errors import IncompleteRun

BANNER = "*** Maintenance on 2026-12-24 | all day ***"


@pytest.fixture
def says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Puts a command that prints `text` on the path."""
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")

    def put(command: str, text: str) -> None:
        (tmp_path / f"{command}.txt").write_text(text)
        (tmp_path / command).write_text(f"#!/bin/sh\ncat {tmp_path}/{command}.txt\n")
        (tmp_path / command).chmod(0o755)

    return put


def test_jobs_of_any_name_and_a_banner_are_no_obstacle(says) -> None:
    """As squeue prints `%i|%K|%T|%r|%j`."""
    says(
        "squeue",
        f"{BANNER}\n\n7_0|0|RUNNING|None|pum-rag-abc-r50\n8_3|3|PENDING|launch failed requeued held|a|b\n"
        "9|N/A|RUNNING|None|a job | of its own\n10_1|1|RUNNING|None|\n",
    )
    found = slurm.queued()
    assert found["pum-rag-abc-r50"] == {0: slurm.QueuedTask("RUNNING", "None", "7_0")}
    assert found["a|b"][3].held and set(found) == {"pum-rag-abc-r50", "a|b", ""}


@pytest.mark.parametrize("said", ["42\n", "42;cluster\n", f"{BANNER}\n42\n", f"42;c\n{BANNER}\n", "2026 is over\n42"])
def test_a_job_is_its_number_whatever_else_is_said(said: str, says) -> None:
    says("sbatch", said)
    assert slurm.sbatch([], {}) == "42"


@pytest.mark.parametrize("said", ["", BANNER, "Submitted batch job\n"])
def test_words_without_a_number_are_no_job(said: str, says) -> None:
    says("sbatch", said)
    with pytest.raises(IncompleteRun, match="names no job"):
        slurm.sbatch([], {})
