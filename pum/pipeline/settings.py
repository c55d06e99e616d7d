"""Each method's complete settings, as files that DVC stages depend on.

A method may inherit from another one, and refer to a set of hyperparameters. A stage that depended on its own section
of params.yaml would not notice changes there; a stage that depends on its file here notices exactly these.
"""

from pathlib import Path

from pum.config.params import load_params
from pum.results.files import write_json


def write_settings(destination: Path) -> None:
    """Write `<destination>/<method>.json` for every section of `methods`."""
    destination.mkdir(parents=True, exist_ok=True)
    for name, settings in load_params().methods.items():
        write_json(destination / f"{name}.json", settings)
