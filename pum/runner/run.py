"""Runs a method over profiles: journals every session, resumes, and leaves the run's results."""

import asyncio
import fcntl
import logging
import multiprocessing
import os
import shutil
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pum.assistant import PersonalizedLLM, load_resources
from pum.bench.profiles import Profile
from pum.bench.users.llm import UserFailed
from pum.bench.users.participant import Participant
from pum.concurrency import run_to_end
from pum.errors import IncompleteRun, InputError
from pum.llm.base import ChatError, InvalidReply, RefusedError
from pum.llm.build import check_role
from pum.methods.registry import check_settings
from pum.pace import PACES, Pace
from pum.paths import WORK
from pum.retrieval.embed import load_embedder
from pum.rng import key
from pum.runner.config import RunConfig
from pum.runner.continuing import check_continuable, seed_journals
from pum.runner.journal import Journal
from pum.runner.models import build_models
from pum.runner.records import Outcome
from pum.runner.results import write_results
from pum.runner.session import SessionId, failed_session, play_session
from pum.runner.world import UserModel, World, load_world

log = logging.getLogger(__name__)

PROGRESS = "progress"
# Sessions that are played in the time it takes to start a worker.
_WORTH_A_PROCESS = 100


@dataclass(frozen=True)
class Run:
    """A configured run and where it works; `folder` outlives a killed process, and is deleted after success."""

    config: RunConfig
    work: Path = WORK

    @property
    def folder(self) -> Path:
        study = self.config.study
        size = f"{study.n_profiles}x{study.n_sessions}x{'_'.join(map(str, study.seeds))}"
        return self.work / "runs" / self.config.method / f"{self.config.digest}-{size}"

    def journal(self, seed: int, user_id: str) -> Journal:
        return Journal(self.folder / f"seed-{seed}" / f"{user_id}.sqlite", self.config.digest)

    @property
    def scheduled(self) -> int:
        study = self.config.study
        return study.n_profiles * study.n_sessions * len(study.seeds)


def run(config: RunConfig, output: Path, continue_from: Path | None = None, work: Path = WORK) -> Path:
    """Play every scheduled session that the journals do not hold yet, and write the results to `output`.

    Killed at any instant and called again with the same configuration, it ends with the same bytes.
    """
    job = Run(config, work)
    world = check(config, output, continue_from)
    with _only_one(job.folder):
        _say_why_afresh(job)
        if continue_from:
            seed_journals(continue_from, job.folder, config)
        _start_progress(job, world)
        failures = _play(job, world)
        write_results(job, world, output, failures)
        if not failures:
            shutil.rmtree(job.folder)
    if failures:
        raise IncompleteRun(
            f"{config.method}: the model stopped answering for {len(failures)} profiles; their sessions stand as "
            f"infrastructure errors in {output}; the same command tries them again ({next(iter(failures.values()))})"
        )
    return output


def check(config: RunConfig, output: Path, continue_from: Path | None = None) -> World:
    """The world of a run that can start; InputError for anything in its way, before a session is played."""
    check_settings(config.method, config.settings)
    if config.params.assistant.reward_mode == "external":
        raise InputError(
            "assistant.reward_mode: with external nobody would give the reward in a run; use keyword or llm"
        )
    world = load_world(config)
    if continue_from:
        check_continuable(continue_from, config, world)
    _check_writable(output)
    return world


def _check_models(config: RunConfig) -> None:
    if config.settings.get("best_of", 1) > 1 and config.study.agent.kind not in ("served", "openai"):
        raise InputError(f"methods.{config.method}.best_of: drafts are sampled from a served agent, and this is none")
    for role, server in config.served.items():
        told = role == "extractor" and config.params.assistant.extractor == "llm"
        check_role(role, server, fills_forms=told or role in ("user", "openai", "judge"))


