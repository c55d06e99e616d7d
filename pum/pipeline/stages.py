"""The stages of dvc.yaml: each runs one notebook, with parameters from params.yaml, and leaves an executed copy."""

from pathlib import Path

from pum.cluster.executor import executor, play_on_cluster
from pum.cluster.job import Job
from pum.config.params import load_params
from pum.core.errors import InputError
from pum.core.paths import NOTEBOOKS, RESULTS, ROOT
from pum.methods.registry import check_settings
from pum.pipeline.notebook import run_notebook
from pum.pipeline.sources import write_sources
from pum.runner.config import RunConfig
from pum.runner.job import Run
from pum.runner.kept import go_on_from_kept, keep
from pum.runner.progress import Progress
from pum.runner.together import run_together

EXECUTED = RESULTS / "notebooks"
# Relative to the root, where notebooks run.
MEASURED = Path("data/calibration/qwen2.5-coder-1.5b.json")


def run_stage(name: str, study: str | None = None, method: str | None = None) -> None:
    """Dispatch by the stage's name; which arguments it needs is the business of each."""
    stages = {
        "sources": _sources,
        "setup": _setup,
        "run": _run,
        "quicktest": _quicktest,
        "hearing": _hearing,
        "analysis": _analysis,
        "play": _play,
        "calibrate": _calibrate,
        "calibration": _calibration,
        "live-vs-offline": _live_vs_offline,
        "throughput": _throughput,
        "simulator-audit": _simulator_audit,
        "scale": _scale,
        "learners": _learners,
        "gap": _gap,
        "sweeps": _sweeps,
        "ablations": _ablations,
        "memory-contract": _memory_contract,
        "memories": _memories,
        "memories-llm": _memories_llm,
        "contradictions": _contradictions,
        "published": _published,
        "off-policy": _off_policy,
        "stories": _stories,
        "report": _report,
    }
    if name not in stages:
        raise InputError(f"unknown stage {name!r}: there are {', '.join(stages)}")
    given = [argument for argument in (study, method) if argument is not None]
    wanted = {"run": 2, "analysis": 1, "play": 1}.get(name, 0)
    if len(given) != wanted:
        usage = {2: f"{name} STUDY METHOD", 1: f"{name} STUDY", 0: name}[wanted]
        raise InputError(f"usage: pum stage {usage}")
    stages[name](*given)


def _sources() -> None:
    write_sources(NOTEBOOKS, RESULTS / "src")


def _setup() -> None:
    world = load_params().world
    parameters = {"n_profiles": world.profiles, "tasks_per_dataset": world.tasks_per_dataset}
    run_notebook(NOTEBOOKS / "01_setup.ipynb", EXECUTED / "01_setup.ipynb", parameters)


def _run(study: str, method: str) -> None:
    params = load_params()
    config = RunConfig(study, params.study(study), method, params)
    check_settings(config.module, config.settings)
    parameters = {
        "study": study,
        "method": method,
        "n_profiles": config.study.n_profiles,
        "n_sessions": config.study.n_sessions,
        "output": str((RESULTS / study / method).relative_to(ROOT)),
    }
    go_on_from_kept(config)
    if executor(params) == "slurm":
        play_on_cluster([Job(config)])
    with Progress(Run(config)):
        run_notebook(NOTEBOOKS / "02_run.ipynb", EXECUTED / study / f"{method}.ipynb", parameters)
    keep(config, RESULTS / study / method)


def _quicktest() -> None:
    study = load_params().study("quicktest")
    parameters = {"n_profiles": study.n_profiles, "n_sessions": study.n_sessions, "output": "."}
    run_notebook(NOTEBOOKS / "04_quicktest.ipynb", EXECUTED / "04_quicktest.ipynb", parameters)


def _hearing() -> None:
    run_notebook(NOTEBOOKS / "05_hearing.ipynb", EXECUTED / "05_hearing.ipynb", {"output": "."})


def _analysis(study: str) -> None:
    load_params().study(study)
    name = "main" if study == "paper" else study
    parameters = {"study": study, "name": name}
    run_notebook(NOTEBOOKS / "03_main_results.ipynb", EXECUTED / study / "03_main_results.ipynb", parameters)


def _play(study: str) -> None:
    """All methods of a study at once, also those played before: a real model need not answer as it did. With one, they
    wait for its server rather than for a core."""
    params = load_params()
    scale = params.study(study)
    runs = [(RunConfig(study, scale, method, params), RESULTS / study / method) for method in params.methods]
    run_together(runs, params.executor.workers if scale.agent.kind == "offline" else len(runs), again=True)


