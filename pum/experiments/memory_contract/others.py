"""Other libraries' memories under the same probes; runs in their environment: `python -m ... MATERIAL RESULT`.

Without a language model both keep what they are told as it is: mem0 by `add(..., infer=False)`, langmem by the tools
that it gives an agent (create and search), on langgraph's store in memory. They are told whole messages, or the notes
that our extractor reads in them, so that extraction and memory can be told apart.

With the model that they are made for (the material's `model`), mem0 reads messages by `add(..., infer=True)`, langmem
by its memory store manager, which may rewrite and delete what it holds. What a model writes nobody knows beforehand, so
vectors come from an address of ours. A message that a library fails on is then counted, and not remembered.
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
"""As many as our own method injects."""

Embed = Callable[[Sequence[str]], list[list[float]]]


class Told:
    """What a memory is told, one text after the other, and which message each text was in."""

    def __init__(self, notes: dict[str, list[str]] | None = None) -> None:
        self._notes, self._heard = notes, {}

    def __call__(self, user: str, message: str) -> tuple[int, list[str]]:
        number = self._heard[user] = self._heard.get(user, -1) + 1
        return number, [message] if self._notes is None else self._notes[message]


class Mem0:
    """`model`: its name, url and max_tokens; None: what it is told is kept as it is."""

    def __init__(self, embed: Embed, dimension: int, told: Told, model: dict | None = None) -> None:
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
        self._told, self._infers = told, model is not None
        self.failed = 0

    def hear(self, user: str, message: str) -> None:
        number, texts = self._told(user, message)
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
    """The tools for an agent, used without one."""

    def __init__(self, embed: Embed, dimension: int, told: Told) -> None:
        from langgraph.store.memory import InMemoryStore

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
        return [_text(item) for item in self._items(user)]

    def _items(self, user: str) -> list:
        return self._store.search(("memories", user), limit=10_000)


class ManagedLangMem(LangMem):
    """The manager, which asks `model` what to do with each message."""

    def __init__(self, embed: Embed, dimension: int, told: Told, model: dict) -> None:
        from langchain_openai import ChatOpenAI
        from langmem import create_memory_store_manager

        super().__init__(embed, dimension, told)
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

    def hear(self, user: str, message: str) -> None:
        number, (text,) = self._told(user, message)
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


def fails(message: str, hear: Callable[[], object]) -> bool:
    """Whatever a library makes of a small model's reply is its result, and said."""
    try:
        hear()
    except Exception as error:
        log.warning("%r: %s: %s", message, type(error).__name__, error)
        return True
    return False


def _text(item: object) -> str:
    content = item.value["content"]
    return content if isinstance(content, str) else json.dumps(content, sort_keys=True)


def play(material: dict) -> list[dict]:
    """A row per library and thing told, without a language model."""
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
        for hears, notes in (("messages", None), ("our extractor's notes", material["notes"])):
            results = row(library(embed, dimension, Told(notes)), material, encode)
            rows.append({"memory": name, "version": version(name), "mode": mode, "told": hears, **results})
    return rows


def play_with_model(material: dict) -> list[dict]:
    """A row per library, with the model that it asks."""

    def embed(texts: Sequence[str]) -> list[list[float]]:
        body = json.dumps(list(texts)).encode()
        with urllib.request.urlopen(material["vectors_from"], data=body, timeout=60) as answer:
            return json.loads(answer.read())

    dimension = len(embed(["how long?"])[0])
    libraries = {"mem0ai": (Mem0, "add(..., infer=True)"), "langmem": (ManagedLangMem, "memory store manager")}
    rows = []
    for name, (library, mode) in libraries.items():
        results = affordable_row(library(embed, dimension, Told(), material["model"]), material)
        rows.append({"memory": name, "version": version(name), "mode": mode, **results})
    return rows


def row(memory: probes.Memory, material: dict, encode: probes.Encode) -> dict:
    """All probes of a fresh memory, as the columns of a table."""
    sizes = ("changes", "companions", "unrelated", "related")
    sessions = probes.many_sessions(memory, material["conversations"], encode)
    return {
        **{column: value for column, value in _short_probes(memory, material).items() if column not in sizes},
        "memories_after_15_sessions": sessions["memories_per_user"],
        "duplicates": sessions["duplicates"]["share"],
    }


def affordable_row(memory: probes.Memory, material: dict) -> dict:
    """The short probes, each with how many things were tried, and how many messages the memory failed on."""
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
    told = json.loads(given.read_text(encoding="utf-8"))
    rows = play_with_model(told) if "model" in told else play(told)
    result.write_text(json.dumps(rows), encoding="utf-8")
