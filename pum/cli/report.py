"""`pum report | show`: pages made from results."""

import argparse
from pathlib import Path

from pum.cli.arguments import seed
from pum.core.paths import DATA, RESULTS, ROOT


def add_report_commands(commands: "argparse._SubParsersAction") -> None:
    """Add them to the command line."""
    add = commands.add_parser("report", help="the paper as one page, and its tables for LaTeX, from the results")
    add.set_defaults(command=_report)
    add.add_argument("--output", type=Path, default=RESULTS / "report.html")
    add.add_argument("--readme", action="store_true", help="fill in the README's numbers too, from data/readme.md")

    add = commands.add_parser("show", help="one session of a run as a page, turn by turn")
    add.set_defaults(command=_show)
    add.add_argument("profile", help="user id, e.g. user_000")
    add.add_argument("session", type=int, help="its number, from 0")
    add.add_argument("--run", type=Path, default=RESULTS / "paper" / "rag_vector", help="a run's folder of results")
    add.add_argument("--seed", type=seed, default=0)
    add.add_argument("--output", type=Path, help="default: PROFILE-SESSION.html")


def _report(args: argparse.Namespace) -> None:
    from pum.report.contents import load_contents, with_numbers
    from pum.report.page import write_report

    write_report(load_contents(DATA / "report.yaml"), ROOT, args.output)
    if args.readme:
        readme, template = ROOT / "README.md", (DATA / "readme.md").read_text(encoding="utf-8")
        text = with_numbers(readme.read_text(encoding="utf-8"), template, RESULTS / "metrics")
        readme.write_text(text, encoding="utf-8", newline="\n")
    print(args.output)


def _show(args: argparse.Namespace) -> None:
    from pum.report.page import session_page

    output = args.output or Path(f"{args.profile}-{args.session}.html")
    output.write_text(session_page(args.run, args.profile, args.session, args.seed), encoding="utf-8")
    print(output)
