"""Plays runs: many runs together, one run over processes, one process over profiles, one profile's sessions in order.

    run_together -> run | play_shard -> _play -> _play_share -> _play_profile -> simulate.play_session

Every session is journaled when it ends, so a run that was killed continues from there.
"""

import asyncio
import logging
import os
import shutil
import traceback
from collections.abc import Sequence
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from pathlib import Path

from pum.assistant.personalized_llm import PersonalizedLLM, load_resources
from pum.bench.profiles import Profile
from pum.bench.users.simulator import UserModel, UserSimulator
from pum.core.concurrency import SCHEDULES, Schedule, locked, run_sync
from pum.core.errors import IncompleteRun
from pum.core.paths import WORK
from pum.core.processes import worker_processes
from pum.core.rng import key
from pum.llm.chat_model import ChatError
from pum.llm.endpoints import without_keys
from pum.results.files import Outcome
from pum.retrieval.embed import load_embedder
from pum.runner.build import build_models, check
from pum.runner.checkpoint import is_finished, seed_journals
from pum.runner.config import RunConfig
from pum.runner.first_sessions import FirstSessions
from pum.runner.results import write_results
from pum.runner.run_folder import RunFolder
from pum.runner.simulate import Seen, SessionId, classify, failed_session, play_session
from pum.runner.world import SimulatedTruth, World, load_world

log = logging.getLogger(__name__)

# This variable names a file that asks a run to stop once it exists: SLURM's warning, for processes that get no signal.
STOP_FILE = "PUM_STOP_FILE"
# Playing fewer sessions than this takes no longer than starting a worker.
_MIN_SESSIONS_FOR_POOL = 100
_ADVICE = "the same command continues from the last sessions (with fewer executor.workers it takes less memory)"


def run(config: RunConfig, output: Path, continue_from: Path | None = None, work: Path = WORK) -> Path:
    """Play every scheduled session that the journals do not hold yet, and write the results to `output`.

    A run that was killed and is started again with the same configuration ends with the same bytes.
    """
    folder = RunFolder(config, work)
    world = check(config, output, continue_from)
    # Two runs must not write their results into one folder.
    with folder.lock() as held, locked(output, f"{output}: another run is writing its results there"):
        folder.name_unfinished_others()
        if continue_from:
            seed_journals(continue_from, folder)
        failures = _play(folder, world, held)
        write_results(folder, world, output, failures)
        if not failures:
            shutil.rmtree(folder.path)
    if failures:
        raise IncompleteRun(
            f"{config.method}: the model stopped answering for {len(failures)} profiles; their sessions stand as "
            f"infrastructure errors in {output}; the same command tries them again ({next(iter(failures.values()))})"
        )
    return output


def play_shard(folder: RunFolder) -> None:
    """Play the missing sessions of one shard; a later `run` finds them in the journals.

    Shards of one run may play at the same time, on machines that share its folder. If a shard is started twice, the
    second process waits for the first.
    """
    world = load_world(folder.config)
    with folder.lock() as held:
        failures = _play(folder, world, held)
    if failures:
        raise IncompleteRun(
            f"{folder.config.method}: the model stopped answering for {len(failures)} profiles "
            f"({next(iter(failures.values()))})"
        )


def run_together(
    runs: Sequence[tuple[RunConfig, Path]], processes: int, work: Path = WORK, again: bool = False
) -> None:
    """Play each (configuration, output) in one of `processes`, after checking all of them.

    Runs that are finished already are skipped, unless `again`. The others share the budget of calls and the number of
    concurrent requests per address. If one run's model stops answering, the others continue. IncompleteRun then names
    the runs to start again; it also says if a process was killed.
    """
    scheduled = len(runs)
    runs = [(config, output) for config, output in runs if again or not is_finished(RunFolder(config, work), output)]
    if len(runs) < scheduled:
        log.warning("%d of %d runs are finished already", scheduled - len(runs), scheduled)
    if not runs:
        return
    at_once = min(processes, len(runs))
    runs = [(replace(config, played_together=len(runs), played_at_once=at_once), output) for config, output in runs]
    for config, output in runs:
        check(config, output)
    try:
        with worker_processes(processes) as pool:
            started = [pool.submit(run, config, output, work=work) for config, output in runs]
            errors = [error for future in started if (error := future.exception())]
        for error in errors:
            if not isinstance(error, IncompleteRun):
                raise error
    except BrokenProcessPool:
        raise _worker_killed(f"{len(runs)} runs played together") from None
    if errors:
        raise IncompleteRun("; ".join(map(str, errors)))


def _play(folder: RunFolder, world: World, held: Sequence[int]) -> dict[tuple[int, str], str]:
    """Play all unfinished profiles in `workers` processes; returns infrastructure failures by (seed, user).

    `held`: the descriptors of the run's locks, which each worker holds too.
    """
    finished = folder.finished()
    folder.progress.write_bytes(b"." * sum(finished.values()))
    ids = list(dict.fromkeys(user for (_, user), count in finished.items() if count < folder.config.study.n_sessions))
    if not ids:
        return {}
    failures = _play_in_processes(folder, world, ids, held)
    if _asked_to_stop():
        raise IncompleteRun(f"{folder.config.method}: asked to stop; the same command continues from the last session")
    return failures


