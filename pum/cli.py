"""The command line, one function a command: `pum --help` lists them. Bad input is one line and exit code 2."""

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn, get_args

from pum.cluster.cli import add_cluster_commands
from pum.errors import IncompleteRun, InputError
from pum.llm.base import ChatError
from pum.notebook import NotebookError
from pum.paths import DATA, FIGURES, RESULTS, ROOT
from pum.servers import Layout, Role, ServerParams


def main(argv: Sequence[str] | None = None) -> int:
    logging.basicConfig(level=logging.WARNING, format="pum: %(message)s")
    parser = _parser()
    try:
        args = parser.parse_args(argv)
        return args.command(args) or 0
    except InputError as error:
        print(f"pum: {error}", file=sys.stderr)
        return 2
    except (ChatError, NotebookError, IncompleteRun, OSError) as error:
        print(f"pum: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("pum: interrupted; the same command goes on from the last finished session", file=sys.stderr)
        return 130


class _Parser(argparse.ArgumentParser):
    """Errors as one line, instead of the usage followed by one."""

    def error(self, message: str) -> NoReturn:
        raise InputError(f"{message} (see `{self.prog} --help`)")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="pum", description="Personalization User Model")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_run(commands.add_parser("run", help="play sessions with one or more methods"))
    _add_profiles(commands.add_parser("profiles", help="generate simulated users"))
    _add_bench(commands.add_parser("bench", help="look the benchmark's files over"))
    _add_chat(commands.add_parser("chat", help="talk to an assistant that learns your preferences"))
    _add_cards(commands.add_parser("cards", help="what a user is remembered to prefer; disable or edit one card"))
    _add_export(commands.add_parser("export", help="all that is kept of a user, as JSON"))
    _add_forget(commands.add_parser("forget", help="remove all that is kept of a user"))
    _add_report(commands.add_parser("report", help="the paper as one page, and its tables for LaTeX, from the results"))
    _add_show(commands.add_parser("show", help="one session of a run as a page, turn by turn"))
    _add_models(commands.add_parser("models", help="fetch model weights"))
    _add_serve(commands.add_parser("serve", help="start the vLLM servers of a role"))
    _add_doctor(commands.add_parser("doctor", help="are the servers there, and would their models fit?"))
    add_cluster_commands(commands)
    _add_stage(commands.add_parser("stage", help="what dvc.yaml calls: one stage of the pipeline"))
    return parser


def _count(text: str) -> int:
    value = int(text) if text.lstrip("-").isdigit() else 0
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a positive number")
    return value


def _seed(text: str) -> int:
    if not text.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is not a seed: use 0, 1, 2, ...")
    return int(text)


