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

from pum.core.errors import InputError
from pum.core.paths import ROOT
from pum.results.files import read_results
from pum.runner.batch import run
from pum.runner.config import RunConfig
from pum.runner.run_folder import RunFolder
from tests.small_runs import small_files, small_params

FILES = ("results.json", "turns.parquet", "users.parquet", "manifest.json", "checkpoint.json")


def config(
    method: str = "rag_vector", profiles: int = 3, sessions: int = 4, workers: int = 1, parallel: int = 8, **study
) -> RunConfig:
    """A small run of the study `smoke`."""
    size = {"n_profiles": profiles, "n_sessions": sessions, "parallel_profiles": parallel, **study}
    params = small_params(workers=workers, **size)
    return RunConfig("smoke", params.study("smoke"), method, params, small_files())


def same_bytes(one: Path, other: Path) -> bool:
    return all((one / name).read_bytes() == (other / name).read_bytes() for name in FILES)


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Path:
    """Uninterrupted runs of two methods."""
    folder = tmp_path_factory.mktemp("finished")
    for method in ("rag_vector", "rag"):
        run(config(method), folder / method, work=folder / "work")
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


def test_workers_and_order_change_nothing(finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pum.runner.batch._MIN_SESSIONS_FOR_POOL", 0)
    run(config(workers=2, parallel=1), tmp_path / "out", work=tmp_path / "work")
    assert same_bytes(tmp_path / "out", finished / "rag_vector")


def test_a_profile_does_not_depend_on_the_others(finished: Path, tmp_path: Path) -> None:
    run(config(profiles=1), tmp_path / "out", work=tmp_path / "work")
    together = read_results(finished / "rag_vector")["sessions"]
    assert read_results(tmp_path / "out")["sessions"] == [row for row in together if row["user_id"] == "user_000"]


_SLOW = pytest.mark.slow


_CHILD = """
import signal, sys
from pathlib import Path
from pum.runner import batch
from tests.test_runner_run import config
signal.signal(signal.SIGHUP, signal.SIG_DFL)
batch._MIN_SESSIONS_FOR_POOL = 0
batch.run(config(workers=int(sys.argv[3])), Path(sys.argv[1]), work=Path(sys.argv[2]))
"""


def kept(work: Path) -> int:
    """Sessions in the journals, as the progress file tells any process."""
    return sum(path.stat().st_size for path in work.rglob("progress"))


@pytest.mark.parametrize(
    ("workers", "number"),
    [
        (1, signal.SIGKILL),
        (2, signal.SIGKILL),
        *(pytest.param(2, number, marks=_SLOW) for number in (signal.SIGTERM, signal.SIGHUP)),
    ],
)
def test_killed_at_any_moment_it_ends_with_the_same_bytes(
    workers: int, number: signal.Signals, finished: Path, tmp_path: Path
) -> None:
    """Once 5 of the 12 sessions are journaled, wherever the next one stands; then the same run again, at once."""
    output, work = tmp_path / "out", tmp_path / "work"
    process = subprocess.Popen([sys.executable, "-c", _CHILD, str(output), str(work), str(workers)], cwd=ROOT)
    while process.poll() is None:
        if kept(work) >= 5:
            process.send_signal(number)
        time.sleep(0.001)
    assert process.returncode == -number, "the run ended before it could be killed"
    assert not (output / "results.json").exists()
    run(config(), output, work=work)
    assert same_bytes(output, finished / "rag_vector")


# The child forks at the start of `run`, with all that is slow to load loaded, and kills its own fork: once so many
# sessions are journaled, whatever the machine's speed, and then at a random moment of the next one.
_KILLED_AT_RANDOM = """
import os, random, signal, sys, time
from pathlib import Path
from pum.runner import batch
from tests.test_runner_run import config, kept
rng, output, work = random.Random(0), Path(sys.argv[1]), Path(sys.argv[2])
workers, points = int(sys.argv[3]), int(sys.argv[4])
batch._MIN_SESSIONS_FOR_POOL = 0
batch.run(config(), output / "warm", work=work / "warm")
for point in range(points):
    child = os.fork()
    if not child:
        batch.run(config(workers=workers), output / str(point), work=work / str(point))
        os._exit(0)
    while kept(work / str(point)) < point * 12 // points:
        if os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            break
        time.sleep(0.001)
    time.sleep(rng.uniform(0, 0.02))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    print("sessions", kept(work / str(point)), flush=True)
    batch.run(config(), output / str(point), work=work / str(point))
"""


@_SLOW
@pytest.mark.parametrize(("workers", "points"), [(1, 20), (2, 5)])
def test_killed_at_random_points_it_ends_with_the_same_bytes(
    workers: int, points: int, finished: Path, tmp_path: Path
) -> None:
    command = [sys.executable, "-c", _KILLED_AT_RANDOM, str(tmp_path / "out"), str(tmp_path / "work")]
    command += [str(workers), str(points)]
    alone = {
        **os.environ,
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }  # a fork has none of its parent's threads
    done = subprocess.run(command, cwd=ROOT, env=alone, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    sessions = [int(line.split()[1]) for line in done.stdout.splitlines() if line.startswith("sessions")]
    print(f"killed with so many of 12 sessions kept: {sessions}")
    assert len(sessions) == points and len(set(sessions)) > 2
    assert all(same_bytes(tmp_path / "out" / str(point), finished / "rag_vector") for point in range(points))


def test_continuing_equals_running_on(finished: Path, tmp_path: Path) -> None:
    run(config(sessions=2), tmp_path / "two", work=tmp_path / "work")
    run(config(), tmp_path / "four", continue_from=tmp_path / "two", work=tmp_path / "work")
    assert same_bytes(tmp_path / "four", finished / "rag_vector")


def test_continuing_another_run_is_refused(finished: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be continued"):
        run(config(), tmp_path / "out", continue_from=finished / "rag", work=tmp_path / "work")


@pytest.mark.slow
def test_only_the_transcripts_asked_for_are_kept_and_what_was_not_is_missed(finished: Path, tmp_path: Path) -> None:
    short = config(sessions=2, transcripts=1)
    run(short, tmp_path / "two", work=tmp_path / "work")
    users = [row["user_id"] for row in read_results(tmp_path / "two")["sessions"]]
    assert len(set(users)) > 1 and set(pd.read_parquet(tmp_path / "two" / "turns.parquet").user_id) == {users[0]}
    with pytest.raises(InputError, match="kept no transcript of .*; ask for at most 1"):
        run(config(), tmp_path / "out", continue_from=tmp_path / "two", work=tmp_path)
    longer = config(transcripts=1)
    run(longer, tmp_path / "four", continue_from=tmp_path / "two", work=tmp_path / "work")
    run(longer, tmp_path / "at once", work=tmp_path / "work")
    assert same_bytes(tmp_path / "four", tmp_path / "at once")


def test_the_same_run_twice_at_once_is_refused(tmp_path: Path) -> None:
    folder = RunFolder(config(), tmp_path / "work")
    folder.path.mkdir(parents=True)
    with folder.lock(), pytest.raises(InputError, match="another process"):
        run(config(), tmp_path / "out", work=tmp_path / "work")


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
    from pum.cli.app import main

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
    from pum.cli.app import main

    path = tmp_path / "profiles.jsonl"
    path.write_text(_profile_line() + "\n" + line + "\n")
    arguments = ["run", "--methods", "rag", "--profile-path", str(path), "--output-dir", str(tmp_path / "out")]
    assert main(arguments) == 2
    error = capsys.readouterr().err
    assert f"{path}{names}" in error and error.count("\n") == 1


def test_an_output_that_is_not_utf_8_is_refused_before_a_session_is_played(tmp_path: Path, capsys) -> None:
    from pum.cli.app import main

    output = os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9")
    assert main(["run", "--methods", "vanilla", "--n-profiles", "1", "--n-sessions", "1", "--output-dir", output]) == 2
    error = capsys.readouterr().err
    assert "not UTF-8" in error and error.count("\n") == 1 and not list(tmp_path.iterdir())


def test_an_unwritable_output_is_named_and_nothing_is_lost(finished: Path, tmp_path: Path, capsys) -> None:
    from pum.cli.app import main

    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    assert main(["run", "--methods", "rag", "--output-dir", str(blocked)]) == 2
    assert str(blocked) in capsys.readouterr().err
    assert blocked.read_text() == "in the way"
