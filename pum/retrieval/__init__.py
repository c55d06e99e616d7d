"""Retrieval of the cards that fit a message: embed, search, rerank, select.

Start with `embed.py`: it loads an embedder by its `kind`, caches its vectors, and has the kinds `sentence_transformer`
and `hashing`. `grid.py` defines what an embedder is and keeps its vectors exact. `dense.py` searches one user's cards,
`rerank.py` has the rerankers by `kind`, `rewrite.py` the optional second query, and `policy.py` selects the top J.
`qwen3.py` and `served.py` each add an embedder and a reranker. A new one is a file here that registers itself.
"""
