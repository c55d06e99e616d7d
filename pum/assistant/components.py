"""What an assistant is put together from, as params.yaml describes it."""

from dataclasses import dataclass
from pathlib import Path

from pum.config.params import Params
from pum.core.concurrency import Offload, run_inline
from pum.core.errors import InputError
from pum.core.paths import DATA
from pum.extraction.dropout import ExtractionDropout
from pum.extraction.preference_classifier import load_preference_classifier
from pum.extraction.rules import Extractor, RuleExtractor
from pum.extraction.trained import TrainedExtractor
from pum.feedback.judge import JudgedReward
from pum.feedback.reaction_classifier import ReactionClassifier, load_reaction_classifier
from pum.llm.chat_model import ChatModel
from pum.memory.llm_contradiction import ContradictionJudge
from pum.memory.settings import MemoryParams
from pum.methods.method import Resources
from pum.retrieval.embed import CachedEmbedder, load_embedder
from pum.user_model.item_space import load_item_space


@dataclass(frozen=True)
class AssistantSettings:
    """`context_tokens` bounds the prompt, `max_tokens` the reply; `memory` says when notes are one, and how many stay.

    `reward_mode`: `keyword` reads the reward from the user's next message by rules, `trained` by these and a trained
    reader; `llm` has it judged, `external` leaves it to `apply_feedback`. `contradictions`: where words do not tell
    whether what was just heard contradicts a card, cosines decide (`rules`), or a model is asked first (`llm`).
    `greeting`: what the assistant says before anything else, in every session.
    """

    context_tokens: int = 8192
    max_tokens: int = 512
    memory: MemoryParams = MemoryParams()
    reward_mode: str = "keyword"
    contradictions: str = "rules"
    greeting: str | None = None


@dataclass(frozen=True)
class Components:
    """Models beside the one that answers. `extractor` reads preferences out of messages; `reader` reactions, in the
    reward mode `trained`; `judge` is asked for the reward, `contradictions` about them, each in its mode `llm`;
    `own_model` takes the calls that the method makes for itself (None: the one that answers); `aside` does what would
    block the event loop."""

    extractor: Extractor = RuleExtractor()
    reaction_classifier: ReactionClassifier | None = None
    judge: JudgedReward | None = None
    contradictions: ContradictionJudge | None = None
    own_model: ChatModel | None = None
    offload: Offload = run_inline


def settings_of(params: Params, greeting: str | None = None) -> AssistantSettings:
    """The assistant's settings that params.yaml has."""
    own = params.assistant.model_dump(exclude={"extractor", "extraction_miss_rate"})
    return AssistantSettings(memory=params.memory, greeting=greeting, **own)


def load_resources(params: Params, item_space: Path = DATA / "item_space.npz", keep_vectors: bool = True) -> Resources:
    """What methods are built from, in a world that nobody knows; `keep_vectors` as in `load_embedder`."""
    embedder = load_embedder(params.embedder, keep_vectors)
    return Resources(embedder, load_item_space(item_space, embedder.identity))


def local_extractor(
    params: Params, embedder: CachedEmbedder, preference_classifier: Path = DATA / "preference_classifier.json"
) -> Extractor:
    """The extractor that needs no language model; InputError when params.yaml names one that does."""
    settings = params.assistant
    if settings.extractor == "trained":
        extractor = TrainedExtractor(load_preference_classifier(preference_classifier, embedder.identity), embedder)
    elif settings.extractor == "rules":
        extractor = RuleExtractor()
    else:
        raise InputError(f"assistant.extractor {settings.extractor}: it needs a model, and there is none")
    return ExtractionDropout(extractor, settings.extraction_miss_rate) if settings.extraction_miss_rate else extractor


def local_reaction_classifier(
    params: Params, embedder: CachedEmbedder, reaction_classifier: Path = DATA / "reaction_classifier.json"
) -> ReactionClassifier | None:
    """The reader of reactions, in the reward mode that has one."""
    return (
        load_reaction_classifier(reaction_classifier, embedder) if params.assistant.reward_mode == "trained" else None
    )
