"""A small assistant for tests: real in everything but the encoder and the model that answers."""

from functools import cache

from pum.assistant.personalized_llm import AssistantSettings, Components, PersonalizedLLM
from pum.core.schemas import Reply, Usage
from pum.llm.prompt_builder import estimate_tokens
from pum.memory.store import FileStore
from pum.methods.method import Resources, build_method
from pum.retrieval.embed import CachedEmbedder, HashingEmbedder
from pum.user_model.item_space import ItemSpace, fit_item_space

RAG = {
    "top_k": 64,
    "top_j": 2,
    "temperature": 1.0,
    "query_rewrite": True,
    "min_relevance_margin": -2.0,
    "card_text": "note",
    "reranker": "bi_encoder",
}
RATES = {"beta_long": 2, "beta_short": 5, "eta_long": 0.3, "eta_short": 0.5, "decay": 0.1, "alpha": 0.05, "norm_cap": 2}
WISHES = (
    "Please always use bullet points when you list options.",
    "When you write Python code, always add type hints.",
    "I prefer short answers, at most three sentences.",
    "Always name the rule you used in calculus.",
)


class Echo:
    """A chat model that repeats the last message."""

    name = "echo"
    simulated = True

    def count_tokens(self, text: str) -> int:
        return estimate_tokens(text)

    async def answer(self, messages, *, seed, max_tokens=512) -> Reply:
        return Reply(f"You said: {messages[-1]['content']}", Usage(1, 1))


@cache
def _space() -> ItemSpace:
    return fit_item_space([*WISHES, "Use tables.", "Write long proofs."], CachedEmbedder(HashingEmbedder()), 16)


def small_resources() -> Resources:
    return Resources(CachedEmbedder(HashingEmbedder()), _space())


def small_assistant(
    method: str = "rag_vector", store: FileStore | None = None, components: Components | None = None, **settings
) -> PersonalizedLLM:
    """`settings` are those of `AssistantSettings`."""
    options = {
        "rag": RAG,
        "rag_vector": {**RAG, "user_model": RATES},
        "reflection": {"limit": 5},
        "contextual": {"sessions": 2},
    }.get(method, {})
    resources = small_resources()
    built = build_method(method, options, resources)
    return PersonalizedLLM(
        built,
        Echo(),
        resources.embedder,
        _space().rank,
        AssistantSettings(**settings),
        store,
        components or Components(),
    )


def teach(assistant: PersonalizedLLM, user_id: str) -> None:
    for wish in WISHES:
        assistant.chat(user_id, wish)
