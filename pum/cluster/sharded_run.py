"""A run cut into shards (ranges of profiles), with a name that follows from everything its sessions depend on."""

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pum.config.params import check_params
from pum.config.servers import Layout
from pum.core.errors import InputError
from pum.core.files import read_json, write_text
from pum.core.paths import RESULTS, WORK
from pum.runner.checkpoint import is_finished
from pum.runner.config import DataFiles, RunConfig
from pum.runner.run_folder import RunFolder

_DESCRIPTION = "job.json"


@dataclass(frozen=True)
class ShardedRun:
    """A run cut into shards. Every shard reads its description in `folder`, so params.yaml may be edited meanwhile."""

    config: RunConfig
    work: Path = WORK

    @property
    def whole(self) -> RunFolder:
        return RunFolder(self.config, self.work)

    @cached_property
    def name(self) -> str:
        """The job's name, by which SLURM is asked for it: the same for the same code, data, parameters and ranges."""
        return f"{self.prefix}r{self.config.params.site.cluster.profiles_per_range}"

    @property
    def prefix(self) -> str:
        """The beginning of the names of this run's jobs, whatever their ranges."""
        return f"pum-{self.config.method}-{self.whole.path.name}-"

    @property
    def folder(self) -> Path:
        return self.work / "slurm" / self.name

    @property
    def results(self) -> Path:
        """The folder in which the run's stage writes its results."""
        return RESULTS / self.config.name / self.config.method

    @property
    def shards(self) -> tuple[range, ...]:
        return cut(self.config.study.n_profiles, self.config.params.site.cluster.profiles_per_range)

    @cached_property
    def servers(self) -> Layout:
        """The servers that a range needs: models that play roles, and served embedders and rerankers."""
        study, params = self.config.study, self.config.params
        reranker = self.config.settings.get("reranker")
        asked = {getattr(params.embedder, "url", None), reranker.get("url") if isinstance(reranker, dict) else None}
        layout = params.layout(study.servers) if study.servers else {}
        beside = {role: server for role, server in layout.items() if asked.intersection(server.urls)}
        return {**self.config.served, **beside}

    @property
    def gpus(self) -> int:
        """How many GPUs a range needs on its node: up to the last one that its servers use."""
        used = [gpu for server in self.servers.values() for replica in server.replicas for gpu in replica.gpus]
        return 1 + max(used, default=-1)

    def shard(self, index: int) -> RunFolder:
        return RunFolder(self.config, self.work, self.shards[index])

    def log(self, index: int) -> Path:
        return self.folder / f"{index}.log"

    def unfinished(self) -> list[int]:
        """Indices of the ranges whose journals lack a session."""
        finished = self.whole.finished()
        users = self.whole.users()
        wanted = self.config.study.n_sessions
        return [
            index
            for index, shard in enumerate(self.shards)
            if any(finished[seed, users[position]] < wanted for seed in self.config.study.seeds for position in shard)
        ]

    def merged(self) -> bool:
        """Does results/ hold this run, finished?"""
        return is_finished(self.whole, self.results)

    def describe(self) -> Path:
        """Write the description that ranges read, and return the job's folder."""
        files = self.config.files
        description = {
            "study": self.config.name,
            "method": self.config.method,
            "params": self._params(),
            "files": {key: str(path) for key, path in vars(files).items()},
            "digest": self.config.digest,
        }
        write_text(self.folder / _DESCRIPTION, json.dumps(description, indent=1))
        return self.folder

    def _params(self) -> dict:
        """All of params.yaml, with the study as it is played."""
        data = self.config.params.model_dump(mode="json")
        data["studies"][self.config.name] = self.config.study.model_dump(mode="json")
        return data


def read_sharded_run(folder: Path) -> ShardedRun:
    """Read the run described in `folder`; InputError if code or data have changed since it was submitted."""
    try:
        data = read_json(folder / _DESCRIPTION)
    except OSError as error:
        raise InputError(f"{folder}: no job is described there ({error.strerror})") from None
    params = check_params(data["params"], str(folder))
    files = DataFiles(**{key: Path(path) for key, path in data["files"].items()})
    run = ShardedRun(
        RunConfig(data["study"], params.study(data["study"]), data["method"], params, files), folder.parent.parent
    )
    if run.config.digest != data["digest"]:
        raise InputError(f"{folder}: code or data have changed since it was submitted; submit it again")
    return run


def cut(profiles: int, size: int) -> tuple[range, ...]:
    """Ranges of `size` that cover 0 to `profiles`; the last one may be smaller."""
    return tuple(range(start, min(start + size, profiles)) for start in range(0, profiles, size))
