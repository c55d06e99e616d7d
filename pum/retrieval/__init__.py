"""Finding the cards that fit a message: embed, search, rerank, choose.

`grid.py` says what an embedder is and keeps its vectors exact; `embed.py` loads and caches one by its `kind`
(`sentence_transformer.py`, `qwen3.py`, `served.py`, `hashing.py`). `dense.py` is the search over one user's cards,
`rerank.py` the rerankers by `kind`, `rewrite.py` the second query, `policy.py` the softmax choice of the top J. A new
embedder or reranker is one file here that registers itself.
"""
