"""Other libraries' memories under the same probes; runs in their environment: `python -m ... MATERIAL RESULT`.

Neither is given a language model. Then both keep what they are told as it is: mem0 by `add(..., infer=False)`, langmem
by the tools that it gives an agent (create and search), on langgraph's store in memory. They are told whole messages,
or the notes that our extractor reads in them, so that extraction and memory can be told apart.
"""

import json
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path

import numpy as np

from pum.experiments.memory_contract import probes

TOP = 3
"""As many as our own method injects."""


class Told:
    """What a memory is told, one text after the other, and which message each text was in."""

    def __init__(self, notes: dict[str, list[str]] | None) -> None:
        self._notes, self._heard = notes, {}

    def __call__(self, user: str, message: str) -> tuple[int, list[str]]:
        number = self._heard[user] = self._heard.get(user, -1) + 1
        return number, [message] if self._notes is None else self._notes[message]


class Mem0:
    def __init__(self, vectors: dict[str, list[float]], told: Told) -> None:
        folder = tempfile.mkdtemp(prefix="mem0-")
        os.environ.update(MEM0_DIR=folder, MEM0_TELEMETRY="False", OPENAI_API_KEY="none is called")
        from langchain_core.embeddings import Embeddings
        from mem0 import Memory

        class Known(Embeddings):
            def embed_query(self, text: str) -> list[float]:
                return vectors[text]

            def embed_documents(self, texts: list[str]) -> list[list[float]]:
                return [vectors[text] for text in texts]

        dimension = len(next(iter(vectors.values())))
        store = {"path": f"{folder}/qdrant", "embedding_model_dims": dimension}
        self._memory = Memory.from_config(
            {
                "embedder": {"provider": "langchain", "config": {"model": Known()}},
                "vector_store": {"provider": "qdrant", "config": store},
                "history_db_path": f"{folder}/history.db",
            }
        )
        self._told = told

    def hear(self, user: str, message: str) -> None:
        number, texts = self._told(user, message)
        for text in texts:
            self._memory.add(text, user_id=user, metadata={"message": number}, infer=False)

    def injected(self, user: str, query: str) -> list[set[int]]:
        found = self._memory.search(query, filters={"user_id": user}, top_k=TOP)["results"]
        return [{memory["metadata"]["message"]} for memory in found]

    def kept(self, user: str) -> list[str]:
        return [memory["memory"] for memory in self._memory.get_all(filters={"user_id": user}, top_k=10_000)["results"]]


class LangMem:
    def __init__(self, vectors: dict[str, list[float]], told: Told) -> None:
        from langgraph.store.memory import InMemoryStore

        def embed(texts: Sequence[str]) -> list[list[float]]:
            return [vectors[text] for text in texts]

        dimension = len(next(iter(vectors.values())))
        self._store = InMemoryStore(index={"dims": dimension, "embed": embed, "fields": ["content"]})
        self._told, self._message = told, {}

    def hear(self, user: str, message: str) -> None:
        from langmem import create_manage_memory_tool

        manage = create_manage_memory_tool(namespace=("memories", user), store=self._store)
        number, texts = self._told(user, message)
        for text in texts:
            self._message[manage.invoke({"action": "create", "content": text}).split()[-1]] = number

    def injected(self, user: str, query: str) -> list[set[int]]:
        from langmem import create_search_memory_tool

        search = create_search_memory_tool(namespace=("memories", user), store=self._store)
        found = json.loads(search.invoke({"query": query, "limit": TOP}))
        return [{self._message[memory["key"]]} for memory in found]

    def kept(self, user: str) -> list[str]:
        return [item.value["content"] for item in self._store.search(("memories", user), limit=10_000)]


_MODES = {
    "mem0ai": (Mem0, "no LLM: add(..., infer=False); search with its default threshold"),
    "langmem": (LangMem, "no LLM: its tools create and search, InMemoryStore"),
}


def play(material: dict) -> list[dict]:
    """A row per library and thing told."""
    vectors = material["vectors"]

    def encode(texts: Sequence[str]) -> np.ndarray:
        return np.array([vectors[text] for text in texts]).reshape(len(texts), -1)

    rows = []
    for name, (memory, mode) in _MODES.items():
        for hears, notes in (("messages", None), ("our extractor's notes", material["notes"])):
            results = row(lambda: memory(vectors, Told(notes)), material, encode)  # noqa: B023
            rows.append({"memory": name, "version": version(name), "mode": mode, "told": hears, **results})
    return rows


def row(new: Callable[[], probes.Memory], material: dict, encode: probes.Encode) -> dict:
    """All probes of a fresh memory, as the columns of a table."""
    memory = new()
    relevance = probes.relevance(memory, material["subjects"])
    sessions = probes.many_sessions(memory, material["conversations"], encode)
    return {
        "newer_in_older_not": probes.flips(memory, material["changes"])["share"],
        "companions_kept": probes.both(memory, material["companions"])["share"],
        "abstention": relevance["abstention"]["share"],
        "recall": relevance["recall"]["share"],
        "memories_of_10_repeats": probes.repeats(memory, material["wishes"])["memories_per_message"],
        "memories_of_20_thanks": probes.thanks(memory, material["praise"])["memories"],
        "memories_after_15_sessions": sessions["memories_per_user"],
        "duplicates": sessions["duplicates"]["share"],
    }


if __name__ == "__main__":
    given, result = map(Path, sys.argv[1:])
    result.write_text(json.dumps(play(json.loads(given.read_text(encoding="utf-8")))), encoding="utf-8")
