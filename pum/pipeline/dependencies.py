"""The code that the stages of dvc.yaml depend on: `python -m pum.pipeline.dependencies` writes it into their `deps`.

It follows from imports. A stage depends on what its notebooks import and what its function in pum/pipeline/stages.py
imports itself, on all that these reach, and on the texts in data/ that this names; of the methods, on those whose
sections the stage lists. A package counts as a whole, unless its modules are independent of each other: there each
method, figure or experiment counts by itself.
"""

import ast
import inspect
import re
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path

from pum.config.params import Params, load_params
from pum.core.files import read_yaml
from pum.core.imports import data_named, modules, names_imported, reachable
from pum.core.paths import NOTEBOOKS, ROOT
from pum.methods.method import METHODS
from pum.pipeline.notebook import read_notebook
from pum.pipeline.stages import FUNCTIONS

PIPELINE = ROOT / "dvc.yaml"
_BY_MODULE = ("pum.analysis", "pum.experiments", "pum.methods", "pum.pipeline")
# To the next key of the same stage.
_DEPS = re.compile(r"^(?P<indent> +)deps:.*?(?=^(?P=indent)\w)", re.DOTALL | re.MULTILINE)
_SOURCES, _SETTINGS, _KEY = "results/src/", "results/settings/", "${key}"


def code_of(stage: Mapping[str, object], params: Params) -> list[str]:
    """The paths of code that a stage depends on, sorted. In one of a `foreach`, `${key}` is a method."""
    body = stage.get("do", stage)
    if "do" not in stage:
        return sorted(_paths(body, params, None))
    keys = stage["foreach"] if isinstance(stage["foreach"], Mapping) else params.methods
    found = set()
    for key in keys:
        # The method's own file has the name of its stage.
        own = _path(METHODS[params.configured(key)[0]].__module__)
        found |= {
            path.replace(f"{key}.py", f"{_KEY}.py") if path == own else path for path in _paths(body, params, key)
        }
    return sorted(found)


def write_dependencies(pipeline: Path = PIPELINE) -> None:
    """Put the right code into the `deps` of every stage, after whatever else is there."""
    params, stages = load_params(), iter(read_yaml(pipeline)["stages"].values())

    def rewritten(deps: re.Match) -> str:
        stage = next(stages)
        code = code_of(stage, params)
        others = [path for path in stage.get("do", stage)["deps"] if not is_code(path) and path not in code]
        return _list_of(others, code, deps["indent"])

    text = pipeline.read_text(encoding="utf-8")
    pipeline.write_text(_DEPS.sub(rewritten, text), encoding="utf-8")


def is_code(path: str) -> bool:
    return Path(path).parts[0] == "pum"


def _list_of(others: list[str], code: list[str], indent: str) -> str:
    """The lines of `deps`: the code begins one of its own."""
    parts = [", ".join(f'"{path}"' if _KEY in path else path for path in paths) for paths in (others, code) if paths]
    margin = f"{indent}   "
    wrapper = textwrap.TextWrapper(119, margin, margin, break_long_words=False, break_on_hyphens=False)
    return f"{indent}deps:\n{indent}  [" + ",\n".join(map(wrapper.fill, parts)).lstrip() + "]\n"


def _paths(body: Mapping[str, object], params: Params, key: str | None) -> set[str]:
    listed = [str(path).replace(_KEY, key or "") for path in (*body["deps"], *body.get("params", ()))]
    players = {METHODS[params.configured(name)[0]].__module__ for name in _played(listed, params)}
    entries = [*_imported_by_function(body["cmd"].split()[4]), *_imported_by_notebooks(listed)]
    reached = reachable(*entries, chosen={"pum.methods": [name.rpartition(".")[2] for name in players]})
    named = {path.relative_to(ROOT).as_posix() for path in data_named(reached.values())}
    return {path for module in reached if (path := _path(module))} | named


def _played(listed: list[str], params: Params) -> Iterator[str]:
    for path in listed:
        kind, _, name = path.partition(".")
        if path.startswith(_SETTINGS):
            yield Path(path).stem
        elif kind in ("methods", "variants"):
            yield from [name] if name else getattr(params, kind)


def _imported_by_notebooks(listed: list[str]) -> Iterator[str]:
    for name in (Path(path).stem for path in listed if path.startswith(_SOURCES)):
        for cell in read_notebook(NOTEBOOKS / f"{name}.ipynb").cells:
            if cell.cell_type == "code":
                yield from names_imported(ast.parse(cell.source))


def _imported_by_function(name: str) -> Iterator[str]:
    if name in FUNCTIONS:
        yield from names_imported(ast.parse(inspect.getsource(FUNCTIONS[name])))


def _path(module: str) -> str | None:
    """What DVC watches for a module: its package, or itself; None for an `__init__` that only describes."""
    room = ".".join(module.split(".")[:2])
    if room not in _BY_MODULE:
        return room.replace(".", "/") if room != "pum" else None
    file = modules()[module]
    if file.name == "__init__.py" and len(ast.parse(file.read_text(encoding="utf-8")).body) < 2:
        return None
    return file.relative_to(ROOT).as_posix()


if __name__ == "__main__":
    write_dependencies()
