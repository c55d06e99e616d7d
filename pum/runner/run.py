"""Runs a method over profiles: journals every session, resumes, and leaves the run's results."""

import asyncio
import logging
import multiprocessing
import os
import shutil
import sqlite3
import traceback
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from pathlib import Path

from pum.assistant.personalized_llm import PersonalizedLLM, load_resources
from pum.bench.profiles import Profile
from pum.bench.users.llm import UserFailed
from pum.bench.users.simulator import Participant
from pum.core.concurrency import run_to_end
from pum.core.errors import IncompleteRun, InputError
from pum.core.paths import WORK
from pum.core.rng import key
from pum.core.schedule import PACES, Pace
from pum.llm.chat_model import ChatError, InvalidReply, RefusedError
from pum.llm.endpoints import without_keys
from pum.results.rows import Outcome
from pum.retrieval.embed import load_embedder
from pum.runner.checks import check
from pum.runner.config import RunConfig
from pum.runner.continuing import seed_journals
from pum.runner.exclusive import only_one, only_one_into
from pum.runner.ground_truth import SimulatedTruth
from pum.runner.job import Run
from pum.runner.models import build_models
from pum.runner.results import write_results
from pum.runner.session import Seen, SessionId, failed_session, play_session
from pum.runner.world import UserModel, World, load_world

log = logging.getLogger(__name__)

# Names a file whose appearance asks a run to stop: SLURM's warning, for processes that no signal reaches.
STOP_FILE = "PUM_STOP_FILE"
# Of the input or the machine: another try may meet nothing of the kind, so that no session may be blamed for it.
_NOT_THE_AGENTS = (InputError, IncompleteRun, OSError, MemoryError, sqlite3.Error)
_ADVICE = "the same command goes on from the last sessions (with fewer executor.workers it takes less memory)"
# Sessions that are played in the time it takes to start a worker.
_WORTH_A_PROCESS = 100


def run(config: RunConfig, output: Path, continue_from: Path | None = None, work: Path = WORK) -> Path:
    """Play every scheduled session that the journals do not hold yet, and write the results to `output`.

    Killed at any instant and called again with the same configuration, it ends with the same bytes.
    """
    job = Run(config, work)
    world = check(config, output, continue_from)
    with only_one(job), only_one_into(output):
        _say_why_afresh(job)
        if continue_from:
            seed_journals(continue_from, job.folder, config)
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


def play_range(job: Run) -> None:
    """Play what the journals of one range of profiles do not hold yet; `run` then finds them played.

    Ranges of one run may play at once, on machines that share its folder. Started twice, one waits for the other.
    """
    world = load_world(job.config)
    with only_one(job):
        failures = _play(job, world)
    if failures:
        raise IncompleteRun(
            f"{job.config.method}: the model stopped answering for {len(failures)} profiles "
            f"({next(iter(failures.values()))})"
        )


def _play(job: Run, world: World) -> dict[tuple[int, str], str]:
    """All unfinished profiles, in `workers` processes; returns the infrastructure failures by (seed, user)."""
    finished = job.finished()
    job.progress.write_bytes(b"." * sum(finished.values()))
    ids = list(dict.fromkeys(user for (_, user), count in finished.items() if count < job.config.study.n_sessions))
    if not ids:
        return {}
    failures = _play_in_processes(job, world, ids)
    if _asked_to_stop():
        raise IncompleteRun(f"{job.config.method}: asked to stop; the same command goes on from the last session")
    return failures


def _play_in_processes(job: Run, world: World, ids: list[str]) -> dict[tuple[int, str], str]:
    workers = 1 if job.config.needs_model else min(job.config.params.site.executor.workers, len(ids))
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
        try:
            return {key_: error for part in parts for key_, error in part.items()}
        except BrokenProcessPool:
            raise worker_killed(job.config.method) from None


def worker_killed(what: str) -> IncompleteRun:
    """Whose worker it was is said first."""
    return IncompleteRun(f"{what}: a worker process was killed, perhaps for want of memory; {_ADVICE}")


