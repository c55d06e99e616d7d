"""Our memory and other libraries' side by side, under the same probes, on the same vectors."""

import json
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from pum.analysis.tables import write_csv
from pum.assistant.personalized_llm import load_resources, local_extractor
from pum.config.params import load_params
from pum.core.errors import InputError
from pum.core.paths import ROOT, WORK
from pum.experiments.memory_contract.material import load_material
from pum.experiments.memory_contract.others import row
from pum.experiments.memory_contract.ours import METHOD, Ours
from pum.extraction.rules import note_of

ENVIRONMENT = WORK / "venvs" / "memories"
_USERS = 3


def compare(turns: Path, output: Path) -> pd.DataFrame:
    """The table, also written to `output`. `turns`: a run's turns.parquet, whose first users' messages are all said.

    InputError without the environment that `make memories` makes.
    """
    params = load_params()
    resources = load_resources(params)
    material, conversations = load_material(), said(turns)
    messages = sorted({*material.texts(), *(message for of in conversations.values() for message in of)})
    extractor = local_extractor(params, resources.embedder)
    notes = {text: [note_of(preference) for preference in extractor.extract(text)] for text in messages}
    texts = sorted({*messages, *(note for of in notes.values() for note in of)})
    vectors = resources.embedder.encode(texts).tolist()
    given = {**asdict(material), "wishes": material.wishes, "conversations": conversations}
    ours = {
        "memory": "pum",
        "version": "",
        "mode": f"no LLM: method {METHOD}",
        "told": "messages",
        **row(lambda: Ours(params, resources), given, resources.embedder.encode),
    }
    told = {**given, "notes": notes, "vectors": dict(zip(texts, vectors, strict=True))}
    others = play_elsewhere("pum.experiments.memory_contract.others", told)
    table = pd.DataFrame([ours, *others])
    write_csv(table, output)
    return table


def said(turns: Path) -> dict[str, list[str]]:
    """What the first users said in all their sessions, in order."""
    rows = pd.read_parquet(turns, columns=["seed", "user_id", "session", "turn", "message"])
    rows = rows[rows.seed == rows.seed.min()].sort_values(["user_id", "session", "turn"])
    users = rows.user_id.unique()[:_USERS]
    return {user: rows.message[rows.user_id == user].tolist() for user in users}


def play_elsewhere(module: str, material: dict) -> list[dict]:
    """What `module` makes of the material, in the other libraries' environment.

    InputError where there is no such environment, or the module fails.
    """
    python = ENVIRONMENT / "bin" / "python"
    if not python.exists():
        raise InputError(f"{ENVIRONMENT}: no environment there; `make memories` makes it")
    with TemporaryDirectory() as folder:
        given, result = Path(folder, "material.json"), Path(folder, "result.json")
        given.write_text(json.dumps(material), encoding="utf-8")
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        command = [str(python), "-m", module, str(given), str(result)]
        if subprocess.run(command, env=environment, stdout=sys.stderr, check=False).returncode:
            raise InputError("the other memories' probes failed; what they said stands above")
        return json.loads(result.read_text(encoding="utf-8"))
