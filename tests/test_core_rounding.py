"""What is fitted has the same bytes under other instructions and numbers of threads."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as of_numpy

from pum.core.paths import ROOT
from pum.core.rounding import rounded

STEPS = st.sampled_from([2.0**-10, 2.0**-8, 1.0])
# Of OpenBLAS: processors with AVX2, with AVX, and with neither.
CORES = ("Haswell", "Sandybridge", "Prescott")
# An eighth of the texts: encoding all of them takes minutes, and the stage `setup` fits what is committed.
FITTED = """
import hashlib, tempfile
from pathlib import Path
from pum.bench.catalogue import load_preferences
from pum.bench.corpora import development_messages, development_reactions, silent_texts, task_statements, wordings
from pum.bench.tasks.collection import read_tasks
from pum.config.params import load_params
from pum.extraction.preference_classifier import fit_preference_classifier, save_preference_classifier
from pum.feedback.reaction_classifier import fit_reaction_classifier, save_reaction_classifier
from pum.retrieval.embed import load_embedder
from pum.user_model.item_space import fit_item_space, save_item_space
from tests.test_core_rounding import content

params = load_params()
embedder, tasks = load_embedder(params.embedder), read_tasks(Path("data/tasks.jsonl"))
folder = Path(tempfile.mkdtemp())
save_item_space(fit_item_space(wordings(load_preferences()), embedder, **dict(params.item_space)), folder / "a")
preferences = fit_preference_classifier(development_messages()[::8], silent_texts(tasks)[::8], embedder)
save_preference_classifier(preferences, folder / "b")
reactions = fit_reaction_classifier(development_reactions()[::8], task_statements(tasks)[::8], embedder)
save_reaction_classifier(reactions, folder / "c")
print(content(folder / "a"), *(hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in "bc"))
"""


def content(path: Path) -> str:
    """A digest of a file of arrays. Before Python 3.11.4, the archive around them has other bytes."""
    with np.load(path, allow_pickle=False) as data:
        return hashlib.sha256(b"".join(data[name].tobytes() for name in sorted(data.files))).hexdigest()


@given(of_numpy.arrays(np.float64, 5, elements=st.floats(-4, 4)), STEPS)
def test_a_rounded_value_is_the_nearest_step_and_no_zero_is_negative(values: np.ndarray, step: float) -> None:
    found = rounded(values, step)
    assert np.all(np.abs(found - values) <= step / 2) and np.array_equal(found / step, np.round(found / step))
    assert not np.signbit(found[found == 0]).any()
    assert np.array_equal(rounded(found, step), found)


@pytest.mark.slow
def test_all_that_is_fitted_has_the_same_bytes_under_other_instructions_and_threads() -> None:
    committed = content(ROOT / "data" / "item_space.npz")
    settings = [{}, {"OPENBLAS_NUM_THREADS": "1"}, *({"OPENBLAS_CORETYPE": core} for core in CORES)]
    found = []
    for setting in settings:
        done = subprocess.run(
            [sys.executable, "-c", FITTED], cwd=ROOT, env={**os.environ, **setting}, capture_output=True, text=True
        )
        assert done.returncode == 0, f"{setting}: {done.stderr[-500:]}"
        found.append(done.stdout.split())
    assert found == len(settings) * found[:1]
    assert found[0][0] == committed