def _play_in_processes(
    folder: RunFolder, world: World, ids: list[str], held: Sequence[int]
) -> dict[tuple[int, str], str]:
    workers = 1 if folder.config.needs_model else min(folder.config.params.site.executor.workers, len(ids))
    if workers == 1 or folder.scheduled < _MIN_SESSIONS_FOR_POOL:
        return _play_share(folder, ids)
    # Encode all texts here in batches; otherwise each worker would encode them one by one.
    load_embedder(folder.config.params.embedder).encode(world.texts())
    # Each worker gets every n-th profile, so that all finish at about the same time. Workers share the cores, and
    # inherit this setting before they load a numerical library.
    os.environ["OMP_NUM_THREADS"] = str(max(1, (os.cpu_count() or 1) // workers))
    try:
        with worker_processes(workers, held) as pool:
            parts = pool.map(_play_share, [folder] * workers, [ids[index::workers] for index in range(workers)])
            return {key_: error for part in parts for key_, error in part.items()}
    except BrokenProcessPool:
        raise _worker_killed(folder.config.method) from None


def _worker_killed(what: str) -> IncompleteRun:
    return IncompleteRun(f"{what}: a worker process was killed, perhaps for want of memory; {_ADVICE}")


def _play_share(folder: RunFolder, user_ids: Sequence[str]) -> dict[tuple[int, str], str]:
    """One process's share. Running out of memory is an infrastructure failure, so no session is blamed for it."""
    try:
        return _play_profiles(folder, user_ids)
    except MemoryError:
        raise IncompleteRun(f"{folder.config.method}: there is no memory left; {_ADVICE}") from None


def _play_profiles(folder: RunFolder, user_ids: Sequence[str]) -> dict[tuple[int, str], str]:
    """Play profiles in this process, one seed after another, taking turns as `executor.schedule` says."""
    world = load_world(folder.config)
    profiles = [profile for profile in world.profiles if profile.user_id in set(user_ids)]
    current: dict[str, UserSimulator] = {}
    resources = load_resources(folder.config.params, folder.config.files.item_space)
    resources = replace(resources, ground_truth=SimulatedTruth(world, current, resources.embedder))
    models = build_models(folder.config, world, resources.embedder, folder.path)
    failures: dict[tuple[int, str], str] = {}
    first = FirstSessions(folder)

    async def one(seed: int, profile: Profile, gate: asyncio.Semaphore, schedule: Schedule) -> None:
        async with gate, schedule.member():
            # One assistant per user: no state can leak to another user.
            assistant = PersonalizedLLM.from_params(
                folder.config.params,
                folder.config.method,
                models.agent,
                resources,
                components=models.components,
                greeting=world.greeting,
            )
            try:
                await _play_profile(folder, world, assistant, models.user, seed, profile, current, schedule, first)
            except ChatError as error:
                reason = without_keys(str(error), folder.config.key_names)
                log.warning("%s, seed %d: stopped, to be tried again on resume: %s", profile.user_id, seed, reason)
                failures[seed, profile.user_id] = reason
                first.stopped(reason)

    async def everyone() -> None:
        for seed in folder.config.study.seeds:
            gate = asyncio.Semaphore(folder.config.study.parallel_profiles)
            schedule = SCHEDULES[folder.config.params.site.executor.schedule]()
            await asyncio.gather(*(one(seed, profile, gate, schedule) for profile in profiles))

    with first.watched():
        run_sync(everyone())
    return failures


async def _play_profile(
    folder: RunFolder,
    world: World,
    assistant: PersonalizedLLM,
    user_model: UserModel | None,
    seed: int,
    profile: Profile,
    current: dict[str, UserSimulator],
    schedule: Schedule,
    first: FirstSessions,
) -> None:
    journal = folder.journal(seed, profile.user_id)
    try:
        state = journal.state()
        assistant.restore_or_reset(profile.user_id, state.get("assistant"))
        said = set(state.get("said", ()))
        for session in range(journal.finished(), folder.config.study.n_sessions):
            if _asked_to_stop():
                return
            id_ = SessionId(seed, profile.user_id, session)
            user = world.user(profile, seed, session, said, user_model)
            current[profile.user_id] = user
            random_key = key(world.random_key(seed), "agent", profile.user_id, session)
            seen = Seen()
            try:
                row, turns = await play_session(
                    id_, user, assistant, folder.config.study.max_turns, random_key, schedule, seen
                )
            except Exception as error:  # a failed session is counted, and the run goes on
                outcome = classify(error)
                if outcome is None:
                    raise _unexpected(error, id_, folder.config) from None
                if outcome is Outcome.INFRASTRUCTURE_ERROR:
                    raise
                reason = without_keys(str(error), folder.config.key_names)
                log.warning("%s, seed %d, session %d: %s", profile.user_id, seed, session, reason)
                row, turns = failed_session(id_, outcome, reason, seen), []
                assistant.restore_or_reset(profile.user_id, state.get("assistant"))
                said = set(state.get("said", ()))
            state = {"assistant": assistant.state(profile.user_id).to_json(), "said": sorted(said)}
            first.ended(row)
            journal.commit(row, turns, state)
            folder.count_session()
    finally:
        journal.close()


def _unexpected(error: Exception, at: SessionId, config: RunConfig) -> IncompleteRun:
    """What stops a run by name: an error that no model and no user is known to cause. Its traceback is logged.

    API keys are removed from both, because an error may quote a key and the text goes into files.
    """
    log.error("%s", without_keys(traceback.format_exc(), config.key_names))
    return IncompleteRun(
        f"{config.method}: stopped at {at.user_id}, seed {at.seed}, session {at.session} by an error that is not the "
        f"agent's: {type(error).__name__}: {without_keys(str(error), config.key_names)}"
    )


def _asked_to_stop() -> bool:
    return STOP_FILE in os.environ and Path(os.environ[STOP_FILE]).exists()
