"""Adapters for other libraries' memories; runs in their environment: `python -m ... MATERIAL RESULT`.

Without a language model, both libraries store texts as they are: mem0 with `add(..., infer=False)`, langmem with its
agent tools (create and search) on langgraph's in-memory store. The texts are whole messages, or the notes that this
project's extractor finds in them, so that extraction and memory can be judged separately.

With a model (the material's `model`), mem0 uses `add(..., infer=True)`, and langmem its memory store manager, which may
rewrite and delete memories. The texts are then unknown beforehand, so vectors come from a server of this project. A
message that a library fails on is counted, and not remembered.
"""

import json
import logging
import os
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Sequence
from functools import partial
from importlib.metadata import version
from pathlib import Path

import numpy as np

from pum.experiments.memory_contract import probes

log = logging.getLogger(__name__)

TOP = 3
"""Notes per prompt, as many as this project's method injects."""

Embed = Callable[[Sequence[str]], list[list[float]]]


class Inputs:
    """The texts that a memory gets for each message: the message itself, or its notes if `notes` are given."""

    def __init__(self, notes: dict[str, list[str]] | None = None) -> None:
        self._notes, self._count = notes, {}

    def __call__(self, user: str, message: str) -> tuple[int, list[str]]:
        number = self._count[user] = self._count.get(user, -1) + 1
        return number, [message] if self._notes is None else self._notes[message]


class Mem0:
    """mem0. `model`: name, url and max_tokens; without one, texts are stored as they are."""

    def __init__(self, embed: Embed, dimension: int, inputs: Inputs, model: dict | None = None) -> None:
        folder = tempfile.mkdtemp(prefix="mem0-")
        os.environ.update(MEM0_DIR=folder, MEM0_TELEMETRY="False", OPENAI_API_KEY="none is called")
        from langchain_core.embeddings import Embeddings
        from mem0 import Memory

        class Given(Embeddings):
            def embed_query(self, text: str) -> list[float]:
                return embed([text])[0]

            def embed_documents(self, texts: list[str]) -> list[list[float]]:
                return embed(texts)

        config = {
            "embedder": {"provider": "langchain", "config": {"model": Given()}},
            "vector_store": {
                "provider": "qdrant",
                "config": {"path": f"{folder}/qdrant", "embedding_model_dims": dimension},
            },
            "history_db_path": f"{folder}/history.db",
        }
        if model:
            llm = {"model": model["name"], "openai_base_url": model["url"], "api_key": "none", "temperature": 0.0}
            config["llm"] = {"provider": "openai", "config": {**llm, "max_tokens": model["max_tokens"]}}
        self._memory = Memory.from_config(config)
        self._inputs, self._infers = inputs, model is not None
        self.failed = 0

    def add(self, user: str, message: str) -> None:
        number, texts = self._inputs(user, message)
        for text in texts:
            add = partial(self._memory.add, text, user_id=user, metadata={"message": number}, infer=self._infers)
            if self._infers:
                self.failed += fails(text, add)
            else:
                add()

    def injected(self, user: str, query: str) -> list[set[int]]:
        found = self._memory.search(query, filters={"user_id": user}, top_k=TOP)["results"]
        return [{memory["metadata"]["message"]} for memory in found]

    def kept(self, user: str) -> list[str]:
        return [memory["memory"] for memory in self._memory.get_all(filters={"user_id": user}, top_k=10_000)["results"]]


class LangMem:
    """langmem's agent tools, used without an agent."""

    def __init__(self, embed: Embed, dimension: int, inputs: Inputs) -> None:
        from langgraph.store.memory import InMemoryStore

        self._store = InMemoryStore(index={"dims": dimension, "embed": embed, "fields": ["content"]})
        self._inputs, self._message = inputs, {}

    def add(self, user: str, message: str) -> None:
        from langmem import create_manage_memory_tool

        manage = create_manage_memory_tool(namespace=("memories", user), store=self._store)
        number, texts = self._inputs(user, message)
        for text in texts:
            self._message[manage.invoke({"action": "create", "content": text}).split()[-1]] = number

    def injected(self, user: str, query: str) -> list[set[int]]:
        from langmem import create_search_memory_tool

        search = create_search_memory_tool(namespace=("memories", user), store=self._store)
        found = json.loads(search.invoke({"query": query, "limit": TOP}))
        return [{self._message[memory["key"]]} for memory in found]

    def kept(self, user: str) -> list[str]:
        return [_text(item) for item in self._items(user)]

    def _items(self, user: str) -> list:
        return self._store.search(("memories", user), limit=10_000)


