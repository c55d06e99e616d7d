"""`pum report | show | list`: pages made from results, and the names that other commands take."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from pum.cli.options import NonNegative, ProjectPath
from pum.core.paths import DATA, RESULTS, ROOT


def report(*, output: ProjectPath = RESULTS / "report.html", readme: bool = False) -> None:
    """Write the paper as one page, and its tables for LaTeX, from the results.

    Args:
        readme: fill in the README's numbers too, from data/readme.md
    """
    from pum.report.contents import load_contents
    from pum.report.page import write_report

    write_report(load_contents(DATA / "report.yaml"), ROOT, output)
    if readme:
        from pum.report.contents import with_numbers

        path, template = ROOT / "README.md", (DATA / "readme.md").read_text(encoding="utf-8")
        text = with_numbers(path.read_text(encoding="utf-8"), template, RESULTS / "metrics")
        path.write_text(text, encoding="utf-8", newline="\n")
    print(output)


def show(
    profile: str,
    session: NonNegative,
    /,
    *,
    run: ProjectPath = RESULTS / "paper" / "rag_vector",
    seed: NonNegative = 0,
    output: Path | None = None,
) -> None:
    """Write one session of a run as a page, turn by turn.

    Args:
        profile: user id, such as user_000
        session: its number, from 0
        run: a run's folder of results
        seed: of the run's seeds, the one to show
        output: the page (default: PROFILE-SESSION.html)
    """
    from pum.report.page import session_page

    page = output or Path(f"{profile}-{session}.html")
    page.write_text(session_page(run, profile, session, seed), encoding="utf-8")
    print(page)


def list_(what: Literal["methods", "studies", "models"], /) -> None:
    """List the methods, studies or models that other commands take by name."""
    lines = dict({"methods": _methods, "studies": _studies, "models": _models}[what]())
    width = max(map(len, lines))
    for name, line in lines.items():
        print(f"{name:{width}}  {line}")


def _methods() -> Iterator[tuple[str, str]]:
    """Methods with the first line of their modules, then variants with their changed settings."""
    import yaml

    from pum.config.params import load_params
    from pum.methods.method import METHODS

    params = load_params()
    for name in (*params.methods, *params.variants):
        module, settings = params.configured(name)
        default = params.methods.get(module, settings)
        changed = {key: value for key, value in settings.items() if default.get(key) != value}
        if name == module:
            documentation = sys.modules[METHODS[module].__module__].__doc__ or ""
            yield name, documentation.partition("\n")[0].removeprefix(f"`{name}`: ")
        elif changed:
            yield name, f"{module} with {yaml.safe_dump(changed, default_flow_style=True, width=1000).strip()}"
        else:
            yield name, f"the same as {module}"


def _studies() -> Iterator[tuple[str, str]]:
    from pum.config.params import load_params

    for name, study in load_params().studies.items():
        seeds = f"{len(study.seeds)} seed{'s' * (len(study.seeds) > 1)}"
        size = f"{study.n_profiles} users x {study.n_sessions} sessions x {seeds}"
        yield name, f"{size}, agent {study.agent.kind}, users {study.user}"


def _models() -> Iterator[tuple[str, str]]:
    from pum.core.paths import WORK
    from pum.llm.weights import KNOWN

    for name in KNOWN:
        yield name, "fetched" if (WORK / "models" / name).is_dir() else f"`pum models get {name}` fetches it"
