"""What a run must have before its first session is played."""

from pathlib import Path

from pum.assistant.models import check_role
from pum.core.errors import InputError
from pum.methods.registry import check_settings
from pum.runner.config import RunConfig
from pum.runner.continuing import check_continuable
from pum.runner.world import World, load_world


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
