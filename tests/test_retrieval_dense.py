"""Dense search, the query rewrite and the item space."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pum.core.errors import InputError
from pum.retrieval.dense import DenseIndex, rank
from pum.retrieval.embed import CachedEmbedder, HashingEmbedder
from pum.retrieval.grid import GRID, on_grid
from pum.retrieval.rewrite import rewrite, task_type
from pum.user_model.item_space import fit_item_space, load_item_space, save_item_space

NOTES = [f"When working on subject {i}, {verb} the {thing}." for i, (verb, thing) in enumerate(
    (v, t) for v in ("show", "skip", "shorten") for t in ("proof", "table", "list", "code"))]  # fmt: skip


def test_search_equals_brute_force_over_several_queries() -> None:
    embedder = HashingEmbedder()
    vectors, queries = embedder.encode(NOTES), embedder.encode(["show the table", "shorten code"])
    index = DenseIndex(embedder.dimension)
    for number, vector in enumerate(vectors):
        index.add(f"c{number:02d}", vector)
    expected = (queries @ vectors.T).max(axis=0)
    found = index.search(queries, 5)
    assert [score for _, score in found] == sorted(expected.tolist(), reverse=True)[:5]


def test_equal_scores_are_ordered_by_id_whatever_the_order_of_arrival() -> None:
    vector = HashingEmbedder().encode(["the same"])[0]
    index = DenseIndex(len(vector))
    for card_id in ("c3", "c1", "c2"):
        index.add(card_id, vector)
    assert [card_id for card_id, _ in index.search(vector[None], 3)] == ["c1", "c2", "c3"]


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 30), st.integers(0, 11)), max_size=60), st.integers(1, 6))
def test_names_that_come_and_go_are_found_as_by_brute_force(steps: list[tuple[bool, int, int]], limit: int) -> None:
    """Few different vectors under many names: equal scores are the rule, also where the list is cut."""
    embedder = HashingEmbedder()
    vectors, queries = embedder.encode(NOTES), embedder.encode(["show the table", "shorten code"])
    index, present = DenseIndex(embedder.dimension), {}
    for comes, name, text in steps:
        if comes and f"c{name}" not in present:
            present[f"c{name}"] = vectors[text]
            index.add(f"c{name}", vectors[text])
        elif not comes and f"c{name}" in present:
            del present[f"c{name}"]
            index.remove(f"c{name}")
    expected = rank({name: float((queries @ vector).max()) for name, vector in present.items()})[:limit]
    assert index.search(queries, limit) == expected
    assert len(index) == len(present)


def test_a_name_is_taken_once() -> None:
    index = DenseIndex(64)
    index.add("c1", np.zeros(64))
    with pytest.raises(ValueError, match="c1"):
        index.add("c1", np.zeros(64))


def test_dot_products_on_the_grid_are_exact_in_any_order() -> None:
    rng = np.random.default_rng(0)
    a, b = (rng.normal(size=384) for _ in range(2))
    a, b = (on_grid(v / np.linalg.norm(v)) for v in (a, b))
    order = rng.permutation(384)
    exact = int(np.dot((a * GRID).astype(np.int64), (b * GRID).astype(np.int64))) / GRID**2
    assert float(np.float32(a[order] @ b[order])) == float(np.float32(a @ b)) == exact


def test_the_cache_computes_each_text_once_and_survives_the_process(tmp_path) -> None:
    class Counting(HashingEmbedder):
        asked: list[str] = []

        def encode(self, texts):
            self.asked.extend(texts)
            return super().encode(texts)

    inner = Counting()
    first = CachedEmbedder(inner, tmp_path / "vectors.sqlite").encode(["b", "a", "b"])
    second = CachedEmbedder(inner, tmp_path / "vectors.sqlite").encode(["a", "b"])
    assert inner.asked == ["a", "b"]
    np.testing.assert_array_equal(first[[1, 0]], second)


def test_item_space_is_centred_unit_norm_and_refuses_another_embedder(tmp_path) -> None:
    embedder = CachedEmbedder(HashingEmbedder())
    space = fit_item_space(NOTES, embedder, rank=200)
    assert space.rank <= len(NOTES) - 1
    items = space.project(embedder.encode(NOTES))
    np.testing.assert_allclose(np.linalg.norm(items, axis=1), 1.0, atol=1e-6)
    save_item_space(space, tmp_path / "space.npz")
    loaded = load_item_space(tmp_path / "space.npz", embedder.identity)
    assert loaded.version == space.version
    save_item_space(space, tmp_path / "again.npz")
    assert (tmp_path / "space.npz").read_bytes() == (tmp_path / "again.npz").read_bytes()
    with pytest.raises(InputError, match="fitted"):
        load_item_space(tmp_path / "space.npz", "other weights")


def test_the_order_of_the_corpus_does_not_matter() -> None:
    embedder = CachedEmbedder(HashingEmbedder())
    assert fit_item_space(NOTES, embedder, 8).version == fit_item_space(NOTES[::-1], embedder, 8).version


@pytest.mark.parametrize(
    ("query", "kind"),
    [
        ("Write a Python function that returns the list sorted", "programming"),
        ("Solve the equation 3x + 5 = 11 and compute the sum", "mathematics"),
        ("Please evaluate this essay draft about class averages", "writing"),
        ("Hello there", None),
    ],
)
def test_task_type_counts_whole_words(query: str, kind: str | None) -> None:
    assert task_type(query) == kind
    assert (rewrite(query) is None) == (kind is None)
