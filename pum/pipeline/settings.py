"""What each method's section of params.yaml says once it is complete, as files that DVC stages depend on.

A method may be like another one, and name a set of hyperparameters. A stage that depended on its section alone would
not notice that one of these has changed; one that depends on its file here does, and notices nothing else.
"""

from pathlib import Path

from pum.config.params import load_params
from pum.results.files import write_json


def write_settings(destination: Path) -> None:
    """Write `<destination>/<method>.json` for every section of `methods`."""
    destination.mkdir(parents=True, exist_ok=True)
    for name, settings in load_params().methods.items():
        write_json(destination / f"{name}.json", settings)
