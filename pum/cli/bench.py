"""`pum bench check | throughput | judge`: is the benchmark complete, how fast is it, can its judge judge?"""

import argparse
import sys
from pathlib import Path

from pum.cli.arguments import count
from pum.cli.servers import add_layout, server_of
from pum.core.paths import DATA


def add_bench_commands(commands: "argparse._SubParsersAction") -> None:
    """Add them to the command line."""
    bench = commands.add_parser("bench", help="look the benchmark's files over; measure its speed; try its judge")
    actions = bench.add_subparsers(required=True, metavar="ACTION")

    add = actions.add_parser("check", help="does every preference have wordings, checker, examples?")
    add.set_defaults(command=_check)
    add.add_argument("--preferences", type=Path, help="another catalogue")
    add.add_argument("--examples", type=Path, help="another file of hand-written replies")

    add = actions.add_parser("throughput", help="how fast are sessions played?")
    add.set_defaults(command=_throughput)
    add.add_argument("--study", default="paper", help="whose grid is played")
    add.add_argument("--n-profiles", type=count, default=20, help="users of the smaller measurements")
    add.add_argument("--live", action="store_true", help="of a layout's served agent, instead of the offline grid")
    add.add_argument("--rounds", type=count, default=3, help="with --live: of its four ways, one after another")
    add_layout(add)

    add = actions.add_parser("judge", help="which right and wrong answers does the served judge tell apart?")
    add.set_defaults(command=_judge)
    add.add_argument("--n", type=count, default=40, help="tasks to judge answers of")
    add.add_argument("--output", type=Path, help="a file to write instead of printing")
    add_layout(add)


def _check(args: argparse.Namespace) -> int:
    from pum.bench import catalogue, review
    from pum.bench.checkers.checking import CHECKERS

    preferences = catalogue.load_preferences(args.preferences or catalogue.PREFERENCES)
    examples = review.load_examples(args.examples or review.EXAMPLES)
    found = review.review(preferences, examples, CHECKERS)
    print(*found.lines, sep="\n")
    for flaw in found.flaws:
        print(f"pum: {flaw}", file=sys.stderr)
    return 1 if found.flaws else 0


def _throughput(args: argparse.Namespace) -> None:
    from pum.cli.throughput import bench_live, bench_offline
    from pum.config.params import load_params

    if args.live:
        bench_live(server_of(args, "agent"), args.rounds, print)
    else:
        bench_offline(load_params(), args.study, args.n_profiles, print)


def _judge(args: argparse.Namespace) -> None:
    import asyncio
    import json

    from pum.assistant.models import build_role
    from pum.bench.accuracy_judge import AccuracyJudge, trust
    from pum.bench.tasks.collection import read_tasks
    from pum.core.rng import key

    server = server_of(args, "judge")
    judge = AccuracyJudge(build_role("judge", server))
    tasks = sorted(read_tasks(DATA / "tasks.jsonl"), key=lambda task: key("judge", task.task_id))
    tasks = [task for task in tasks if "wrong_answer" in task.entry][: args.n]
    found = {"model": server.model, "tasks": len(tasks), **asyncio.run(trust(judge, tasks))}
    text = json.dumps(found, indent=1)
    if args.output:
        args.output.write_text(text + "\n", encoding="utf-8")
    else:
        print(text)
