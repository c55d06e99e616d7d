"""A real SLURM on this machine: the pipeline's bytes, overlapping jobs, and everything that may be killed, killed."""

import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest
import yaml

from pum.cluster import executor, slurm
from pum.cluster.scripts import scripts, write_scripts
from pum.cluster.sharded_run import ShardedRun
from pum.core.files import read_yaml
from pum.core.paths import ROOT
from pum.runner.config import RunConfig
from tests.small_runs import small_files, small_params
from tests.test_cluster_ranges import with_cluster

pytestmark = pytest.mark.slurm

COMPARED = ("results.json", "turns.parquet", "users.parquet", "manifest.json", "checkpoint.json")
MINI = ("vanilla", "rag", "oracle")
LOCAL = ROOT / "slurm" / "local.sh"


@pytest.fixture(scope="module")
def controller(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A real SLURM of one node; its folder."""
    # munge wants folders above its socket that only their owner writes.
    folder = tmp_path_factory.mktemp("slurm")
    subprocess.run([LOCAL, "install"], check=True)
    subprocess.run([LOCAL, "up", folder], check=True, stdout=subprocess.DEVNULL)
    os.environ["SLURM_CONF"] = str(folder / "slurm.conf")
    yield folder
    subprocess.run([LOCAL, "down", folder], check=True)
    del os.environ["SLURM_CONF"]


@pytest.fixture(autouse=True)
def nothing_goes_on(controller: Path) -> Iterator[None]:
    """What a test that failed leaves running disturbs none of those after it."""
    yield
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            process.kill()
    subprocess.run(["scancel", "--me"], check=True)
    until(lambda: not slurm.queued())


class Project:
    """A copy of the project whose studies `mini` and `paper` are small, and whose encoder needs no weights."""

    def __init__(self, root: Path) -> None:
        self.root = root
        listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        for name in subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0"):
            if name and not name.startswith(("results/", "figures/")) and (ROOT / name).is_file():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, root / name)
        (root / "dvc.lock").unlink(missing_ok=True)
        config = root / ".dvc" / "config"
        config.write_text(config.read_text().replace("[core]", "[core]\n    no_scm = true"))
        self.resize(n_profiles=6, n_sessions=3, seeds=[0], per_range=3)

    def resize(self, warning_s: int = 30, limit: str = "10", per_range: int = 2, **study: object) -> None:
        path = self.root / "params.yaml"
        data = read_yaml(path)
        data["embedder"] = "hashing"
        for name in ("mini", "paper"):
            data["studies"][name].update(study)
        path.write_text(yaml.safe_dump(data, sort_keys=False))
        path = self.root / "site.yaml"
        data = read_yaml(path)
        data["executor"]["workers"] = 1
        data["cluster"].update(poll_s=0.5, profiles_per_range=per_range, cpus=1, memory="1G")
        data["cluster"].update(time=limit, warning_s=warning_s)
        path.write_text(yaml.safe_dump(data, sort_keys=False))

    def environment(self, kind: str) -> dict[str, str]:
        # A stage calls `python`, which is to be this one.
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        site = self.root / ".dvc" / "tmp" / "site"
        own = {"PATH": path, "PYTHONPATH": str(self.root), "DVC_SITE_CACHE_DIR": str(site), "PYTHONHASHSEED": "0"}
        inherited = {name: value for name, value in os.environ.items() if name not in ("PUM_WORK", "OMP_NUM_THREADS")}
        return {**inherited, **own, "PUM_EXECUTOR": kind}

    def start(self, kind: str, *command: str) -> subprocess.Popen:
        return subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=self.root,
            env=self.environment(kind),
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def call(self, kind: str, *command: str) -> str:
        process = self.start(kind, *command)
        said, _ = process.communicate()
        assert process.returncode == 0, said
        return said

    def play(self, kind: str = "slurm") -> subprocess.Popen:
        """One method, as its stage does it."""
        return self.start(kind, "pum.cli", "stage", "run", "paper", "rag_vector")

    def results(self, *methods: str, study: str = "paper") -> dict[str, bytes]:
        folder = self.root / "results"
        files = [folder / study / method / name for method in methods for name in COMPARED]
        files += [folder / "notebooks" / study / f"{method}.ipynb" for method in methods]
        return {str(path.relative_to(folder)): path.read_bytes() for path in files}

    def events(self, folder: str = "*") -> dict[int, list[tuple[str, float]]]:
        """By range, what its script said happened, and when (seconds)."""
        return {
            int(path.stem): [
                (words[1], float(words[0]))
                for words in map(str.split, path.read_text().splitlines())
                if any(word.startswith("task=") for word in words)
            ]
            for path in sorted(self.root.glob(f".pum_work/slurm/{folder}/*.log"))
        }

    def happened(self) -> dict[int, list[str]]:
        return {index: [what for what, _ in events] for index, events in self.events().items()}

    def played(self) -> int:
        return sum(path.stat().st_size for path in self.root.glob(".pum_work/runs/*/*/progress-*"))

    @contextmanager
    def suspended_kernel(self) -> Iterator[None]:
        """The notebook that plays the only range stands still: a machine of any speed is too slow for its limit."""
        (kernel,) = [
            process
            for process in psutil.process_iter(["cmdline", "cwd"])
            if process.info["cwd"] == str(self.root) and "pum.pipeline.kernel" in process.info["cmdline"]
        ]
        kernel.suspend()
        yield
        kernel.resume()

    def forget(self) -> None:
        """As if nothing had been played."""
        for name in ("slurm", "runs", "finished"):
            shutil.rmtree(self.root / ".pum_work" / name, ignore_errors=True)


def until(what: Callable[[], bool], seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "took too long"
        time.sleep(0.05)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, controller: Path) -> Project:
    made = Project(tmp_path_factory.mktemp("project"))
    made.call("local", "dvc", "repro", "setup", "settings")
    return made


@pytest.fixture(scope="module")
def longer(project: Project) -> dict[str, bytes]:
    """One method of a size that leaves time to kill things, as one machine alone writes it; the project stays at it."""
    project.forget()
    project.resize(n_profiles=16, n_sessions=15, seeds=[0], per_range=4)
    project.call("local", "pum.cli", "stage", "run", "paper", "rag_vector")
    return project.results("rag_vector")


def test_the_pipeline_under_slurm_ends_with_the_bytes_of_a_local_one(project: Project) -> None:
    project.call("local", "dvc", "repro", "analysis-mini")
    local = project.results(*MINI, study="mini")
    tables = {path: path.read_bytes() for path in sorted((project.root / "results" / "tables").rglob("*.csv"))}
    assert tables
    assert "up to date" in project.call("slurm", "dvc", "repro", "analysis-mini"), "the executor is in no stage"
    project.call("slurm", "dvc", "repro", "--force", "--single-item", "mini", "analysis-mini")
    assert project.results(*MINI, study="mini") == local
    assert {path: path.read_bytes() for path in tables} == tables
    folders = sorted(project.root.glob(".pum_work/slurm/pum-*"))
    assert len(folders) == len(MINI)
    for folder in folders:
        spans = [dict(events) for events in project.events(folder.name).values()]
        assert len(spans) == 2
        assert max(span["start"] for span in spans) < min(span["end"] for span in spans), "they took turns"


def test_methods_queued_together_are_found_by_their_stages(project: Project) -> None:
    project.forget()
    project.resize(n_profiles=6, n_sessions=3, seeds=[1])
    said = project.call("slurm", "pum.cli", "submit", "rag", "vanilla")
    assert said.count("submitted p0, p2, p4") == 2
    assert "submitted" not in project.call("slurm", "pum.cli", "submit", "rag", "vanilla")
    assert "submitted" not in project.call("slurm", "pum.cli", "stage", "run", "paper", "vanilla")
    assert "submitted" not in project.call("slurm", "pum.cli", "stage", "run", "paper", "rag")


def test_more_sessions_go_on_where_fewer_ended(project: Project, tmp_path: Path) -> None:
    project.forget()
    project.resize(n_profiles=4, n_sessions=2, seeds=[0])
    project.call("slurm", "pum.cli", "stage", "run", "paper", "rag_vector")
    shorter = shutil.copytree(project.root / "results" / "paper", tmp_path / "shorter")
    project.resize(n_sessions=4)
    project.call("slurm", "pum.cli", "stage", "run", "paper", "rag_vector")
    found = [int(path.read_text()) for path in project.root.glob(".pum_work/slurm/*-4x4x0-*/*.before")]
    assert found == [4, 4], "what was played is played again"
    by_params = project.results("rag_vector")
    project.forget()
    options = ["--n-sessions", "4", "--output-dir", str(tmp_path), "--continue-from", str(shorter)]
    project.call("slurm", "pum.cli", "run", "--study", "paper", "--methods", "rag_vector", *options)
    project.forget()
    project.call("local", "pum.cli", "stage", "run", "paper", "rag_vector")
    assert project.results("rag_vector") == by_params
    for name in COMPARED:
        assert (tmp_path / "rag_vector" / name).read_bytes() == by_params[f"paper/rag_vector/{name}"]


def test_the_login_side_killed(project: Project, longer: dict[str, bytes]) -> None:
    project.forget()
    first = project.start("slurm", "dvc", "repro", "--single-item", "--force", "paper@rag_vector")
    until(lambda: project.played() > 5)
    os.killpg(first.pid, signal.SIGKILL)
    first.communicate()
    again = project.call("slurm", "dvc", "repro", "--single-item", "--force", "paper@rag_vector")
    assert "submitted" not in again
    assert "queued before" in again
    assert project.results("rag_vector") == longer
    assert project.happened() == {index: ["start", "end"] for index in range(4)}


def test_one_task_cancelled(project: Project, longer: dict[str, bytes]) -> None:
    project.forget()
    driver = project.play()
    until(lambda: project.played() > 5)
    (tasks,) = slurm.queued().values()
    subprocess.run(["scancel", tasks[1].id], check=True)
    said, _ = driver.communicate()
    assert driver.returncode == 0, said
    assert "submitted p4 as" in said
    assert project.results("rag_vector") == longer
    starts = {index: events.count("start") for index, events in project.happened().items()}
    assert starts == {0: 1, 1: 2, 2: 1, 3: 1}


def test_the_controller_restarted(project: Project, longer: dict[str, bytes], controller: Path) -> None:
    project.forget()
    driver = project.play()
    until(lambda: project.played() > 5)
    subprocess.run([LOCAL, "restart", controller], check=True)
    said, _ = driver.communicate()
    assert driver.returncode == 0, said
    assert said.count("submitted") == 1
    assert project.results("rag_vector") == longer
    # A controller that had not saved yet what it had started starts it again by itself; the journals go on.
    assert all(set(events) == {"start", "end"} and events[-1] == "end" for events in project.happened().values())


def test_a_task_at_its_time_limit_stops_between_sessions_and_goes_on(
    project: Project, longer: dict[str, bytes]
) -> None:
    project.forget()
    project.resize(per_range=16, limit="1", warning_s=10)
    driver = project.play()
    until(lambda: project.played() > 5)
    with project.suspended_kernel():
        until(lambda: "warned" in project.happened()[0])
    said, _ = driver.communicate()
    assert driver.returncode == 0, said
    assert said.count("submitted") == 1, "it queued itself again"
    events = project.happened()[0]
    assert events[:5] == ["start", "warned", "end", "requeue", "start"]
    assert events[-1] == "end"
    assert project.results("rag_vector") == longer


def test_waiting_for_24_ranges_costs_the_login_node_next_to_nothing(
    controller: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sleeper = tmp_path / "sleeper.sh"
    sleeper.write_text("#!/bin/bash\nsleep 8\n")
    monkeypatch.setattr(executor, "SCRIPT", sleeper)
    params = with_cluster(small_params(n_profiles=24), profiles_per_range=1, poll_s=2, cpus=1, memory="1G")
    job = ShardedRun(RunConfig("smoke", params.study("smoke"), "rag", params, small_files()), tmp_path / "work")
    executor.submit([job])
    assert len(slurm.queued()[job.name]) == 24
    used, began = _cpu_seconds(), time.monotonic()
    executor._wait([job])
    minutes = (time.monotonic() - began) / 60
    assert minutes > 0.5
    spent = (_cpu_seconds() - used) / minutes
    print(f"{spent:.2f} s of CPU per minute")
    assert spent < 1.0


def test_slurm_accepts_every_script(controller: Path, tmp_path: Path) -> None:
    committed = [path for path in sorted((ROOT / "slurm").rglob("*.sh")) if "#SBATCH" in path.read_text()]
    assert len(committed) > 28
    params = small_params(agent={"kind": "served"}, user="llm", servers="fullscale")
    write_scripts(tmp_path, scripts(params, "smoke"))
    served = sorted(tmp_path.glob("run_*.sh"))
    assert all("--gres=gpu:3" in path.read_text() for path in served)
    for path in [*committed, *served]:
        done = subprocess.run(["sbatch", "--test-only", path], cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{path}: {done.stderr}"


def _cpu_seconds() -> float:
    """Of this process and of those it has waited for: squeue."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(part.ru_utime + part.ru_stime for part in used)
