"""Checks after a rebuild that every result is byte for byte the committed one.

It compares the files of all DVC outputs that are committed to git (those with `cache: false`) with git's HEAD. A copy
without git, such as a ZIP, is compared with the digests in the dvc.lock that came with it: of files, and of folders as
a whole. What a real language model wrote may differ between machines; it is counted separately, and never fails the
check.
"""

import logging
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from pum.core.errors import InputError
from pum.core.files import read_yaml
from pum.core.paths import ROOT

log = logging.getLogger(__name__)

# The dvc.lock that came with a copy without git: a rebuild writes the other one anew. `make repro` keeps it.
DELIVERED = Path(".pum_work") / "delivered.lock"
WRITTEN_BY_A_MODEL = ("results/quicktest/*", "results/tables/quicktest.*", "results/notebooks/04_quicktest.ipynb")


@dataclass(frozen=True)
class FileComparison:
    """One output (a file, or without git a whole folder) compared; `difference` is None if it is identical."""

    path: str
    difference: str | None
    written_by_a_model: bool


def compare(root: Path) -> list[FileComparison]:
    """Compare every committed output of the project at `root`, on disk or as it was committed; sorted by path."""
    outputs = committed_outputs(root)
    # Not git's own search for a repository: a ZIP may have been unpacked inside another one.
    if (root / ".git").exists():
        committed, present = _blobs_in_head(root, outputs), _blobs_on_disk(root, outputs)
    else:
        committed, present = _delivered(root, outputs), {path: digest for path, digest in outputs.items() if digest}
    return [
        FileComparison(path, _difference(committed.get(path), present.get(path)), _is_written_by_a_model(path))
        for path in sorted(committed.keys() | present.keys())
    ]


def committed_outputs(root: Path) -> dict[str, str | None]:
    """Outputs (files or folders, relative to `root`) that are kept in git, not in DVC's cache, with DVC's digests of
    what is on disk: computed only without git, and None where nothing is."""
    from dvc.exceptions import NotDvcRepoError
    from dvc.repo import Repo

    has_git = (root / ".git").exists()
    try:
        with Repo(str(root), config=None if has_git else {"core": {"no_scm": True}}) as repository:
            outputs = [out for out in repository.index.outs if out.is_in_repo and not out.use_cache]
            found = {
                Path(out.fs_path).relative_to(repository.root_dir).as_posix(): out.get_hash().value
                if out.exists and not has_git
                else None
                for out in outputs
            }
    except NotDvcRepoError:
        raise InputError(f"{root}: not a DVC repository") from None
    if not found:
        raise InputError(f"{root}: dvc.yaml names no output with 'cache: false', so there is nothing to compare")
    return dict(sorted(found.items()))


def _delivered(root: Path, outputs: Iterable[str]) -> dict[str, str]:
    """The digest of each of `outputs` in the dvc.lock that came with a copy without git."""
    paths = [path for path in (root / DELIVERED, root / "dvc.lock") if path.exists()]
    if not paths:
        raise InputError(f"{root}: neither .git nor dvc.lock is there, so nothing says what the results were")
    stages = read_yaml(paths[0])["stages"].values()
    digests = {out["path"]: out.get("md5") for stage in stages for out in stage.get("outs", ())}
    return {path: digest for path in outputs if (digest := digests.get(path))}


def report(comparisons: Iterable[FileComparison]) -> bool:
    """Log each difference and a summary; returns whether all files that must be identical are."""
    binding, free = [], []
    for comparison in comparisons:
        (free if comparison.written_by_a_model else binding).append(comparison)
        if comparison.difference:
            log.info("%s: %s", comparison.path, comparison.difference)
    identical = _identical(binding)
    log.info("%d of %d outputs identical to the committed ones", identical, len(binding))
    if free:
        log.info(
            "%d of %d outputs that a real language model wrote identical to the committed ones (these may differ)",
            _identical(free),
            len(free),
        )
    return identical == len(binding)


def _identical(comparisons: Sequence[FileComparison]) -> int:
    return sum(comparison.difference is None for comparison in comparisons)


def _difference(committed: str | None, present: str | None) -> str | None:
    if committed is None:
        return "not committed"
    if present is None:
        return "missing"
    return None if committed == present else "differs"


def _is_written_by_a_model(path: str) -> bool:
    return any(fnmatchcase(name, pattern) for name in (path, f"{path}/") for pattern in WRITTEN_BY_A_MODEL)


def _blobs_in_head(root: Path, outputs: Iterable[str]) -> dict[str, str]:
    """Git's object id of each file of `outputs` in HEAD."""
    listing = _git(root, "ls-tree", "-r", "-z", "--full-tree", "HEAD", "--", *outputs)
    entries = [entry.split("\t", 1) for entry in listing.split("\0") if entry]
    return {path: description.split()[2] for description, path in entries}


def _blobs_on_disk(root: Path, outputs: Iterable[str]) -> dict[str, str]:
    """The object id that git would give each file of `outputs` that it does not ignore, without line-end conversion."""
    listed = _git(root, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate", "--", *outputs)
    paths = sorted(path for path in listed.split("\0") if path and (root / path).is_file())
    ids = _git(root, "hash-object", "--no-filters", "--stdin-paths", stdin="".join(f"{path}\n" for path in paths))
    return dict(zip(paths, ids.split(), strict=True))


def _git(root: Path, *arguments: str, stdin: str = "") -> str:
    try:
        done = subprocess.run(["git", *arguments], cwd=root, input=stdin, capture_output=True, text=True)
    except FileNotFoundError:
        raise InputError("git is not installed, and the committed results are in git") from None
    if done.returncode:
        raise InputError(f"{root}: git {arguments[0]}: {done.stderr.strip()}")
    return done.stdout


def main() -> int:
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stdout)
    log.setLevel(logging.INFO)
    try:
        return 0 if report(compare(ROOT)) else 1
    except InputError as error:
        log.error("%s", error)
        return 2


if __name__ == "__main__":
    sys.exit(main())
