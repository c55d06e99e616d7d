import json

import nbformat
import pytest

from pum.core.errors import InputError
from pum.pipeline.sources import write_sources


def write(path, text, outputs=()):
    cell = nbformat.v4.new_code_cell(text, metadata={"tags": ["parameters"]}, outputs=list(outputs))
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# Zoë"), cell]), path)


def test_sources_change_with_the_source_and_not_with_the_outputs(tmp_path):
    notebooks, destination = tmp_path / "notebooks", tmp_path / "results" / "src"
    notebooks.mkdir()
    write(notebooks / "01_setup.ipynb", "size = 1")
    write_sources(notebooks, destination)
    before = (destination / "01_setup.json").read_bytes()
    assert json.loads(before) == [
        {"type": "markdown", "tags": [], "text": "# Zoë"},
        {"type": "code", "tags": ["parameters"], "text": "size = 1"},
    ]

    write(notebooks / "01_setup.ipynb", "size = 1", [nbformat.v4.new_output("stream", text="run")])
    write(notebooks / "01_setup.running.ipynb", "half run")
    write_sources(notebooks, destination)
    assert (destination / "01_setup.json").read_bytes() == before
    assert [path.name for path in destination.iterdir()] == ["01_setup.json"]

    write(notebooks / "01_setup.ipynb", "size = 2")
    write_sources(notebooks, destination)
    assert (destination / "01_setup.json").read_bytes() != before


def test_a_folder_without_notebooks_is_refused(tmp_path):
    with pytest.raises(InputError, match="no notebooks"):
        write_sources(tmp_path, tmp_path / "out")