def _add_run(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(command=_run)
    add = parser.add_argument
    add("--study", default="smoke", help="section of params.yaml whose values the options below replace")
    add("--methods", nargs="+", required=True, metavar="METHOD")
    add("--datasets", nargs="+", metavar="DATASET")
    add("--n-profiles", type=_count)
    add("--n-sessions", type=_count, help="sessions per profile")
    add("--max-turns", type=_count)
    add("--parallel-profiles", type=_count, help="profiles in flight at once in a process")
    add("--workers", type=_count, help="processes; the results do not depend on it")
    add("--reward-mode", choices=("keyword", "llm"), help="rules, or the served role judge")
    add("--contradictions", choices=("rules", "llm"), help="where words do not tell: nobody, or the served role judge")
    add("--extractor", choices=("rules", "llm", "finetuned"), help="rules, or the served role extractor")
    add("--user", choices=("verifiable", "llm", "openai"), help="rules, or the served role user or openai")
    add("--servers", metavar="LAYOUT", help="section of `servers` in params.yaml that says where roles are served")
    add("--schedule", choices=("continuous", "turn_synchronous"), help="how profiles that wait for a server take turns")
    add("--profile-path", type=Path, help="JSONL of profiles (default: the generated ones)")
    add("--output-dir", type=Path, required=True, help="results go to OUTPUT_DIR/METHOD/")
    add("--seed", type=_seed, nargs="+", help="seeds of luck; each is a repetition")
    add("--continue-from", type=Path, help="output directory of a shorter run of the same configuration")
    add("--params", type=Path, help="another params.yaml")


def _run(args: argparse.Namespace) -> None:
    from pum.runner.command import run_methods

    run_methods(args)


def _add_profiles(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(command=_profiles)
    parser.add_argument("--n", type=_count, default=200)
    parser.add_argument("--seed", type=_seed, help="default: that of params.yaml")
    parser.add_argument("--output", type=Path, required=True)


def _profiles(args: argparse.Namespace) -> None:
    from pum.bench.catalogue import load_preferences
    from pum.bench.profiles import generate_profiles, write_profiles
    from pum.params import load_params

    params = load_params()
    profiles = generate_profiles(
        args.n,
        params.seed if args.seed is None else args.seed,
        load_preferences(),
        size=params.world.preferences_per_profile,
        importance_spread=params.world.importance_spread,
    )
    try:
        write_profiles(args.output, profiles)
    except OSError as error:
        raise InputError(f"{args.output}: cannot write there ({error.strerror})") from None
    print(f"{len(profiles)} profiles in {args.output}")


def _add_bench(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(command=_bench)
    parser.add_argument(
        "action",
        choices=("check", "throughput", "judge"),
        help="check: does every preference have wordings, checker, examples? throughput: how fast are sessions played? "
        "judge: which right and wrong answers does the served judge tell apart?",
    )
    parser.add_argument("--n", type=_count, default=40, help="judge: tasks to judge answers of")
    parser.add_argument(
        "--live", action="store_true", help="throughput: of the served agent of a layout, instead of the offline grid"
    )
    parser.add_argument(
        "--rounds", type=_count, default=3, help="throughput --live: of its four ways, one after another"
    )
    _add_layout(parser)
    parser.add_argument("--preferences", type=Path, help="check: another catalogue")
    parser.add_argument("--examples", type=Path, help="check: another file of hand-written replies")
    parser.add_argument("--study", default="paper", help="throughput: whose grid is played")
    parser.add_argument("--n-profiles", type=_count, default=20, help="throughput: users of the smaller measurements")


def _bench(args: argparse.Namespace) -> int:
    if args.action == "throughput":
        return _live_throughput(args) if args.live else _throughput(args)
    if args.action == "judge":
        return _judge(args)
    from pum.bench import catalogue, review
    from pum.bench.checkers.registry import styles

    preferences = catalogue.load_preferences(args.preferences or catalogue.PREFERENCES)
    examples = review.load_examples(args.examples or review.EXAMPLES)
    found = review.review(preferences, examples, styles())
    print(*found.lines, sep="\n")
    for flaw in found.flaws:
        print(f"pum: {flaw}", file=sys.stderr)
    return 1 if found.flaws else 0


def _throughput(args: argparse.Namespace) -> int:
    from pum.params import load_params
    from pum.paths import RESULTS
    from pum.throughput.command import measure, merge_into

    measured = measure(load_params(), args.study, args.n_profiles, print)
    merge_into(RESULTS / "metrics" / "throughput.json", "offline", measured)
    print(f"{measured['sessions_per_hour']:,} sessions/h, growth exponent {measured['growth_exponent']}")
    return 0


def _live_throughput(args: argparse.Namespace) -> int:
    from pum.analysis.figures import save, use_style
    from pum.analysis.live_throughput import live_figure
    from pum.bench.tasks.collection import read_tasks
    from pum.throughput.command import merge_into
    from pum.throughput.live import load_for, measure

    server = _server(args, "agent")
    measured = measure(server, read_tasks(DATA / "tasks.jsonl"), load_for(server), print, args.rounds)
    merge_into(RESULTS / "metrics" / "throughput.json", "live", measured)
    use_style()
    save(live_figure(measured), FIGURES, "throughput_live")
    return 0


def _judge(args: argparse.Namespace) -> int:
    import asyncio
    import json

    from pum.bench.accuracy_judge import AccuracyJudge, trust
    from pum.bench.tasks.collection import read_tasks
    from pum.llm.build import build_role
    from pum.rng import key

    judge = AccuracyJudge(build_role("judge", _server(args, "judge")))
    tasks = sorted(read_tasks(DATA / "tasks.jsonl"), key=lambda task: key("judge", task.task_id))
    tasks = [task for task in tasks if "wrong_answer" in task.entry][: args.n]
    print(json.dumps(asyncio.run(trust(judge, tasks)), indent=1))
    return 0


def _add_report(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(command=_report)
    parser.add_argument("--output", type=Path, default=RESULTS / "report.html")
    parser.add_argument("--readme", action="store_true", help="fill in the README's numbers too, from data/readme.md")


def _report(args: argparse.Namespace) -> None:
    from pum.report.contents import load_contents
    from pum.report.page import write_report

    write_report(load_contents(DATA / "report.yaml"), ROOT, args.output)
    if args.readme:
        from pum.report.readme import with_numbers

        readme, template = ROOT / "README.md", (DATA / "readme.md").read_text(encoding="utf-8")
        text = with_numbers(readme.read_text(encoding="utf-8"), template, RESULTS / "metrics")
        readme.write_text(text, encoding="utf-8", newline="\n")
    print(args.output)


def _add_show(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(command=_show)
    parser.add_argument("profile", help="user id, e.g. user_000")
    parser.add_argument("session", type=int, help="its number, from 0")
    parser.add_argument("--run", type=Path, default=RESULTS / "paper" / "rag_vector", help="a run's folder of results")
    parser.add_argument("--seed", type=_seed, default=0)
    parser.add_argument("--output", type=Path, help="default: PROFILE-SESSION.html")


def _show(args: argparse.Namespace) -> None:
    from pum.report.session import session_page

    output = args.output or Path(f"{args.profile}-{args.session}.html")
    output.write_text(session_page(args.run, args.profile, args.session, args.seed), encoding="utf-8")
    print(output)


def _add_chat(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(command=_chat)
    parser.add_argument("--user", default="me", help="user id")
    parser.add_argument("--method", default="rag_vector")
    parser.add_argument("--study", default="quicktest", help="section of params.yaml that names the chat model")
    _add_memory(parser)


def _add_memory(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--memory", type=Path, default=Path("memory"), help="folder that holds one file per user")


def _chat(args: argparse.Namespace) -> None:
    from pum.chat import converse
    from pum.params import load_params

    converse(load_params(), args.study, args.method, args.user, args.memory)


def _add_cards(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(command=_cards)
    parser.add_argument("user", metavar="USER")
    _add_memory(parser)
    change = parser.add_mutually_exclusive_group()
    change.add_argument("--disable", metavar="CARD", help="never use this card again")
    change.add_argument("--edit", nargs=2, metavar=("CARD", "TEXT"), help="put this text into the card's place")


def _cards(args: argparse.Namespace) -> None:
    from pum.memory.editing import disabled, edited
    from pum.memory.store import FileStore
    from pum.rights import cards_of, change_card
    from pum.safe_text import clean_message

    store = FileStore(args.memory)
    if args.disable:
        change_card(args.user, args.disable, disabled, store)
    elif args.edit:
        change_card(args.user, args.edit[0], lambda card, _: edited(card, clean_message(args.edit[1])), store)
    for card in cards_of(args.user, store):
        used = f"used {card.uses} times, {card.successes} with success" if card.active else "not used any more"
        print(f"{card.card_id}  {card.note}  ({used})")


def _add_export(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(command=_export)
    parser.add_argument("user", metavar="USER")
    _add_memory(parser)


def _export(args: argparse.Namespace) -> None:
    import json

    from pum.rights import Places, export

    print(json.dumps(export(args.user, Places(args.memory)), sort_keys=True, indent=1))


def _add_forget(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(command=_forget)
    parser.add_argument("user", metavar="USER")
    _add_memory(parser)


def _forget(args: argparse.Namespace) -> None:
    from pum.rights import Places, forget

    for gone in forget(args.user, Places(args.memory)):
        print(f"gone: {gone}")
    print(f"nothing of {args.user} is kept any more")


def _add_models(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(command=_models)
    parser.add_argument("action", choices=("get",))
    parser.add_argument("names", nargs="+", metavar="NAME")


def _models(args: argparse.Namespace) -> None:
    from pum.llm.weights import fetch

    for name in args.names:
        print(f"{name}: {fetch(name)}")


def _add_serve(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(command=_serve)
    parser.add_argument("--role", required=True, choices=get_args(Role))
    _add_layout(parser)


def _add_layout(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--servers", default="small", metavar="LAYOUT", help="section of `servers` in params.yaml")
    parser.add_argument("--params", type=Path, help="another params.yaml")


def _serve(args: argparse.Namespace) -> None:
    from pum.serve import serve

    serve(args.role, _server(args, args.role), args.servers)


def _layout(args: argparse.Namespace) -> Layout:
    from pum.params import load_params

    servers = load_params(args.params or ROOT / "params.yaml").servers
    if args.servers not in servers:
        raise InputError(f"unknown servers {args.servers!r}: params.yaml has {', '.join(servers)}")
    return servers[args.servers]


def _server(args: argparse.Namespace, role: Role) -> ServerParams:
    layout = _layout(args)
    if role not in layout:
        raise InputError(f"servers.{args.servers} has no role {role}: there are {', '.join(layout)}")
    return layout[role]


def _add_doctor(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(command=_doctor)
    _add_layout(parser)
    parser.add_argument(
        "--gpus", type=_gpus, metavar="4x80", help="reckon with these instead of the ones that are here"
    )


def _gpus(text: str) -> dict:
    from pum.doctor import imagined

    try:
        return imagined(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of GPUs and their gigabytes, such as 4x80") from None


def _doctor(args: argparse.Namespace) -> int:
    from pum.doctor import examine, gpus_here

    findings = examine(_layout(args), gpus_here() if args.gpus is None else args.gpus)
    for finding in findings:
        print(f"{'ok    ' if finding.ok else 'CHANGE'} {finding.text}")
    return 0 if all(finding.ok for finding in findings) else 1


def _add_stage(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(command=_stage)
    parser.add_argument("name", help="a stage of dvc.yaml, or calibrate, contradictions, or play STUDY")
    parser.add_argument("study", nargs="?")
    parser.add_argument("method", nargs="?")


def _stage(args: argparse.Namespace) -> None:
    from pum.stages import run_stage

    run_stage(args.name, args.study, args.method)


if __name__ == "__main__":
    sys.exit(main())
