"""The command line: `pum --help` lists its commands, most of which stand beside their rooms (`*_cli.py`).

Bad input is one line and exit code 2; what goes wrong later is one line and exit code 1.
"""

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from pum.cli.arguments import count, seed
from pum.cli.bench import add_bench_commands
from pum.cli.cluster import add_cluster_commands
from pum.cli.memory import add_personal_commands
from pum.cli.report import add_report_commands
from pum.cli.servers import add_server_commands
from pum.core.errors import IncompleteRun, InputError
from pum.llm.chat_model import ChatError
from pum.pipeline.notebook import NotebookError


def main(argv: Sequence[str] | None = None) -> int:
    logging.basicConfig(level=logging.WARNING, format="pum: %(message)s")
    parser = build_parser()
    try:
        args = parser.parse_args(argv)
        return args.command(args) or 0
    except InputError as error:
        print(f"pum: {error}", file=sys.stderr)
        return 2
    except (ChatError, NotebookError, IncompleteRun, OSError) as error:
        print(f"pum: {error}", file=sys.stderr)
        return 1
    except MemoryError:
        print("pum: out of memory; a run goes on from its last finished session: try fewer --workers", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("pum: interrupted; the same command goes on from the last finished session", file=sys.stderr)
        return 130


class _Parser(argparse.ArgumentParser):
    """Errors as one line, instead of the usage followed by one. Options are spelled out: the beginning of one may be
    the whole of another command's."""

    def __init__(self, **options: object) -> None:
        super().__init__(allow_abbrev=False, **options)

    def error(self, message: str) -> NoReturn:
        raise InputError(f"{message} (see `{self.prog} --help`)")


def build_parser() -> argparse.ArgumentParser:
    """All commands; each has a function `command` of its arguments, which may return an exit code."""
    parser = _Parser(prog="pum", description="Personalization User Model")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_run(commands.add_parser("run", help="play sessions with one or more methods"))
    _add_profiles(commands.add_parser("profiles", help="generate simulated users"))
    add_bench_commands(commands)
    add_personal_commands(commands)
    add_report_commands(commands)
    add_server_commands(commands)
    _add_models(commands.add_parser("models", help="fetch model weights"))
    add_cluster_commands(commands)
    _add_stage(commands.add_parser("stage", help="what dvc.yaml calls: one stage of the pipeline"))
    return parser


def _add_run(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(command=_run)
    add = parser.add_argument
    add("--study", default="smoke", help="section of params.yaml whose values the options below replace")
    add("--methods", nargs="+", required=True, metavar="METHOD")
    add("--datasets", nargs="+", metavar="DATASET")
    add("--n-profiles", type=count)
    add("--n-sessions", type=count, help="sessions per profile")
    add("--max-turns", type=count)
    add("--parallel-profiles", type=count, help="profiles in flight at once in a process")
    add("--workers", type=count, help="processes; the results do not depend on it")
    add("--reward-mode", choices=("keyword", "trained", "llm"), help="rules, alone or with a reader, or the role judge")
    add("--contradictions", choices=("rules", "llm"), help="where words do not tell: nobody, or the served role judge")
    add("--extractor", choices=("trained", "rules", "llm", "finetuned"), help="on this machine, or the served role")
    add("--user", metavar="SIMULATOR", help="verifiable (rules), or llm or openai (the served role user or openai)")
    add("--servers", metavar="LAYOUT", help="section of `servers` in params.yaml that says where roles are served")
    add("--schedule", choices=("continuous", "turn_synchronous"), help="how profiles that wait for a server take turns")
    add("--profile-path", type=Path, help="JSONL of profiles (default: the generated ones)")
    add("--output-dir", type=Path, required=True, help="results go to OUTPUT_DIR/METHOD/")
    add("--seed", type=seed, nargs="+", help="seeds of luck; each is a repetition")
    add("--continue-from", type=Path, help="output directory of a shorter run of the same configuration")
    add("--params", type=Path, help="another params.yaml")


def _run(args: argparse.Namespace) -> None:
    from pum.cli.run import run_methods

    run_methods(args)


def _add_profiles(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(command=_profiles)
    parser.add_argument("--n", type=count, default=200)
    parser.add_argument("--seed", type=seed, help="default: that of params.yaml")
    parser.add_argument("--output", type=Path, required=True)


def _profiles(args: argparse.Namespace) -> None:
    from pum.bench.catalogue import load_preferences
    from pum.bench.profiles import generate_profiles, write_profiles
    from pum.config.params import load_params

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


def _add_models(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(command=_models)
    parser.add_argument("action", choices=("get",))
    parser.add_argument("names", nargs="+", metavar="NAME")


def _models(args: argparse.Namespace) -> None:
    from pum.llm.weights import fetch

    for name in args.names:
        print(f"{name}: {fetch(name)}")


def _add_stage(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(command=_stage)
    parser.add_argument("name", help="a stage of dvc.yaml, or calibrate, contradictions, or play STUDY")
    parser.add_argument("study", nargs="?")
    parser.add_argument("method", nargs="?")


def _stage(args: argparse.Namespace) -> None:
    from pum.pipeline.stages import run_stage

    run_stage(args.name, args.study, args.method)


if __name__ == "__main__":
    sys.exit(main())
