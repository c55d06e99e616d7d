"""The committed batch scripts are those that params.yaml gives; shellcheck and SLURM accept them elsewhere."""

import subprocess

import pytest

from pum.cluster.scripts import scripts
from pum.cluster.sharded_run import ShardedRun
from pum.config.params import check_params, load_params
from pum.core.paths import ROOT
from pum.runner.config import RunConfig
from tests.small_runs import small_params
from tests.test_cluster_ranges import with_cluster

FOLDER = ROOT / "slurm" / "fullscale"


def test_committed_scripts_are_current() -> None:
    committed = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.iterdir()}
    assert committed == scripts(load_params(), "paper"), "run `pum scripts`"
    assert all(path.stat().st_mode & 0o111 for path in FOLDER.iterdir())


def test_every_method_has_a_script_a_range() -> None:
    params = load_params()
    names = {f"run_{method}_p{first}.sh" for method in params.methods for first in (0, 50, 100, 150)}
    assert set(scripts(params, "paper")) == names | {"setup.sh", "analysis.sh", "submit_all.sh"}


def test_gpus_are_asked_for_where_servers_run_and_nowhere_else() -> None:
    served = scripts(small_params(agent={"kind": "served"}, user="llm", servers="fullscale"), "smoke")
    # The user's two and the agent's; a fourth if the embedder on it is the one that params.yaml names.
    assert {name for name, text in served.items() if "--gres=gpu:3" in text} == {
        name for name in served if name.startswith("run_")
    }
    assert not any("gpu" in text for text in scripts(small_params(), "smoke").values())


def test_retrievers_of_the_layout_are_started_if_they_are_named() -> None:
    params = small_params(agent={"kind": "served"}, user="llm", servers="fullscale")
    embedder = {"kind": "served", "url": "http://127.0.0.1:8103/v1", "model": "qwen3-embedding-8b", "dimension": 4096}
    params = check_params({**params.model_dump(mode="json"), "embedder": embedder})
    job = ShardedRun(RunConfig("smoke", params.study("smoke"), "rag", params))
    assert job.gpus == 4 and set(job.servers) == {"agent", "user", "embedder"}


def test_a_site_is_in_the_settings_alone() -> None:
    site = {"account": "lab", "partition": "long", "modules": ["cuda/12"], "environment": {"HF_HOME": "/scratch/a b"}}
    text = scripts(with_cluster(small_params(), **site), "smoke")["run_rag_p0.sh"]
    for line in ("#SBATCH --account=lab", "#SBATCH --partition=long", "export PUM_MODULES=cuda/12"):
        assert line in text.splitlines()
    assert "export HF_HOME='/scratch/a b'" in text


@pytest.mark.slurm
def test_shellcheck_finds_nothing() -> None:
    subprocess.run([ROOT / "slurm" / "local.sh", "install"], check=True)
    subprocess.run(["shellcheck", *(ROOT / "slurm").glob("*.sh"), *FOLDER.glob("*.sh")], check=True)