def _play_range(job: Run, user_ids: Sequence[str]) -> dict[tuple[int, str], str]:
    """One process's share. Memory that runs out ends it as other machines' failures do, and is blamed on no session."""
    try:
        return _play_share(job, user_ids)
    except MemoryError:
        raise IncompleteRun(f"{job.config.method}: there is no memory left; {_ADVICE}") from None


def _play_share(job: Run, user_ids: Sequence[str]) -> dict[tuple[int, str], str]:
    """At the pace that `executor.schedule` names."""
    world = load_world(job.config)
    profiles = [profile for profile in world.profiles if profile.user_id in set(user_ids)]
    current: dict[str, Participant] = {}
    resources = load_resources(job.config.params, job.config.files.item_space)
    resources = replace(resources, ground_truth=SimulatedTruth(world, current, resources.embedder))
    models = build_models(job.config, world, resources.embedder, job.folder)
    failures: dict[tuple[int, str], str] = {}

    async def one(seed: int, profile: Profile, gate: asyncio.Semaphore, pace: Pace) -> None:
        async with gate, pace.member():
            # An assistant of its own: nothing of one user can reach another, and its memory ends with its sessions.
            assistant = PersonalizedLLM.from_params(
                job.config.params,
                job.config.method,
                models.agent,
                resources,
                helpers=models.helpers,
                greeting=world.greeting,
            )
            try:
                await _play_profile(job, world, assistant, models.user, seed, profile, current, pace)
            except ChatError as error:
                told = without_keys(str(error), job.config.key_names)
                log.warning("%s, seed %d: stopped, to be tried again on resume: %s", profile.user_id, seed, told)
                failures[seed, profile.user_id] = told

    async def everyone() -> None:
        for seed in job.config.study.seeds:
            gate = asyncio.Semaphore(job.config.study.parallel_profiles)
            pace = PACES[job.config.params.site.executor.schedule]()
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
            if _asked_to_stop():
                return
            id_ = SessionId(seed, profile.user_id, session)
            user = world.user(profile, seed, session, said, user_model)
            current[profile.user_id] = user
            luck = key(world.luck(seed), "agent", profile.user_id, session)
            seen = Seen()
            try:
                row, turns = await play_session(id_, user, assistant, job.config.study.max_turns, luck, pace, seen)
            except _NOT_THE_AGENTS:
                raise
            except Exception as error:  # the session boundary: one session may fail, the run goes on and counts it
                own_failure = isinstance(error, UserFailed | RefusedError | InvalidReply)
                if isinstance(error, ChatError) and not own_failure:
                    raise
                # Not as logging would tell it: whatever else went wrong may quote a key, and this goes into files.
                told = str(error) if own_failure else f"{type(error).__name__}: {error}"
                told, trace = (
                    without_keys(text, job.config.key_names)
                    for text in (told, "" if own_failure else f"\n{traceback.format_exc()}")
                )
                log.warning("%s, seed %d, session %d: %s%s", profile.user_id, seed, session, told, trace)
                outcome = Outcome.USER_ERROR if isinstance(error, UserFailed) else Outcome.AGENT_ERROR
                row, turns = failed_session(id_, outcome, told, seen), []
                assistant.restore_or_reset(profile.user_id, state.get("assistant"))
                said = set(state.get("said", ()))
            state = {"assistant": assistant.state(profile.user_id).to_json(), "said": sorted(said)}
            journal.commit(row, turns, state)
            _count(job)
    finally:
        journal.close()


def _say_why_afresh(job: Run) -> None:
    """A half-finished run of other code, data or parameters is left alone, and named."""
    others = [path.name for path in job.folder.parent.iterdir() if path.is_dir() and path != job.folder]
    if others and not any(job.folder.iterdir()):
        log.warning(
            "%s: starting afresh; unfinished runs under other code, data or parameters: %s",
            job.config.method,
            ", ".join(sorted(others)),
        )


def _count(job: Run) -> None:
    with job.progress.open("ab") as file:
        file.write(b".")


def _asked_to_stop() -> bool:
    return STOP_FILE in os.environ and Path(os.environ[STOP_FILE]).exists()
