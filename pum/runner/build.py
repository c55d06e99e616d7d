"""Builds a run: checks before the first session, and the models (the agent, the assistant's components, the user)."""

from dataclasses import dataclass, field
from pathlib import Path

from pum.assistant.components import (
    Components,
    build_role,
    check_role,
    local_extractor,
    local_reaction_classifier,
)
from pum.bench.users.simulator import USERS, UserModel
from pum.config.servers import ServerParams
from pum.core.concurrency import Offload, WorkerThread, run_inline
from pum.core.errors import InputError
from pum.core.paths import WORK
from pum.extraction.llm import FineTunedExtractor, LLMExtractor, OnFallback
from pum.extraction.rules import Extractor
from pum.feedback.judge import JudgedReward
from pum.llm.best_of import with_drafts
from pum.llm.chat_model import CallOutcome, ChatModel
from pum.llm.client_pool import REPLIES, ClientPool, ResponseCache, UsageLedger
from pum.llm.note_forms import note_form
from pum.llm.openai_chat import OpenAIChat
from pum.llm.prompts import system_prompt
from pum.memory.llm_contradiction import ContradictionJudge
from pum.methods.method import check_settings
from pum.retrieval.embed import CachedEmbedder
from pum.runner.checkpoint import check_continuable
from pum.runner.config import RunConfig
from pum.runner.world import World, load_world

LEDGER = "ledger.sqlite"
EXTRACTOR_FALLBACK, EXTRACTOR_LEFT_OUT = "extractor_fallback", "extractor_left_out"
CONTRADICTIONS, CONTRADICTIONS_FALLBACK = "contradictions", "contradictions_fallback"


@dataclass(frozen=True)
class Models:
    """The models of a run; `user` is None if users follow rules."""

    agent: ChatModel
    components: Components = field(default_factory=Components)
    user: UserModel | None = None


def build_models(config: RunConfig, world: World, embedder: CachedEmbedder, folder: Path) -> Models:
    """The models that the study asks for. Calls to servers are recorded in `folder`, where a resumed run finds them."""
    if not config.needs_model:
        components = Components(
            extractor=local_extractor(config.params, embedder, config.files.preference_classifier),
            reaction_classifier=local_reaction_classifier(config.params, embedder, config.files.reaction_classifier),
        )
        return Models(config.agent.build(config, world, embedder, None), components)
    ledger = UsageLedger(folder / LEDGER)
    client_pool = ClientPool(ledger, _cache(config), config.call_budget, _attempts(ledger), config.played_at_once)
    agent = config.agent.build(config, world, embedder, client_pool)
    offload = WorkerThread() if config.needs_server else run_inline
    return Models(
        agent=with_drafts(agent, config.settings.get("best_of", 1), config.method),
        components=Components(
            extractor=_extractor(config, embedder, client_pool),
            reaction_classifier=local_reaction_classifier(config.params, embedder, config.files.reaction_classifier),
            judge=_judge(config, client_pool),
            contradictions=_contradictions(config, client_pool),
            own_model=agent.with_purpose("reflection") if isinstance(agent, OpenAIChat) else None,
            offload=offload,
        ),
        user=_user(config, client_pool, offload),
    )


def _attempts(ledger: UsageLedger) -> int:
    """How many calls the run has made, including those before it was stopped.

    Fallbacks to rules and items that were left out are no calls of their own.
    """
    return sum(
        calls
        for purpose, total in ledger.totals().items()
        if purpose not in (EXTRACTOR_FALLBACK, EXTRACTOR_LEFT_OUT, CONTRADICTIONS_FALLBACK)
        for outcome, calls in total["calls"].items()
        if outcome != CallOutcome.CACHED
    )


def _cache(config: RunConfig) -> ResponseCache | None:
    wanted = any(server.cache != "off" for server in config.served.values())
    return ResponseCache(WORK / REPLIES) if wanted else None


def _extractor(config: RunConfig, embedder: CachedEmbedder, client_pool: ClientPool) -> Extractor:
    if "extractor" not in config.served:
        return local_extractor(config.params, embedder, config.files.preference_classifier)

    kind = FineTunedExtractor if config.params.assistant.extractor == "finetuned" else LLMExtractor

    def left_out(items: int) -> None:
        for _ in range(items):
            client_pool.ledger.book(EXTRACTOR_LEFT_OUT, CallOutcome.INVALID)

    model = build_role("extractor", config.served["extractor"], client_pool)
    return kind(model, _recorder(EXTRACTOR_FALLBACK, client_pool), left_out)


def _judge(config: RunConfig, client_pool: ClientPool) -> JudgedReward | None:
    wanted = config.params.assistant.reward_mode == "llm"
    return JudgedReward(build_role("judge", config.served["judge"], client_pool)) if wanted else None


def _contradictions(config: RunConfig, client_pool: ClientPool) -> ContradictionJudge | None:
    wanted = config.params.assistant.contradictions == "llm"
    return contradiction_judge(config.served["judge"], client_pool) if wanted else None


def contradiction_judge(server: ServerParams, client_pool: ClientPool) -> ContradictionJudge:
    """The role `judge`; its calls are recorded separately from those about rewards."""
    return ContradictionJudge(
        build_role(CONTRADICTIONS, server, client_pool), _recorder(CONTRADICTIONS_FALLBACK, client_pool)
    )


def _recorder(name: str, client_pool: ClientPool) -> OnFallback:
    return lambda error: client_pool.ledger.book(name, error.outcome)


def _user(config: RunConfig, client_pool: ClientPool, offload: Offload) -> UserModel | None:
    role = USERS[config.study.user].role
    if role is None:
        return None
    server = config.served[role]
    return UserModel(build_role("user", server, client_pool), server.context, server.max_tokens, offload)


def check(config: RunConfig, output: Path, continue_from: Path | None = None) -> World:
    """Check that a run can start, and return its world; InputError for whatever prevents it."""
    check_settings(config.module, config.settings)
    if config.params.assistant.reward_mode == "external":
        raise InputError(
            "assistant.reward_mode: with external nobody would give the reward in a run; use keyword, trained or llm"
        )
    note_form(config.params.assistant.note_form)
    system_prompt(config.params.assistant.system_prompt)
    _check_models(config)
    world = load_world(config)
    if continue_from:
        check_continuable(continue_from, config, world)
    _check_writable(output)
    return world


def _check_models(config: RunConfig) -> None:
    if config.settings.get("best_of", 1) > 1 and not config.agent.is_called:
        raise InputError(
            f"methods.{config.method}.best_of: drafts need a served agent; set studies.STUDY.agent or best_of: 1"
        )
    if config.agent.is_simulated:
        if config.settings.get("scaffolding"):
            raise InputError(f"methods.{config.method}.scaffolding: the simulated agent cannot select notes")
        if config.study.multisessioncollab:
            raise InputError(
                f"studies.{config.name}.multisessioncollab: how often the simulated agent follows these preferences "
                "was never measured; set a real agent"
            )
    for role, server in config.served.items():
        extracts = role == "extractor" and config.params.assistant.extractor == "llm"
        check_role(role, server, fills_forms=extracts or role in ("user", "openai", "judge"))


def _check_writable(output: Path) -> None:
    try:
        str(output).encode()
    except UnicodeEncodeError:
        raise InputError(f"{str(output)!a}: not UTF-8; choose another name for the results") from None
    try:
        output.mkdir(parents=True, exist_ok=True)
        probe = output / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise InputError(f"{output}: cannot write there ({error.strerror})") from None
