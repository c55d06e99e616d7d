"""The parts of an assistant, built as params.yaml describes them: settings, resources, extractor, chat models."""

from dataclasses import dataclass
from pathlib import Path

from pum.config.params import Params
from pum.config.servers import Role, ServerParams
from pum.core.address import check_hosted
from pum.core.concurrency import Offload, run_inline
from pum.core.errors import InputError
from pum.core.paths import DATA
from pum.extraction.detector import load_detector
from pum.extraction.dropout import ExtractionDropout
from pum.extraction.preference_classifier import load_preference_classifier
from pum.extraction.quotations import QuotingExtractor
from pum.extraction.rules import Extractor, RuleExtractor
from pum.extraction.trained import TrainedExtractor
from pum.feedback.judge import JudgedReward
from pum.feedback.reaction_classifier import ReactionClassifier, load_reaction_classifier
from pum.llm.chat_model import ChatModel
from pum.llm.client_pool import ClientPool
from pum.memory.card import MemoryParams
from pum.memory.llm_contradiction import ContradictionJudge
from pum.methods.method import Resources
from pum.retrieval.embed import CachedEmbedder, load_embedder
from pum.user_model.item_space import load_item_space


@dataclass(frozen=True)
class AssistantSettings:
    """Settings of an assistant; `context_tokens` limits the prompt and `max_tokens` the reply.

    `memory`: when cards are merged, and how many are kept.
    `reward_mode`: where the reward comes from. `keyword` applies rules to the user's next message, `trained` adds the
    reaction classifier, `llm` asks a judge, and `external` leaves it to `apply_feedback`.
    `contradictions`: what decides whether a new preference contradicts a card when the words do not tell. `rules`
    compares cosines; `llm` asks a model first.
    `greeting`: what the assistant says at the start of every session.
    `system_prompt`: the name of a prompt (`pum/llm/prompts/system_NAME.txt`), or a text.
    `note_form`: where notes stand in the prompt, and how they read (`pum.llm.note_forms`).
    """

    context_tokens: int = 8192
    max_tokens: int = 512
    memory: MemoryParams = MemoryParams()
    reward_mode: str = "keyword"
    contradictions: str = "rules"
    greeting: str | None = None
    system_prompt: str = "people"
    note_form: str = "system"


@dataclass(frozen=True)
class Components:
    """The assistant's parts beside its method and the chat model.

    `extractor` finds preferences in messages. The reward mode `trained` needs a `reaction_classifier`, the mode `llm` a
    `judge`; the contradictions mode `llm` needs `contradictions`. `own_model` answers the method's own prompts (None:
    the chat model does). `offload` runs work that would block the event loop.
    """

    extractor: Extractor = RuleExtractor()
    reaction_classifier: ReactionClassifier | None = None
    judge: JudgedReward | None = None
    contradictions: ContradictionJudge | None = None
    own_model: ChatModel | None = None
    offload: Offload = run_inline


def settings_of(params: Params, greeting: str | None = None, system_prompt: str | None = None) -> AssistantSettings:
    """The assistant's settings from params.yaml, with another `system_prompt` if one is given."""
    own = params.assistant.model_dump(exclude={"extractor", "extraction_miss_rate", "kinds"})
    own["system_prompt"] = system_prompt or own["system_prompt"]
    return AssistantSettings(memory=params.memory, greeting=greeting, **own)


def load_resources(params: Params, item_space: Path = DATA / "item_space.npz", keep_vectors: bool = True) -> Resources:
    """What methods are built from, without ground truth; `keep_vectors` as in `load_embedder`."""
    embedder = load_embedder(params.embedder, keep_vectors)
    return Resources(embedder, load_item_space(item_space, embedder.identity))


def local_extractor(
    params: Params,
    embedder: CachedEmbedder,
    preference_classifier: Path = DATA / "preference_classifier.json",
    detector: Path = DATA / "detector.safetensors",
    keep: bool = True,
) -> Extractor:
    """An extractor without a language model. Without `keep`, the cache of what a detector read is not extended.

    InputError when params.yaml names one that needs a model.
    """
    settings = params.assistant
    if settings.extractor == "trained":
        extractor = TrainedExtractor(load_preference_classifier(preference_classifier, embedder.identity), embedder)
    elif settings.extractor == "rules":
        extractor = RuleExtractor()
    elif settings.extractor == "detector":
        extractor = QuotingExtractor(load_detector(detector, keep), settings.kinds)
    else:
        raise InputError(
            f"assistant.extractor {settings.extractor}: needs a served model; use trained, detector or rules"
        )
    return ExtractionDropout(extractor, settings.extraction_miss_rate) if settings.extraction_miss_rate else extractor


def local_reaction_classifier(
    params: Params, embedder: CachedEmbedder, reaction_classifier: Path = DATA / "reaction_classifier.json"
) -> ReactionClassifier | None:
    """The reaction classifier in the reward mode `trained`; None in the others."""
    trained = params.assistant.reward_mode == "trained"
    return load_reaction_classifier(reaction_classifier, embedder) if trained else None


def model_at(url: str | tuple[str, ...] | None, model: str, **options: object) -> ChatModel:
    """A model behind one or several OpenAI-compatible URLs; None: OpenAI's own. `options` are those of `OpenAIChat`."""
    from pum.llm.openai_chat import OpenAIChat

    return OpenAIChat(url, model, **options)


def check_role(role: Role | str, server: ServerParams, fills_forms: bool = False) -> None:
    """InputError for a role whose section contradicts itself or lacks a server."""
    try:
        check_hosted(server.urls, server.hosted)
    except InputError as error:
        raise InputError(f"servers: {role}: {error}") from None
    if fills_forms and not server.replicas and not server.hosted:
        raise InputError(f"servers: {role} returns structured output, which needs a server; add replicas")


def build_role(purpose: str, server: ServerParams, client_pool: ClientPool | None = None) -> ChatModel:
    """The chat model of a role: on its replicas, at OpenAI if it is hosted, otherwise in this process."""
    check_role(purpose, server)
    if not server.replicas and not server.hosted:
        return model_in_process(server.weights or server.model, server.max_tokens, server.dtype, server.temperature)
    return model_at(
        server.urls or None,
        server.model,
        api_key_env=server.api_key_env,
        purpose=purpose,
        client_pool=client_pool,
        temperature=server.temperature,
        top_p=server.top_p,
        max_new_tokens=server.max_tokens,
        timeout_s=server.timeout_s,
        max_retries=server.max_retries,
        concurrency=server.concurrency,
        cache=server.cache,
        revision=server.revision,
    )


def model_in_process(model: str, max_new_tokens: int, dtype: str, temperature: float = 0.0) -> ChatModel:
    """A model of `pum models`, of the hub or of a folder, through transformers."""
    from pum.llm.transformers_chat import TransformersChat
    from pum.llm.weights import fetch

    return TransformersChat(fetch(model), max_new_tokens=max_new_tokens, dtype=dtype, temperature=temperature)