def _play(job: Run, world: World) -> dict[tuple[int, str], str]:
    """All profiles, in `workers` processes; returns the infrastructure failures by (seed, user)."""
    ids = [profile.user_id for profile in world.profiles]
    workers = 1 if job.config.needs_model else min(job.config.params.executor.workers, len(ids))
    if workers == 1 or job.scheduled < _WORTH_A_PROCESS:
        return _play_range(job, ids)
    # In batches, here, what the workers would else encode one by one, each for itself.
    load_embedder(job.config.params.embedder).encode(world.texts())
    # Every n-th profile to each worker, so that all finish at about the same time. Spawned, not forked: a fork of a
    # process in which torch has started its threads may hang.
    # Workers share the cores; they inherit this before they load any numerical library.
    os.environ["OMP_NUM_THREADS"] = str(max(1, (os.cpu_count() or 1) // workers))
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as pool:
        parts = pool.map(_play_range, [job] * workers, [ids[index::workers] for index in range(workers)])
        return {key_: error for part in parts for key_, error in part.items()}


def _play_range(job: Run, user_ids: Sequence[str]) -> dict[tuple[int, str], str]:
    """One process's share, at the pace that `executor.schedule` names."""
    world = load_world(job.config)
    profiles = [profile for profile in world.profiles if profile.user_id in set(user_ids)]
    current: dict[str, Participant] = {}

    def peek(user_id: str) -> tuple[str, ...]:
        return tuple(preference.note for preference in current[user_id].applicable() if preference.style)

    resources = load_resources(job.config.params, job.config.files.item_space, peek)
    models = build_models(job.config, world, resources.embedder, job.folder)
    failures: dict[tuple[int, str], str] = {}

    async def one(seed: int, profile: Profile, gate: asyncio.Semaphore, pace: Pace) -> None:
        async with gate, pace.member():
            # An assistant of its own: nothing of one user can reach another, and its memory ends with its sessions.
            assistant = PersonalizedLLM.from_params(
                job.config.params, job.config.method, models.agent, resources, helpers=models.helpers
            )
            try:
                await _play_profile(job, world, assistant, models.user, seed, profile, current, pace)
            except ChatError as error:
                log.warning("%s, seed %d: stopped, to be tried again on resume: %s", profile.user_id, seed, error)
                failures[seed, profile.user_id] = str(error)

    async def everyone() -> None:
        for seed in job.config.study.seeds:
            gate = asyncio.Semaphore(job.config.study.parallel_profiles)
            pace = PACES[job.config.params.executor.schedule]()
            await asyncio.gather(*(one(seed, profile, gate, pace) for profile in profiles))

    run_to_end(everyone())
    return failures


async def _play_profile(
    job: Run,
    world: World,
    assistant: PersonalizedLLM,
    user_model: UserModel | None,
    seed: int,
    profile: Profile,
    current: dict[str, Participant],
    pace: Pace,
) -> None:
    """One profile's remaining sessions, each journaled as it ends."""
    journal = job.journal(seed, profile.user_id)
    try:
        state = journal.state()
        assistant.restore_or_reset(profile.user_id, state.get("assistant"))
        said = set(state.get("said", ()))
        for session in range(journal.finished(), job.config.study.n_sessions):
            id_ = SessionId(seed, profile.user_id, session)
            user = world.user(profile, seed, session, said, user_model)
            current[profile.user_id] = user
            luck = key(world.luck(seed), "agent", profile.user_id, session)
            try:
                row, turns = await play_session(id_, user, assistant, job.config.study.max_turns, luck, pace)
            except InputError:
                raise
            except Exception as error:  # the session boundary: one session may fail, the run goes on and counts it
                own_failure = isinstance(error, UserFailed | RefusedError | InvalidReply)
                if isinstance(error, ChatError) and not own_failure:
                    raise
                log.warning(
                    "%s, seed %d, session %d: %s", profile.user_id, seed, session, error, exc_info=not own_failure
                )
                outcome = Outcome.USER_ERROR if isinstance(error, UserFailed) else Outcome.AGENT_ERROR
                row, turns = failed_session(id_, outcome, str(error) if own_failure else repr(error)), []
                assistant.restore_or_reset(profile.user_id, state.get("assistant"))
                said = set(state.get("said", ()))
            state = {"assistant": assistant.state(profile.user_id).to_json(), "said": sorted(said)}
            journal.commit(row, turns, state)
            _count(job)
    finally:
        journal.close()


@contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    """Two processes must not play the same run at once."""
    folder.mkdir(parents=True, exist_ok=True)
    lock = folder.with_suffix(".lock")
    with lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InputError(f"{folder}: this very run is going on in another process") from None
        yield


def _say_why_afresh(job: Run) -> None:
    """A half-finished run of other code, data or parameters is left alone, and named."""
    others = [path.name for path in job.folder.parent.iterdir() if path.is_dir() and path != job.folder]
    if others and not any(job.folder.iterdir()):
        log.warning(
            "%s: starting afresh; unfinished runs under other code, data or parameters: %s",
            job.config.method,
            ", ".join(sorted(others)),
        )


def _start_progress(job: Run, world: World) -> None:
    """The progress file has a byte per finished session, so that any process can watch by its size."""
    done = 0
    for seed in job.config.study.seeds:
        for profile in world.profiles:
            if (job.folder / f"seed-{seed}" / f"{profile.user_id}.sqlite").exists():
                journal = job.journal(seed, profile.user_id)
                done += min(journal.finished(), job.config.study.n_sessions)
                journal.close()
    (job.folder / PROGRESS).write_bytes(b"." * done)


def _count(job: Run) -> None:
    with (job.folder / PROGRESS).open("ab") as file:
        file.write(b".")


def _check_writable(output: Path) -> None:
    try:
        output.mkdir(parents=True, exist_ok=True)
        probe = output / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise InputError(f"{output}: cannot write there ({error.strerror})") from None
