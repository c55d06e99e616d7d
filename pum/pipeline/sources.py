"""What DVC stages depend on in place of files that change too often, or too seldom.

Running a notebook in Jupyter rewrites its outputs: a stage that depended on the .ipynb file would be out of date
although nothing that matters has changed. A method may inherit from another one, and refer to a set of
hyperparameters: a stage that depended on its own section of params.yaml would not notice changes there.
"""

import json
from pathlib import Path

from pum.config.params import load_params
from pum.core.errors import InputError
from pum.pipeline.notebook import read_notebook
from pum.results.files import write_json


def source_of(notebook: Path) -> str:
    """A notebook's source as JSON text: a list of {"tags", "text", "type"}, one entry per cell."""
    cells = [
        {"type": cell.cell_type, "tags": cell.metadata.get("tags", []), "text": cell.source}
        for cell in read_notebook(notebook).cells
    ]
    return json.dumps(cells, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def write_sources(notebooks: Path, destination: Path) -> None:
    """Write `<destination>/<name>.json`, without outputs, for every notebook directly in the folder `notebooks`."""
    found = sorted(path for path in notebooks.glob("*.ipynb") if not path.name.endswith(".running.ipynb"))
    if not found:
        raise InputError(f"{notebooks}: no notebooks there")
    destination.mkdir(parents=True, exist_ok=True)
    for notebook in found:
        (destination / f"{notebook.stem}.json").write_text(source_of(notebook), encoding="utf-8")


def write_settings(destination: Path) -> None:
    """Write `<destination>/<method>.json`, the complete settings, for every section of `methods`."""
    for name, settings in load_params().methods.items():
        write_json(destination / f"{name}.json", settings)
