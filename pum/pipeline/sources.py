"""The notebooks' sources without outputs, as files that DVC stages depend on.

Running a notebook in Jupyter rewrites its outputs. A stage that depended on the .ipynb file would then be out of date
although nothing that matters has changed.
"""

import json
from pathlib import Path

from pum.core.errors import InputError
from pum.pipeline.notebook import read_notebook


def source_of(notebook: Path) -> str:
    """A notebook's source as JSON text: a list of {"tags", "text", "type"}, one entry per cell."""
    cells = [
        {"type": cell.cell_type, "tags": cell.metadata.get("tags", []), "text": cell.source}
        for cell in read_notebook(notebook).cells
    ]
    return json.dumps(cells, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def write_sources(notebooks: Path, destination: Path) -> None:
    """Write `<destination>/<name>.json` for every notebook directly in the folder `notebooks`."""
    found = sorted(path for path in notebooks.glob("*.ipynb") if not path.name.endswith(".running.ipynb"))
    if not found:
        raise InputError(f"{notebooks}: no notebooks there")
    destination.mkdir(parents=True, exist_ok=True)
    for notebook in found:
        (destination / f"{notebook.stem}.json").write_text(source_of(notebook), encoding="utf-8")
