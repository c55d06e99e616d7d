"""`pum run`: play a study's methods, with the command line's values in place of the study's."""

import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Group, Parameter

from pum.cli.options import Count, NonNegative, ProjectPath, Study
from pum.core.paths import ROOT

if TYPE_CHECKING:
    from pum.config.params import Params


@Parameter(name="*", group=Group.create_ordered("In place of the study's values"))
@dataclass(frozen=True)
class StudyOptions:
    """Values of `studies.STUDY` in params.yaml.

    Attributes:
        n_profiles: simulated users
        n_sessions: sessions per user
        max_turns: turns per session
        datasets: where tasks come from
        seeds: random seeds; each is a repetition
        user: the user simulator: verifiable (rules), or llm or openai (the served role `user` or `openai`)
        parallel_profiles: users in flight at once in a process
        servers: section of `servers` that says where roles are served
    """

    n_profiles: Count | None = None
    n_sessions: Count | None = None
    max_turns: Count | None = None
    datasets: tuple[str, ...] | None = None
    seeds: Annotated[tuple[NonNegative, ...] | None, Parameter(name="--seed")] = None
    user: str | None = None
    parallel_profiles: Count | None = None
    servers: str | None = None


@Parameter(name="*", group=Group.create_ordered("In place of the assistant's values"))
@dataclass(frozen=True)
class AssistantOptions:
    """Values of `assistant` in params.yaml.

    Attributes:
        reward_mode: who reads reactions: rules, rules and a trained classifier, or the served role `judge`
        contradictions: who decides where words do not tell: nobody, or the served role `judge`
        extractor: who finds preferences in messages: on this machine, or a served role
    """

    reward_mode: Literal["keyword", "trained", "llm"] | None = None
    contradictions: Literal["rules", "llm"] | None = None
    extractor: Literal["trained", "rules", "detector", "llm", "finetuned"] | None = None


@Parameter(name="*", group=Group.create_ordered("Execution"))
@dataclass(frozen=True)
class ExecutorOptions:
    """Values of `executor` in site.yaml.

    Attributes:
        workers: processes; the results do not depend on their number
        schedule: how users who wait for a server take turns
    """

    workers: Count | None = None
    schedule: Literal["continuous", "turn_synchronous"] | None = None


def run(
    *,
    methods: list[str],
    output_dir: Path,
    study: Study = "smoke",
    profile_path: Path | None = None,
    continue_from: Path | None = None,
    params: ProjectPath = ROOT / "params.yaml",
    of_study: StudyOptions | None = None,
    of_assistant: AssistantOptions | None = None,
    of_executor: ExecutorOptions | None = None,
) -> int:
    """Play sessions with one or more methods.

    Everything is checked before the first session is played. If sessions failed, the last line says why, and the exit
    code is 1; all others stand in the results.

    Args:
        methods: methods or variants of params.yaml; `pum list methods` shows them
        output_dir: results go to OUTPUT_DIR/METHOD/
        profile_path: JSONL of users (default: the generated ones)
        continue_from: output directory of a shorter run of the same configuration
        params: another params.yaml
    """
    from pum.cluster.executor import executor, play_on_cluster
    from pum.cluster.sharded_run import ShardedRun
    from pum.config.params import load_params
    from pum.results.files import read_results
    from pum.runner.batch import run as play
    from pum.runner.build import check
    from pum.runner.checkpoint import seed_journals
    from pum.runner.config import DataFiles, RunConfig
    from pum.runner.run_folder import Progress, RunFolder

    values = with_options(load_params(params), study, of_study, of_assistant, of_executor)
    files = DataFiles(profiles=profile_path) if profile_path else DataFiles()
    runs = []
    for method in methods:
        config = RunConfig(study, values.study(study), method, values, files)
        shorter = continue_from / method if continue_from else None
        check(config, output_dir / method, shorter)
        runs.append((config, output_dir / method, shorter))
    if executor(values) == "slurm":
        for config, _, shorter in runs:
            if shorter:
                seed_journals(shorter, RunFolder(config))
        play_on_cluster([ShardedRun(config) for config, _, _ in runs])
    failed = []
    for config, output, shorter in runs:
        with Progress(RunFolder(config)):
            play(config, output, shorter)
        rows = read_results(output)["sessions"]
        print(f"{config.method}: {_summary(rows)} -> {output}")
        if told := _failures(rows):
            failed.append(f"{config.method}: {told}")
    if failed:
        print(f"pum: {'; '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def with_options(params: "Params", study: str, *groups: object | None) -> "Params":
    """The parameters, with given options of study, assistant and executor replacing the values of the same names."""
    from pum.config.inherit import OWN_SECTIONS
    from pum.config.params import check_params

    data = params.within(params.study(study)).model_dump(mode="json")
    # The study's own values are merged into the sections now; the options replace them there.
    data["studies"][study].update(dict.fromkeys(OWN_SECTIONS))
    data["assistant"]["system_prompt"] = params.assistant.system_prompt  # the study keeps its own beside it
    sections = data["studies"][study], data["assistant"], data["site"]["executor"]
    for section, options in zip(sections, groups, strict=True):
        if options:
            section.update({name: value for name, value in asdict(options).items() if value is not None})
    return check_params(data, "command line")


def _summary(rows: Sequence[dict]) -> str:
    """A failed session is no success, and counts in no other mean."""
    from pum.results.files import FAILURES

    asked = [row["enforcements"] for row in rows if row["outcome"] not in FAILURES]
    mean = f"{sum(asked) / len(asked):.3f}" if asked else "no"
    success = sum(row["success"] for row in rows) / len(rows)
    return f"{len(rows)} sessions, success {success:.3f}, enforcements {mean} a session"


def _failures(rows: Sequence[dict]) -> str:
    """How many sessions failed, and their commonest cause; "" if none did."""
    from pum.results.files import FAILURES

    causes = Counter((row["outcome"], row["error"]) for row in rows if row["outcome"] in FAILURES)
    if not causes:
        return ""
    (outcome, error), _ = causes.most_common(1)[0]
    return f"{causes.total()} of {len(rows)} sessions failed ({outcome}: {' '.join(error.split())})"
