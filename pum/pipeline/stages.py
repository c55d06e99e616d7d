"""The stages of dvc.yaml: each does its work, if there is any, and then runs the notebooks that show it.

`python -m pum.pipeline.dependencies` reads here what code a stage depends on: the imports inside its function, and
those of its notebooks. The imports at the top only serve to run stages, and count for none of them.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from pum.bench.agent.curves import MEASURED
from pum.cluster.executor import executor, play_on_cluster
from pum.cluster.sharded_run import ShardedRun, read_sharded_run
from pum.config.params import load_params
from pum.core.errors import InputError
from pum.core.paths import FIGURES, NOTEBOOKS, RESULTS, ROOT
from pum.methods.method import check_settings
from pum.pipeline.notebook import run_notebook
from pum.runner.batch import run_together
from pum.runner.checkpoint import continue_from_cache, save_to_cache
from pum.runner.config import RunConfig
from pum.runner.run_folder import Progress, RunFolder

EXECUTED = RESULTS / "notebooks"
# Relative to the root, where notebooks run.
_WRITES = {"output": "."}

NOTEBOOKS_OF: dict[str, dict[str, dict[str, str]]] = {
    "analysis-mini": {"mini": _WRITES},
    "live-vs-offline": {"06_live_vs_offline": _WRITES},
    "simulator-audit": {"07_simulator_audit": _WRITES},
    "calibration": {"calibration": {**_WRITES, "calibration": MEASURED}},
    "throughput": {"throughput": _WRITES},
    "extraction": {"05_extraction": _WRITES},
    "external": {"external": _WRITES},
    "memory-contract": {"memory_contract": {**_WRITES, "run": "results/paper/rag"}},
    "learner-study": {"learners": _WRITES},
    "sweeps": {"sweeps": _WRITES},
    "ablations": {"ablations": _WRITES},
    "published": {"published": _WRITES},
    "off-policy": {"off_policy": _WRITES},
    "examples": {"user_vectors": {}, "user_history": {}, "retrieval_trace": {}, "chat": {}},
    "scale": {"scale": {**_WRITES, "study": "paper"}},
}
"""Stage -> its notebooks and their parameters, where these are constant."""


def run_stage(name: str, study: str | None = None, method: str | None = None) -> None:
    """Run one stage; InputError for an unknown stage, and for arguments that it does not take."""
    if name not in FUNCTIONS and name not in NOTEBOOKS_OF:
        raise InputError(f"unknown stage {name!r}: there are {', '.join(sorted({*FUNCTIONS, *NOTEBOOKS_OF}))}")
    given = [argument for argument in (study, method) if argument is not None]
    wanted = {"run": ["STUDY", "METHOD"], "analysis": ["STUDY"], "play": ["STUDY"]}.get(name, [])
    if len(given) != len(wanted):
        raise InputError(f"usage: pum stage {' '.join([name, *wanted])}")
    if name in FUNCTIONS:
        FUNCTIONS[name](*given)
    for notebook, parameters in NOTEBOOKS_OF.get(name, {}).items():
        _show(notebook, parameters)


def _show(notebook: str, parameters: dict[str, object], folder: str = ".") -> None:
    _execute(notebook, EXECUTED / folder / f"{notebook}.ipynb", parameters)


def _execute(notebook: str, destination: Path, parameters: dict[str, object]) -> None:
    """Run a notebook whose kernel inherits the environment variables that params.yaml and site.yaml name."""
    params = load_params()
    named = {*params.site.cluster.environment, *_key_names(params.model_dump())}
    run_notebook(NOTEBOOKS / f"{notebook}.ipynb", destination, parameters, named)


def _key_names(section: object) -> Iterator[str]:
    """The variables that hold keys of servers, anywhere in a section."""
    if isinstance(section, Mapping):
        yield from filter(None, [section.get("api_key_env")])
        for part in section.values():
            yield from _key_names(part)


def _sources() -> None:
    from pum.pipeline.sources import write_sources

    write_sources(NOTEBOOKS, RESULTS / "src")


def _settings() -> None:
    from pum.pipeline.sources import write_settings

    write_settings(RESULTS / "settings")


def _setup() -> None:
    world = load_params().world
    _show("01_setup", {"n_profiles": world.profiles, "tasks_per_dataset": world.tasks_per_dataset})


def _run(study: str, method: str) -> None:
    """Plays one method in one study; on a cluster, its ranges first."""
    params = load_params()
    config = RunConfig(study, params.study(study), method, params)
    check_settings(config.module, config.settings)
    output = RESULTS / study / method
    parameters = {
        "study": study,
        "method": method,
        "n_profiles": config.study.n_profiles,
        "n_sessions": config.study.n_sessions,
        "output": str(output.relative_to(ROOT)),
    }
    continue_from_cache(config)
    if executor(params) == "slurm":
        play_on_cluster([ShardedRun(config)])
    with Progress(RunFolder(config)):
        _execute("02_run", EXECUTED / study / f"{method}.ipynb", parameters)
    save_to_cache(config, output)


def _quicktest() -> None:
    study = load_params().study("quicktest")
    _show("04_quicktest", {"n_profiles": study.n_profiles, "n_sessions": study.n_sessions, **_WRITES})


def _analysis(study: str) -> None:
    load_params().study(study)
    _show("03_main_results", {"study": study, "name": "main" if study == "paper" else study, **_WRITES}, study)


def _play(study: str) -> None:
    """Plays all methods of a study at once, including those played before: a real model may answer differently.

    With a real model, runs wait for its server rather than for a core, so all get a process.
    """
    params = load_params()
    scale = params.study(study)
    runs = [(RunConfig(study, scale, method, params), RESULTS / study / method) for method in params.methods]
    is_simulated = all(config.agent.is_simulated for config, _ in runs)
    run_together(runs, params.site.executor.workers if is_simulated else len(runs), again=True)


def _calibrate() -> None:
    params = load_params()
    server = params.server(params.study("live"), "agent")
    model = {"base_url": server.urls[0], "model": server.model, "weights": server.weights}
    _show("calibrate_agent", {**model, "output": MEASURED})


def _detector() -> None:
    """Trains the detector. Another machine, and another time, may give other weights: they are committed as data."""
    from pum.bench.corpora import detector_lessons
    from pum.bench.tasks.collection import read_tasks
    from pum.core.paths import DATA
    from pum.extraction.detector import save_weights
    from pum.extraction.detector_training import Training, train

    lessons, training = detector_lessons(read_tasks(DATA / "tasks.jsonl")), Training()
    print(f"{len(lessons)} messages, {training.epochs} epochs", flush=True)
    weights = train(lessons, training, lambda epoch, loss, _: print(f"epoch {epoch + 1}: loss {loss:.4f}", flush=True))
    save_weights(weights, DATA / "detector.safetensors")


def _note_forms() -> None:
    """Compares note forms with the model that the live study talks to; what its journal has is not asked again."""
    from pum.experiments.note_forms.play import compare

    params = load_params()
    server, journal = params.server(params.study("live"), "agent"), RESULTS / "note_forms" / "replies.jsonl.gz"
    compare(params, server, journal, RESULTS / "tables" / "note_forms.csv", FIGURES)


def _learners() -> None:
    from pum.experiments.learner_study.play import play

    play(load_params(), RESULTS / "learners")


def _sweeps() -> None:
    from pum.experiments.learner_study.factors import play_sweeps

    play_sweeps(load_params(), RESULTS / "learners" / "chosen.json", RESULTS / "sweeps" / "sessions.parquet")


def _ablations() -> None:
    from pum.experiments.learner_study.factors import play_ablations

    play_ablations(load_params(), RESULTS / "ablations" / "sessions.parquet")


def _memories() -> None:
    """Compares other libraries' memories with this project's, in the environment that `make memories` makes."""
    from pum.experiments.memory_contract.compare import compare

    compare(RESULTS / "paper" / "rag" / "turns.parquet", RESULTS / "tables" / "memory_contract_others.csv")


def _memories_llm() -> None:
    """The same with a language model: the one that serves as judge of the live study."""
    from pum.experiments.memory_contract.compare import compare_with_llm

    params = load_params()
    compare_with_llm(params.server(params.study("live"), "judge"), RESULTS / "tables" / "memory_contract_llm.csv")


def _contradictions() -> None:
    """Compares rules for contradictions with rules and the live study's judge; `make serve` must be running."""
    from pum.assistant.personalized_llm import load_resources
    from pum.experiments.memory_contract.compare import compare_readers

    params = load_params()
    server = params.server(params.study("live"), "judge")
    compare_readers(params, load_resources(params), server, RESULTS / "tables" / "contradictions_llm.csv")


