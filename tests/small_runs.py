"""Small studies for tests: real in everything but the sentence encoder, whose weights no fast test should need."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from pum.bench.catalogue import load_preferences
from pum.config.params import Params, check_params, load_params
from pum.config.servers import ModelParams
from pum.retrieval.embed import load_embedder
from pum.runner.config import DataFiles
from pum.user_model.item_space import fit_item_space, save_item_space

EMBEDDER = "hashing"
_scratch = TemporaryDirectory(prefix="pum-small-")


def small_params(study: str = "smoke", workers: int = 1, **changes: object) -> Params:
    """params.yaml with the embedder of small runs and `changes` to the study."""
    data = load_params().model_dump(mode="json")
    data["embedder"] = EMBEDDER
    data["assistant"]["extractor"] = "rules"
    data["site"]["executor"]["workers"] = workers
    data["studies"][study].update(changes)
    return check_params(data)


def add_servers(data: dict, name: str, layout: Mapping[str, Mapping[str, object]]) -> None:
    """Put a layout into plain parameters: of each role, the model, and the place where it is served."""
    models = {
        role: {key: server[key] for key in server if key in ModelParams.model_fields} for role, server in layout.items()
    }
    data["servers"][name] = models
    data["site"]["servers"][name] = {
        role: {key: server[key] for key in server if key not in models[role]} for role, server in layout.items()
    }


@cache
def small_files() -> DataFiles:
    """The project's data, with an item space fitted on the embedder of small runs."""
    path = Path(_scratch.name) / "item_space.npz"
    notes = [preference.note for preference in load_preferences()]
    space = load_params().item_space
    save_item_space(fit_item_space(notes, load_embedder(EMBEDDER), space.rank, space.unit_norm), path)
    return DataFiles(item_space=path)
