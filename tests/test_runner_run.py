"""Runs: nothing that should not matter matters (order, workers, kills), and what went wrong is said in one line."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

from pum.paths import ROOT, WORK
from pum.runner.results import read_results

FILES = ("results.json", "turns.parquet", "users.parquet", "manifest.json", "checkpoint.json")
SIZE = ["--n-profiles", "3", "--n-sessions", "4", "--workers", "1"]


def pum(*arguments: str, **options) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "pum.cli", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, **options)


def same_bytes(one: Path, other: Path) -> bool:
    return all((one / name).read_bytes() == (other / name).read_bytes() for name in FILES)


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Path:
    """An uninterrupted run of `rag_vector`."""
    folder = tmp_path_factory.mktemp("finished")
    done = pum("run", "--methods", "rag_vector", "rag", *SIZE, "--output-dir", str(folder))
    assert done.returncode == 0, done.stderr
    return folder


def test_every_scheduled_session_is_there(finished: Path) -> None:
    data = read_results(finished / "rag_vector")
    assert data["scheduled"] == len(data["sessions"]) == 12
    checkpoint = json.loads((finished / "rag_vector" / "checkpoint.json").read_text())
    assert set(checkpoint["sessions_per_profile"].values()) == {4}
    turns = pd.read_parquet(finished / "rag_vector" / "turns.parquet")
    assert turns.groupby(["user_id", "session"]).ngroups == 12
    for session in data["sessions"]:
        mine = turns[(turns.user_id == session["user_id"]) & (turns.session == session["session"])]
        assert (mine.kind == "enforcement").sum() == session["enforcements"]
        assert mine.user_tokens.sum() == session["user_tokens"]


def test_workers_and_order_change_nothing(finished: Path, tmp_path: Path) -> None:
    arguments = ["--n-profiles", "3", "--n-sessions", "4", "--workers", "2", "--parallel-profiles", "1"]
    done = pum("run", "--methods", "rag_vector", *arguments, "--output-dir", str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert same_bytes(tmp_path / "rag_vector", finished / "rag_vector")


def test_a_profile_does_not_depend_on_the_others(finished: Path, tmp_path: Path) -> None:
    done = pum(
        "run", "--methods", "rag_vector", "--n-profiles", "1", "--n-sessions", "4", "--output-dir", str(tmp_path)
    )
    assert done.returncode == 0, done.stderr
    alone = read_results(tmp_path / "rag_vector")["sessions"]
    assert alone == [row for row in read_results(finished / "rag_vector")["sessions"] if row["user_id"] == "user_000"]


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_killed_at_a_random_moment_it_ends_with_the_same_bytes(finished: Path, tmp_path: Path, seed: int) -> None:
    """kill -9 after some, not all, sessions are journaled; then the same command again."""
    work = tmp_path / "work"
    work.mkdir()
    for shared in (WORK / "models", *WORK.glob("embeddings*.sqlite")):
        os.symlink(shared, work / shared.name)
    command = [sys.executable, "-m", "pum.cli", "run", "--methods", "rag_vector", *SIZE, "--output-dir", str(tmp_path)]
    environment = {**os.environ, "PUM_WORK": str(work)}
    target = 1 + 4 * seed
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    while process.poll() is None:
        done = [path.stat().st_size for path in work.rglob("progress")]
        if done and done[0] >= target:
            process.send_signal(signal.SIGKILL)
            break
        time.sleep(0.002)
    process.wait()
    assert process.returncode == -signal.SIGKILL, "the run ended before it could be killed"
    assert not (tmp_path / "rag_vector" / "results.json").exists()
    again = pum("run", "--methods", "rag_vector", *SIZE, "--output-dir", str(tmp_path), env=environment)
    assert again.returncode == 0, again.stderr
    assert same_bytes(tmp_path / "rag_vector", finished / "rag_vector")


def test_continuing_equals_running_on(finished: Path, tmp_path: Path) -> None:
    short = ["--n-profiles", "3", "--n-sessions", "2", "--workers", "1"]
    first = pum("run", "--methods", "rag_vector", *short, "--output-dir", str(tmp_path / "two"))
    assert first.returncode == 0, first.stderr
    continued = pum(
        *("run", "--methods", "rag_vector", *SIZE),
        *("--continue-from", str(tmp_path / "two"), "--output-dir", str(tmp_path / "four")),
    )
    assert continued.returncode == 0, continued.stderr
    assert same_bytes(tmp_path / "four" / "rag_vector", finished / "rag_vector")


def test_continuing_another_run_is_refused(finished: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    os.symlink(finished / "rag", tmp_path / "other" / "rag_vector")
    refused = pum(
        *("run", "--methods", "rag_vector", *SIZE),
        *("--continue-from", str(tmp_path / "other"), "--output-dir", str(tmp_path / "out")),
    )
    assert refused.returncode == 2 and "cannot be continued" in refused.stderr


def _profile_line(**changes: object) -> str:
    line = (ROOT / "data" / "profiles.jsonl").read_text().splitlines()[0]
    return json.dumps({**json.loads(line), **changes})


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        (["--methods", "rag_vectr"], "rag_vector"),
        (["--methods", "rag", "--datasets", "humanevl"], "humaneval"),
        (["--methods", "rag", "--study", "papper"], "papper"),
        (["--methods", "rag", "--n-profiles", "-3"], "-3"),
        (["--methods", "rag", "--n-sessions", "0"], "0"),
        (["--methods", "rag", "--seed", "x"], "x"),
        (["--methods", "rag", "--profile-path", "no/such/file.jsonl"], "no/such/file.jsonl"),
        (["--methods", "rag", "--continue-from", "no/such/run"], "no/such/run"),
        (["--methods", "rag", "--params", "no/such/params.yaml"], "no/such/params.yaml"),
        (["--methods", "rag", "--n-profiles", "100000"], "n_profiles"),
    ],
)
def test_bad_input_is_one_clear_line(arguments: list[str], names: str, tmp_path: Path, capsys) -> None:
    from pum.cli import main

    assert main(["run", *arguments, "--output-dir", str(tmp_path / "out")]) == 2
    error = capsys.readouterr().err
    assert names in error and error.count("\n") == 1 and "Traceback" not in error


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("{not json", ":2:"),
        (_profile_line(user_id="../evil"), ":2:"),
        (_profile_line(patience=-1), ":2:"),
        (_profile_line(preferences=[["zz_999", 0.5]]), ":2:"),
        (_profile_line(), ":2:"),
    ],
    ids=["not json", "unsafe id", "negative patience", "unknown preference", "duplicate user"],
)
def test_a_malformed_profile_names_its_line(line: str, names: str, tmp_path: Path, capsys) -> None:
    from pum.cli import main

    path = tmp_path / "profiles.jsonl"
    path.write_text(_profile_line() + "\n" + line + "\n")
    arguments = ["run", "--methods", "rag", "--profile-path", str(path), "--output-dir", str(tmp_path / "out")]
    assert main(arguments) == 2
    error = capsys.readouterr().err
    assert f"{path}{names}" in error and error.count("\n") == 1


def test_an_unwritable_output_is_named_and_nothing_is_lost(finished: Path, tmp_path: Path, capsys) -> None:
    from pum.cli import main

    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    assert main(["run", "--methods", "rag", "--output-dir", str(blocked)]) == 2
    assert str(blocked) in capsys.readouterr().err
    assert blocked.read_text() == "in the way"
