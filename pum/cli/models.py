"""`pum models get | serve | doctor`: weights of models, and their servers."""

from pum.cli.options import DEFAULT_SERVERS, ServerOptions
from pum.cli.terminal import say


def get(names: list[str], /) -> None:
    """Fetch the weights of models, and say where they are; `pum list models` shows their names."""
    from pum.llm.weights import fetch

    for name in names:
        print(f"{name}: {fetch(name)}")


def serve(*, role: str, at: ServerOptions = DEFAULT_SERVERS) -> None:
    """Start the vLLM servers of a role, until interrupted.

    Args:
        role: whose servers, such as agent, user or judge
    """
    from pum.serving.vllm import serve as start

    start(role, at.server(role), at.servers)


def doctor(*, gpus: str | None = None, at: ServerOptions = DEFAULT_SERVERS) -> int:
    """Are the servers there, and would their models fit?

    Args:
        gpus: reckon with these instead of the ones that are here: their number and gigabytes, such as 4x80
    """
    from pum.serving.doctor import examine, gpus_here, imagined

    findings = examine(at.layout(), gpus_here() if gpus is None else imagined(gpus))
    for finding in findings:
        say(f"{'ok    ' if finding.ok else 'CHANGE'} {finding.text}")
    return 0 if all(finding.ok for finding in findings) else 1