def _report() -> None:
    from pum.report.contents import load_contents
    from pum.report.page import write_report

    write_report(load_contents(ROOT / "data" / "report.yaml"), ROOT, RESULTS / "report.html")


FUNCTIONS: dict[str, Callable[..., None]] = {
    "sources": _sources,
    "settings": _settings,
    "setup": _setup,
    "run": _run,
    "quicktest": _quicktest,
    "analysis": _analysis,
    "play": _play,
    "calibrate": _calibrate,
    "detector": _detector,
    "note-forms": _note_forms,
    "learners": _learners,
    "sweeps": _sweeps,
    "ablations": _ablations,
    "memories": _memories,
    "memories-llm": _memories_llm,
    "contradictions": _contradictions,
    "report": _report,
}
"""Stage -> what it does before its notebooks run."""


def play_shard(folder: Path, index: int) -> None:
    """Play shard `index` of the run described in `folder`, through the notebook, with the servers it needs."""
    from pum.serving.vllm import all_running

    run = read_sharded_run(folder.resolve())
    if not 0 <= index < len(run.shards):
        raise InputError(f"{folder}: has no range {index}; there are {len(run.shards)}")
    # `pum status` subtracts the sessions that this job finds played, to tell the job's own rate.
    (run.folder / f"{index}.before").write_text(str(sum(run.shard(index).finished().values())))
    with all_running(run.servers, f"{run.name}-{index}"):
        workers = int(os.environ.get("SLURM_CPUS_PER_TASK", 1))
        parameters = {"output": str(run.folder), "index": index, "workers": workers}
        _execute("range", run.folder / f"{index}.ipynb", parameters)


def play_study_shard(study: str, method: str, first: int) -> None:
    """Play the shard that begins with profile `first`, of a study as params.yaml has it."""
    params = load_params()
    run = ShardedRun(RunConfig(study, params.study(study), method, params))
    starts = [shard.start for shard in run.shards]
    if first not in starts:
        raise InputError(f"no range begins with profile {first}; they begin with {', '.join(map(str, starts))}")
    play_shard(run.describe(), starts.index(first))
