"""`pum serve | doctor`, and the servers that other commands ask for: a layout of params.yaml, and a role in it."""

import argparse
from pathlib import Path
from typing import get_args

from pum.config.servers import Layout, Role, ServerParams
from pum.core.errors import InputError
from pum.core.paths import ROOT


def add_server_commands(commands: "argparse._SubParsersAction") -> None:
    """Add them to the command line."""
    add = commands.add_parser("serve", help="start the vLLM servers of a role")
    add.set_defaults(command=_serve)
    add.add_argument("--role", required=True, choices=get_args(Role))
    add_layout(add)

    add = commands.add_parser("doctor", help="are the servers there, and would their models fit?")
    add.set_defaults(command=_doctor)
    add_layout(add)
    add.add_argument("--gpus", type=_gpus, metavar="4x80", help="reckon with these instead of the ones that are here")


def add_layout(parser: argparse.ArgumentParser) -> None:
    """The arguments that `server_of` reads."""
    parser.add_argument("--servers", default="small", metavar="LAYOUT", help="section of `servers` in params.yaml")
    parser.add_argument("--params", type=Path, help="another params.yaml")


def server_of(args: argparse.Namespace, role: Role) -> ServerParams:
    """Where a role is served; InputError for a layout or a role that params.yaml does not have."""
    layout = _layout(args)
    if role not in layout:
        raise InputError(f"servers.{args.servers} has no role {role}: there are {', '.join(layout)}")
    return layout[role]


def _layout(args: argparse.Namespace) -> Layout:
    from pum.config.params import load_params

    return load_params(args.params or ROOT / "params.yaml").layout(args.servers)


def _serve(args: argparse.Namespace) -> None:
    from pum.serving.vllm import serve

    serve(args.role, server_of(args, args.role), args.servers)


def _doctor(args: argparse.Namespace) -> int:
    from pum.serving.doctor import examine, gpus_here

    findings = examine(_layout(args), gpus_here() if args.gpus is None else args.gpus)
    for finding in findings:
        print(f"{'ok    ' if finding.ok else 'CHANGE'} {finding.text}")
    return 0 if all(finding.ok for finding in findings) else 1


def _gpus(text: str) -> dict:
    from pum.serving.doctor import imagined

    try:
        return imagined(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of GPUs and their gigabytes, such as 4x80") from None