class ManagedLangMem(LangMem):
    """langmem's memory store manager, which asks `model` what to do with each message."""

    def __init__(self, embed: Embed, dimension: int, inputs: Inputs, model: dict) -> None:
        from langchain_openai import ChatOpenAI
        from langmem import create_memory_store_manager

        super().__init__(embed, dimension, inputs)
        chat = ChatOpenAI(
            model=model["name"],
            base_url=model["url"],
            api_key="none",
            temperature=0.0,
            max_tokens=model["max_tokens"],
            max_retries=0,
        )
        self._manager = create_memory_store_manager(chat, store=self._store, enable_deletes=True)
        self._made_of: dict[str, tuple[str, set[int]]] = {}
        self.failed = 0

    def add(self, user: str, message: str) -> None:
        number, (text,) = self._inputs(user, message)
        said = {"messages": [{"role": "user", "content": text}]}
        config = {"configurable": {"langgraph_user_id": user}}
        self.failed += fails(text, partial(self._manager.invoke, said, config=config))
        for item in self._items(user):
            text, messages = self._made_of.get(item.key, ("", set()))
            if text != _text(item):
                self._made_of[item.key] = (_text(item), messages | {number})

    def injected(self, user: str, query: str) -> list[set[int]]:
        found = self._store.search(("memories", user), query=query, limit=TOP)
        return [self._made_of[item.key][1] for item in found]


def fails(message: str, add: Callable[[], object]) -> bool:
    """Add a message; returns whether the library failed on it, and logs the error."""
    try:
        add()
    except Exception as error:
        log.warning("%r: %s: %s", message, type(error).__name__, error)
        return True
    return False


def _text(item: object) -> str:
    content = item.value["content"]
    return content if isinstance(content, str) else json.dumps(content, sort_keys=True)


def play(material: dict) -> list[dict]:
    """A row per library and kind of input, without a language model."""
    vectors = material["vectors"]

    def embed(texts: Sequence[str]) -> list[list[float]]:
        return [vectors[text] for text in texts]

    def encode(texts: Sequence[str]) -> np.ndarray:
        return np.array(embed(texts)).reshape(len(texts), -1)

    dimension = len(next(iter(vectors.values())))
    libraries = {
        "mem0ai": (Mem0, "no LLM: add(..., infer=False); search with its default threshold"),
        "langmem": (LangMem, "no LLM: its tools create and search, InMemoryStore"),
    }
    rows = []
    for name, (library, mode) in libraries.items():
        for given, notes in (("messages", None), ("our extractor's notes", material["notes"])):
            results = row(library(embed, dimension, Inputs(notes)), material, encode)
            rows.append({"memory": name, "version": version(name), "mode": mode, "input": given, **results})
    return rows


def play_with_model(material: dict) -> list[dict]:
    """A row per library, with a language model."""

    def embed(texts: Sequence[str]) -> list[list[float]]:
        body = json.dumps(list(texts)).encode()
        with urllib.request.urlopen(material["vectors_from"], data=body, timeout=60) as answer:
            return json.loads(answer.read())

    dimension = len(embed(["how long?"])[0])
    libraries = {"mem0ai": (Mem0, "add(..., infer=True)"), "langmem": (ManagedLangMem, "memory store manager")}
    rows = []
    for name, (library, mode) in libraries.items():
        results = affordable_row(library(embed, dimension, Inputs(), material["model"]), material)
        rows.append({"memory": name, "version": version(name), "mode": mode, **results})
    return rows


def row(memory: probes.Memory, material: dict, encode: probes.Encode) -> dict:
    """All probes of a new memory, as the columns of a table."""
    sizes = ("changes", "companions", "unrelated", "related")
    sessions = probes.many_sessions(memory, material["conversations"], encode)
    return {
        **{column: value for column, value in _short_probes(memory, material).items() if column not in sizes},
        "memories_after_15_sessions": sessions["memories_per_user"],
        "duplicates": sessions["duplicates"]["share"],
    }


def affordable_row(memory: probes.Memory, material: dict) -> dict:
    """The short probes with their numbers of cases, and how many messages the memory failed on."""
    return {**_short_probes(memory, material), "failed_messages": getattr(memory, "failed", 0)}


def _short_probes(memory: probes.Memory, material: dict) -> dict:
    flips = probes.flips(memory, material["changes"])
    companions = probes.both(memory, material["companions"])
    relevance = probes.relevance(memory, material["subjects"])
    return {
        "newer_in_older_not": flips["share"],
        "changes": flips["of"],
        "companions_kept": companions["share"],
        "companions": companions["of"],
        "abstention": relevance["abstention"]["share"],
        "unrelated": relevance["abstention"]["of"],
        "recall": relevance["recall"]["share"],
        "related": relevance["recall"]["of"],
        "memories_of_10_repeats": probes.repeats(memory, material["wishes"])["memories_per_message"],
        "memories_of_20_thanks": probes.thanks(memory, material["praise"])["memories"],
    }


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    given, result = map(Path, sys.argv[1:])
    material = json.loads(given.read_text(encoding="utf-8"))
    rows = play_with_model(material) if "model" in material else play(material)
    result.write_text(json.dumps(rows), encoding="utf-8")