def _calibrate() -> None:
    """Measures the model that the live study talks to."""
    agent = load_params().study("live").agent
    parameters = {"base_url": agent.base_url, "model": agent.model, "weights": agent.model, "output": str(MEASURED)}
    run_notebook(NOTEBOOKS / "calibrate_agent.ipynb", EXECUTED / "calibrate_agent.ipynb", parameters)


def _calibration() -> None:
    parameters = {"calibration": str(MEASURED), "output": "."}
    run_notebook(NOTEBOOKS / "calibration.ipynb", EXECUTED / "calibration.ipynb", parameters)


def _live_vs_offline() -> None:
    run_notebook(NOTEBOOKS / "06_live_vs_offline.ipynb", EXECUTED / "06_live_vs_offline.ipynb", {"output": "."})


def _throughput() -> None:
    run_notebook(NOTEBOOKS / "throughput.ipynb", EXECUTED / "throughput.ipynb", {"output": "."})


def _simulator_audit() -> None:
    run_notebook(NOTEBOOKS / "07_simulator_audit.ipynb", EXECUTED / "07_simulator_audit.ipynb", {"output": "."})


def _scale() -> None:
    parameters = {"study": "paper", "output": "."}
    run_notebook(NOTEBOOKS / "scale.ipynb", EXECUTED / "scale.ipynb", parameters)


def _learners() -> None:
    """Chooses hyperparameters and plays the comparison; which methods, params.yaml says."""
    from pum.experiments.learner_study.play import play

    play(load_params(), RESULTS / "learners")


def _gap() -> None:
    run_notebook(NOTEBOOKS / "learners.ipynb", EXECUTED / "learners.ipynb", {"output": "."})


def _sweeps() -> None:
    """Plays the best learner and `rag` at every knob, and draws the map."""
    from pum.experiments.learner_study.factors import play_sweeps

    play_sweeps(load_params(), RESULTS / "learners" / "chosen.json", RESULTS / "sweeps" / "sessions.parquet")
    run_notebook(NOTEBOOKS / "sweeps.ipynb", EXECUTED / "sweeps.ipynb", {"output": "."})


def _ablations() -> None:
    """Plays every change and what it is changed in, and compares them."""
    from pum.experiments.learner_study.factors import play_ablations

    play_ablations(load_params(), RESULTS / "ablations" / "sessions.parquet")
    run_notebook(NOTEBOOKS / "ablations.ipynb", EXECUTED / "ablations.ipynb", {"output": "."})


def _memory_contract() -> None:
    parameters = {"output": ".", "run": "results/paper/rag"}
    run_notebook(NOTEBOOKS / "memory_contract.ipynb", EXECUTED / "memory_contract.ipynb", parameters)


def _memories() -> None:
    """Other libraries' memories beside ours, in the environment that `make memories` makes."""
    from pum.experiments.memory_contract.compare import compare

    compare(RESULTS / "paper" / "rag" / "turns.parquet", RESULTS / "tables" / "memory_contract_others.csv")


def _memories_llm() -> None:
    """The same with the served model that the live study has as judge, for those that are made for one."""
    from pum.experiments.memory_contract.compare_llm import compare_with_llm

    params = load_params()
    compare_with_llm(params.server(params.study("live"), "judge"), RESULTS / "tables" / "memory_contract_llm.csv")


def _contradictions() -> None:
    """Rules alone, and with the served model that the live study has as judge; `make serve` runs meanwhile."""
    from pum.assistant.personalized_llm import load_resources
    from pum.experiments.memory_contract.with_llm import compare_readers

    params = load_params()
    server = params.server(params.study("live"), "judge")
    compare_readers(params, load_resources(params), server, RESULTS / "tables" / "contradictions_llm.csv")


def _published() -> None:
    run_notebook(NOTEBOOKS / "published.ipynb", EXECUTED / "published.ipynb", {"output": "."})


def _off_policy() -> None:
    run_notebook(NOTEBOOKS / "off_policy.ipynb", EXECUTED / "off_policy.ipynb", {"output": "."})


def _stories() -> None:
    """Notebooks to read, of the main study; each declares what it shows."""
    for name in ("user_vectors", "one_life", "microscope", "chat"):
        run_notebook(NOTEBOOKS / f"{name}.ipynb", EXECUTED / f"{name}.ipynb", {})


def _report() -> None:
    from pum.report.contents import load_contents
    from pum.report.page import write_report

    write_report(load_contents(ROOT / "data" / "report.yaml"), ROOT, RESULTS / "report.html")
