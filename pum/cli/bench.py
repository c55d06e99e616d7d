"""`pum bench check | agreement | judge | extraction | throughput`: is it complete, is what judges and hears right?"""

import sys
from pathlib import Path

from pum.cli.options import DEFAULT_SERVERS, Count, Reader, ServerOptions, Study
from pum.core.paths import DATA, RESULTS


def check(*, preferences: Path | None = None, examples: Path | None = None) -> int:
    """Does every preference have wordings, a checker and examples?

    Args:
        preferences: another catalogue
        examples: another file of hand-written replies
    """
    from pum.bench.catalogue import PREFERENCES, load_preferences
    from pum.bench.checkers.checking import CHECKERS
    from pum.bench.review import EXAMPLES, load_examples, review

    found = review(load_preferences(preferences or PREFERENCES), load_examples(examples or EXAMPLES), CHECKERS)
    print(*found.lines, sep="\n")
    for flaw in found.flaws:
        print(f"pum: {flaw}", file=sys.stderr)
    return 1 if found.flaws else 0


def agreement(*, output: Path = RESULTS / "tables" / "checker_agreement.csv") -> None:
    """How often do the checkers agree with a reader of real replies?

    Args:
        output: the table
    """
    from pum.analysis.simulation_fidelity import checker_table
    from pum.bench.tasks.collection import read_tasks
    from pum.core.files import read_jsonl

    replies = read_jsonl(DATA / "labelled" / "replies.jsonl", ["id", "task_id", "text"])
    fields = ["reply", "style", "applies", "first", "second", "before", "split"]
    readings = read_jsonl(DATA / "labelled" / "readings.jsonl", fields)
    tasks = {task.task_id: task for task in read_tasks(DATA / "tasks.jsonl")}
    table = checker_table(readings, {reply["id"]: reply for reply in replies}, tasks)
    table.to_csv(output, index=False, lineterminator="\n")
    print(table[table["style"].str.startswith("all")].to_string(index=False))


def judge(*, n: Count = 40, output: Path | None = None, at: ServerOptions = DEFAULT_SERVERS) -> None:
    """Which right and wrong answers does the served judge tell apart?

    Args:
        n: tasks whose answers are judged
        output: a file to write instead of printing
    """
    import asyncio
    import json

    from pum.assistant.components import build_role
    from pum.bench.accuracy_judge import AccuracyJudge, trust
    from pum.bench.tasks.collection import read_tasks
    from pum.core.rng import key

    server = at.server("judge")
    served = AccuracyJudge(build_role("judge", server))
    tasks = sorted(read_tasks(DATA / "tasks.jsonl"), key=lambda task: key("judge", task.task_id))
    tasks = [task for task in tasks if "wrong_answer" in task.entry][:n]
    found = {"model": server.model, "tasks": len(tasks), **asyncio.run(trust(served, tasks))}
    text = json.dumps(found, indent=1)
    if output:
        output.write_text(text + "\n", encoding="utf-8")
    else:
        print(text)


def throughput(
    *,
    study: Study = "paper",
    n_profiles: Count = 20,
    live: bool = False,
    rounds: Count = 3,
    at: ServerOptions = DEFAULT_SERVERS,
) -> None:
    """How fast are sessions played?

    Args:
        n_profiles: users of the smaller measurements
        live: of a layout's served agent, instead of the offline grid
        rounds: with --live: of its four ways, one after another
    """
    from pum.config.params import load_params
    from pum.experiments.throughput.measure import bench_live, bench_offline

    if live:
        bench_live(at.server("agent"), rounds, print)
    else:
        bench_offline(load_params(), study, n_profiles, print)


def extraction(*files: Path, extractor: Reader = "detector") -> None:
    """How well are labelled messages read? Prints the scores of each file, of style alone and of content.

    Args:
        files: JSON lines with `text` and `preferences`
        extractor: who reads them
    """
    import json

    from pum.analysis.extraction import labelled, report
    from pum.assistant.components import local_extractor
    from pum.config.params import load_params
    from pum.retrieval.embed import load_embedder

    params = load_params()
    assistant = params.assistant.model_copy(update={"extractor": extractor, "kinds": ("style", "content")})
    reader = local_extractor(params.model_copy(update={"assistant": assistant}), load_embedder(params.embedder))
    found = {str(file): {kind: report(reader, labelled(file), kind) for kind in ("style", "content")} for file in files}
    print(json.dumps(found, indent=1))
