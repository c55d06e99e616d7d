"""What a run is built of: checks before its first session, and its models (who answers, and who plays the user)."""

from dataclasses import dataclass, field
from pathlib import Path

from pum.assistant.components import Helpers, local_extractor, local_reader
from pum.assistant.models import build_chat_model, build_role, check_role
from pum.bench.agent.curves import load_curves
from pum.bench.agent.instruction_parser import Reader
from pum.bench.agent.offline import OfflineAgent
from pum.bench.users.simulator import USERS, UserModel
from pum.config.servers import ServerParams
from pum.core.concurrency import Aside, OneThread, at_once
from pum.core.errors import InputError
from pum.core.paths import ROOT, WORK
from pum.extraction.llm import FellBack, FineTunedExtractor, LLMExtractor
from pum.extraction.rules import Extractor
from pum.feedback.judge import JudgedReward
from pum.llm.best_of import drafting
from pum.llm.cache import REPLIES, ResponseCache
from pum.llm.chat_model import CallOutcome, ChatModel
from pum.llm.client_pool import Traffic
from pum.llm.openai_chat import OpenAIChat
from pum.llm.usage import Ledger
from pum.memory.llm_contradiction import ContradictionJudge
from pum.methods.registry import check_settings
from pum.retrieval.embed import CachedEmbedder, load_embedder
from pum.runner.checkpoint import check_continuable
from pum.runner.config import RunConfig
from pum.runner.world import World, load_world

LEDGER = "ledger.sqlite"
EXTRACTOR_FALLBACK = "extractor_fallback"
CONTRADICTIONS, CONTRADICTIONS_FALLBACK = "contradictions", "contradictions_fallback"


@dataclass(frozen=True)
class Models:
    """`user` is None where users follow rules."""

    agent: ChatModel
    helpers: Helpers = field(default_factory=Helpers)
    user: UserModel | None = None


def build_models(config: RunConfig, world: World, embedder: CachedEmbedder, folder: Path) -> Models:
    """What the study asks for. Calls to servers are booked in `folder`, so that a resumed run goes on counting."""
    if not config.needs_model:
        helpers = Helpers(
            extractor=local_extractor(config.params, embedder, config.files.ear),
            reader=local_reader(config.params, embedder, config.files.reader),
        )
        return Models(_offline_agent(config, world, embedder), helpers)
    ledger = Ledger(folder / LEDGER)
    traffic = Traffic(ledger, _cache(config), config.call_budget, _attempts(ledger), config.played_at_once)
    agent = _agent(config, world, embedder, traffic)
    aside = OneThread() if config.needs_server else at_once
    return Models(
        agent=drafting(agent, config.settings.get("best_of", 1), config.method),
        helpers=Helpers(
            extractor=_extractor(config, embedder, traffic),
            reader=local_reader(config.params, embedder, config.files.reader),
            judge=_judge(config, traffic),
            contradictions=_contradictions(config, traffic),
            own_model=agent.with_purpose("reflection") if isinstance(agent, OpenAIChat) else None,
            aside=aside,
        ),
        user=_user(config, traffic, aside),
    )


def _attempts(ledger: Ledger) -> int:
    """How many the run has made, before it was stopped too. What gave way to rules was booked as an attempt before."""
    return sum(
        calls
        for purpose, total in ledger.totals().items()
        if purpose not in (EXTRACTOR_FALLBACK, CONTRADICTIONS_FALLBACK)
        for outcome, calls in total["calls"].items()
        if outcome != CallOutcome.CACHED
    )


def _cache(config: RunConfig) -> ResponseCache | None:
    wanted = any(server.cache != "off" for server in config.served.values())
    return ResponseCache(WORK / REPLIES) if wanted else None


def _agent(config: RunConfig, world: World, embedder: CachedEmbedder, traffic: Traffic) -> ChatModel:
    agent = config.study.agent
    if agent.kind == "offline":
        return _offline_agent(config, world, embedder)
    if agent.kind == "served":
        return build_role("agent", config.served["agent"], traffic)
    return build_chat_model(agent, traffic)


def _offline_agent(config: RunConfig, world: World, embedder: CachedEmbedder) -> OfflineAgent:
    catalogue = tuple(world.catalogue.values())
    agent = config.study.agent
    reads_with = embedder if agent.reads_with is None else load_embedder(agent.reads_with)
    reader = Reader(world.tasks, world.phrasebook, catalogue, reads_with)
    return OfflineAgent(reader, load_curves(ROOT / agent.calibration), catalogue)


def _extractor(config: RunConfig, embedder: CachedEmbedder, traffic: Traffic) -> Extractor:
    if "extractor" not in config.served:
        return local_extractor(config.params, embedder, config.files.ear)

    kind = FineTunedExtractor if config.params.assistant.extractor == "finetuned" else LLMExtractor
    return kind(build_role("extractor", config.served["extractor"], traffic), _books(EXTRACTOR_FALLBACK, traffic))


def _judge(config: RunConfig, traffic: Traffic) -> JudgedReward | None:
    wanted = config.params.assistant.reward_mode == "llm"
    return JudgedReward(build_role("judge", config.served["judge"], traffic)) if wanted else None


def _contradictions(config: RunConfig, traffic: Traffic) -> ContradictionJudge | None:
    wanted = config.params.assistant.contradictions == "llm"
    return contradiction_judge(config.served["judge"], traffic) if wanted else None


def contradiction_judge(server: ServerParams, traffic: Traffic) -> ContradictionJudge:
    """The role `judge`; its calls are booked apart from those about rewards."""
    return ContradictionJudge(build_role(CONTRADICTIONS, server, traffic), _books(CONTRADICTIONS_FALLBACK, traffic))


def _books(name: str, traffic: Traffic) -> FellBack:
    return lambda error: traffic.ledger.book(name, error.outcome)


def _user(config: RunConfig, traffic: Traffic, aside: Aside) -> UserModel | None:
    role = USERS[config.study.user].role
    if role is None:
        return None
    server = config.served[role]
    return UserModel(build_role("user", server, traffic), server.context, server.max_tokens, aside)


def check(config: RunConfig, output: Path, continue_from: Path | None = None) -> World:
    """The world of a run that can start; InputError for anything in its way, before a session is played."""
    check_settings(config.module, config.settings)
    if config.params.assistant.reward_mode == "external":
        raise InputError(
            "assistant.reward_mode: with external nobody would give the reward in a run; use keyword, trained or llm"
        )
    _check_models(config)
    world = load_world(config)
    if continue_from:
        check_continuable(continue_from, config, world)
    _check_writable(output)
    return world


def _check_models(config: RunConfig) -> None:
    if config.settings.get("best_of", 1) > 1 and config.study.agent.kind not in ("served", "openai"):
        raise InputError(f"methods.{config.method}.best_of: drafts are sampled from a served agent, and this is none")
    if config.study.agent.kind == "offline":
        if config.settings.get("scaffolding"):
            raise InputError(f"methods.{config.method}.scaffolding: the simulated agent cannot select notes")
        if config.study.multisessioncollab:
            raise InputError(
                f"studies.{config.name}.multisessioncollab: how often the simulated agent would meet these wishes was "
                "never measured; set a real agent"
            )
    for role, server in config.served.items():
        told = role == "extractor" and config.params.assistant.extractor == "llm"
        check_role(role, server, fills_forms=told or role in ("user", "openai", "judge"))


def _check_writable(output: Path) -> None:
    try:
        output.mkdir(parents=True, exist_ok=True)
        probe = output / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise InputError(f"{output}: cannot write there ({error.strerror})") from None
