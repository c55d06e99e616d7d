"""Writes a run's results from its journals: complete and sorted, with the same bytes for the same sessions."""

import os
import platform
import subprocess
import time
from collections import Counter
from dataclasses import fields
from importlib.metadata import version
from pathlib import Path

from pum.bench.agent.curves import load_curves
from pum.bench.users.simulator import USERS
from pum.core.files import sha256
from pum.core.paths import ROOT
from pum.llm.client_pool import UsageLedger
from pum.results.files import FORMAT, Outcome, SessionRow, TurnRow, compact_json, write_json, write_parquet
from pum.runner.build import LEDGER
from pum.runner.checkpoint import CONTINUED_FROM
from pum.runner.run_folder import RunFolder
from pum.runner.simulate import SessionId, failed_session
from pum.runner.world import World

# Packages on whose versions the results' bytes may depend.
_PACKAGES = (
    "faiss-cpu",
    "numpy",
    "pandas",
    "pyarrow",
    "reasoning-gym",
    "sentence-transformers",
    "torch",
    "transformers",
)


def write_results(folder: RunFolder, world: World, output: Path, failures: dict[tuple[int, str], str]) -> None:
    """Write results.json, turns.parquet, users.parquet, manifest.json, provenance.json, and checkpoint.json last."""
    sessions, turns, users = _collect(folder, world, failures)
    # If this process dies between two files, the missing checkpoint shows that the results are incomplete.
    (output / "checkpoint.json").unlink(missing_ok=True)
    write_json(output / "results.json", _session_table(folder, sessions))
    kept = [profile.user_id for profile in world.profiles[: folder.config.study.transcripts]]
    turns = [row for row in turns if row["user_id"] in set(kept)]
    write_parquet(output / "turns.parquet", turns, [field.name for field in fields(TurnRow)])
    write_parquet(output / "users.parquet", users, ["seed", "user_id", "state"])
    write_json(output / "manifest.json", _manifest(folder, sessions))
    write_json(output / "provenance.json", _provenance())
    if folder.config.needs_server:
        # The real costs. They include sessions that were lost and played again, so they are no part of the manifest.
        spent = UsageLedger(folder.path / LEDGER).totals()
        write_json(output / "ledger.json", {"method": folder.config.method, "purposes": spent})
    finished = [row for row in sessions if row["outcome"] != Outcome.INFRASTRUCTURE_ERROR]
    per_profile = Counter((row["seed"], row["user_id"]) for row in finished)
    write_json(
        output / "checkpoint.json",
        {
            "format": FORMAT,
            "study": folder.config.name,
            "method": folder.config.method,
            "digest": folder.config.digest,
            "transcripts": kept,
            "files": {name: sha256(output / name) for name in CONTINUED_FROM},
            "sessions_per_profile": {f"{seed}/{user}": count for (seed, user), count in sorted(per_profile.items())},
        },
    )


def _collect(
    folder: RunFolder, world: World, failures: dict[tuple[int, str], str]
) -> tuple[list[dict], list[dict], list[dict]]:
    """Sessions, turns and users. A session that could not be played is included as an infrastructure error."""
    sessions, turns, users = [], [], []
    limit = folder.config.study.n_sessions
    for seed in folder.config.study.seeds:
        for profile in world.profiles:
            journal = folder.journal(seed, profile.user_id)
            rows = journal.sessions(limit)
            turns += journal.turns(limit)
            users.append({"seed": seed, "user_id": profile.user_id, "state": compact_json(journal.state())})
            journal.close()
            if len(rows) < limit and (seed, profile.user_id) not in failures:
                raise RuntimeError(f"{folder.path}: {profile.user_id} has {len(rows)} of {limit} sessions")
            error = failures.get((seed, profile.user_id), "")
            for session in range(len(rows), limit):
                id_ = SessionId(seed, profile.user_id, session)
                rows.append(vars(failed_session(id_, Outcome.INFRASTRUCTURE_ERROR, error)))
            sessions += rows
    if len(sessions) != folder.scheduled:
        raise RuntimeError(f"{folder.path}: {len(sessions)} sessions in the journals, {folder.scheduled} scheduled")
    return sessions, turns, users


def _session_table(folder: RunFolder, sessions: list[dict]) -> dict:
    columns = [field.name for field in fields(SessionRow)]
    return {
        "format": FORMAT,
        "study": folder.config.name,
        "method": folder.config.method,
        "scheduled": folder.scheduled,
        "columns": columns,
        "rows": [[row[column] for column in columns] for row in sessions],
    }


def _manifest(folder: RunFolder, sessions: list[dict]) -> dict:
    """What made these results, without anything that differs between machines."""
    agent = folder.config.agent
    return {
        "format": FORMAT,
        "study": folder.config.name,
        "method": folder.config.method,
        "simulated": {"user": USERS[folder.config.study.user].description, "agent": agent.is_simulated},
        "agent": agent.settings.model_dump(mode="json"),
        "agent_curves": load_curves(agent.files[0]).source if agent.is_simulated else None,
        "digest": folder.config.digest,
        "inputs": folder.config.inputs,
        "packages": {name: version(name).partition("+")[0] for name in _PACKAGES},
        "sessions": dict(sorted(Counter(row["outcome"] for row in sessions).items())),
        "tokens": {
            "agent": {
                "calls": _total(sessions, "turns"),
                "prompt": _total(sessions, "prompt_tokens") - _total(sessions, "own_prompt_tokens"),
                "completion": _total(sessions, "agent_tokens") - _total(sessions, "own_agent_tokens"),
            },
            "reflection": {
                "prompt": _total(sessions, "own_prompt_tokens"),
                "completion": _total(sessions, "own_agent_tokens"),
            },
            "user": {"completion": _total(sessions, "user_tokens")},
        },
    }


def _total(rows: list[dict], column: str) -> int:
    return sum(row[column] for row in rows)


def _provenance() -> dict:
    """Where and when the results were made; this file is neither compared nor committed."""
    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False)
    return {
        "commit": commit.stdout.strip() or None,
        "finished": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "host": platform.node(),
        "machine": platform.machine(),
        "python": platform.python_version(),
        "cores": os.cpu_count(),
    }
