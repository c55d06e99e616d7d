"""GGUF weights in the format that transformers loads fast.

Reading a GGUF file takes transformers half a minute even for a small model, most of it in pure Python; loading the same
weights from safetensors takes a second. So the dequantised model is kept, under a name that says what it was made from.
"""

import hashlib
import os
import tempfile
from pathlib import Path

from pum.core.errors import InputError
from pum.core.paths import WORK


def dequantised(gguf: Path, root: Path = WORK / "models") -> Path:
    """A folder with the model and tokenizer of the file `gguf`, in float32; made on the first call."""
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
            os.rename(converted, folder)
    return folder


def convert(gguf: Path, folder: Path, dtype: str) -> None:
    """Write model and tokenizer of the file `gguf` to `folder`, in the format of transformers, which vLLM serves."""
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
