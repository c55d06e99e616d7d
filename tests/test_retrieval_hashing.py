import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pum.retrieval.embed import load_embedder
from pum.retrieval.grid import GRID

EMBEDDER = load_embedder("hashing")


@given(st.lists(st.text(max_size=80), min_size=1, max_size=5))
def test_any_text_becomes_a_unit_vector_on_the_grid(texts: list[str]) -> None:
    vectors = EMBEDDER.encode(texts)
    assert vectors.shape == (len(texts), EMBEDDER.dimension) and vectors.dtype == np.float32
    assert np.array_equal(vectors * GRID, np.round(vectors * GRID))
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=5e-3)


def test_texts_are_close_that_share_words() -> None:
    one, near, same, far = EMBEDDER.encode(["Use short bullets", "use bullets", "bullets SHORT use", "name the file"])
    assert one @ same > 0.99 > one @ near > 0.5 > one @ far
