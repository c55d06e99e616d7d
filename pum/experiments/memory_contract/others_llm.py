"""Other libraries' memories with the language model that they are made for, under a part of the same probes; runs in
their environment: `python -m ... MATERIAL RESULT`.

mem0 reads messages by `add(..., infer=True)`, langmem by its memory store manager, which may rewrite and delete what it
holds. Both talk to one model at an address of ours, and get vectors from another: what a model writes nobody knows
beforehand. A message that a library fails on is counted, and not remembered.
"""

import json
import logging
import os
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path

from pum.experiments.memory_contract import probes
from pum.experiments.memory_contract.others import TOP

log = logging.getLogger(__name__)

Embed = Callable[[Sequence[str]], list[list[float]]]


class Mem0:
    def __init__(self, model: dict, embed: Embed) -> None:
        folder = tempfile.mkdtemp(prefix="mem0-")
        os.environ.update(MEM0_DIR=folder, MEM0_TELEMETRY="False")
        from langchain_core.embeddings import Embeddings
        from mem0 import Memory

        class Asked(Embeddings):
            def embed_query(self, text: str) -> list[float]:
                return embed([text])[0]

            def embed_documents(self, texts: list[str]) -> list[list[float]]:
                return embed(texts)

        store = {"path": f"{folder}/qdrant", "embedding_model_dims": len(embed(["how long?"])[0])}
        llm = {"model": model["name"], "openai_base_url": model["url"], "api_key": "none", "temperature": 0.0}
        self._memory = Memory.from_config(
            {
                "llm": {"provider": "openai", "config": {**llm, "max_tokens": model["max_tokens"]}},
                "embedder": {"provider": "langchain", "config": {"model": Asked()}},
                "vector_store": {"provider": "qdrant", "config": store},
                "history_db_path": f"{folder}/history.db",
            }
        )
        self._heard: dict[str, int] = {}
        self.failed = 0

    def hear(self, user: str, message: str) -> None:
        number = self._heard[user] = self._heard.get(user, -1) + 1
        self.failed += fails(
            message, lambda: self._memory.add(message, user_id=user, metadata={"message": number}, infer=True)
        )

    def injected(self, user: str, query: str) -> list[set[int]]:
        found = self._memory.search(query, filters={"user_id": user}, top_k=TOP)["results"]
        return [{memory["metadata"]["message"]} for memory in found]

    def kept(self, user: str) -> list[str]:
        return [memory["memory"] for memory in self._memory.get_all(filters={"user_id": user}, top_k=10_000)["results"]]


class LangMem:
    def __init__(self, model: dict, embed: Embed) -> None:
        from langchain_openai import ChatOpenAI
        from langgraph.store.memory import InMemoryStore
        from langmem import create_memory_store_manager

        dimension = len(embed(["how long?"])[0])
        self._store = InMemoryStore(index={"dims": dimension, "embed": embed, "fields": ["content"]})
        chat = ChatOpenAI(
            model=model["name"],
            base_url=model["url"],
            api_key="none",
            temperature=0.0,
            max_tokens=model["max_tokens"],
            max_retries=0,
        )
        self._manager = create_memory_store_manager(chat, store=self._store, enable_deletes=True)
        self._heard: dict[str, int] = {}
        self._made_of: dict[str, tuple[str, set[int]]] = {}
        self.failed = 0

    def hear(self, user: str, message: str) -> None:
        number = self._heard[user] = self._heard.get(user, -1) + 1
        said = {"messages": [{"role": "user", "content": message}]}
        self.failed += fails(
            message, lambda: self._manager.invoke(said, config={"configurable": {"langgraph_user_id": user}})
        )
        for item in self._items(user):
            text, messages = self._made_of.get(item.key, ("", set()))
            if text != _text(item):
                self._made_of[item.key] = (_text(item), messages | {number})

    def injected(self, user: str, query: str) -> list[set[int]]:
        found = self._store.search(("memories", user), query=query, limit=TOP)
        return [self._made_of[item.key][1] for item in found]

    def kept(self, user: str) -> list[str]:
        return [_text(item) for item in self._items(user)]

    def _items(self, user: str) -> list:
        return self._store.search(("memories", user), limit=10_000)


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


_MODES = {"mem0ai": (Mem0, "add(..., infer=True)"), "langmem": (LangMem, "memory store manager")}


def play(material: dict) -> list[dict]:
    """A row per library."""

    def embed(texts: Sequence[str]) -> list[list[float]]:
        body = json.dumps(list(texts)).encode()
        with urllib.request.urlopen(material["vectors_from"], data=body, timeout=60) as answer:
            return json.loads(answer.read())

    rows = []
    for name, (library, mode) in _MODES.items():
        memory = library(material["model"], embed)
        rows.append({"memory": name, "version": version(name), "mode": mode, **row(memory, material)})
    return rows


def row(memory: probes.Memory, material: dict) -> dict:
    """The affordable probes, each with how many things were tried, and how many messages the memory failed on."""
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
        "failed_messages": getattr(memory, "failed", 0),
    }


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    given, result = map(Path, sys.argv[1:])
    result.write_text(json.dumps(play(json.loads(given.read_text(encoding="utf-8")))), encoding="utf-8")
