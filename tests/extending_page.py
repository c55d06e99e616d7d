"""The code blocks of docs/extending.md, by heading: its tests add what the page shows."""

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256

from markdown_it import MarkdownIt

from pum.core.paths import ROOT

PAGE = ROOT / "docs" / "extending.md"
_SOURCES = ("pum/**/*.py", "tests/*.py", "data/**/*.yaml", "notebooks/*.ipynb", "slurm/**/*.sh", "*.yaml")


def blocks(heading: str, language: str) -> list[str]:
    """What the fenced blocks of a section hold, in order."""
    found, section = [], ""
    tokens = MarkdownIt().parse(PAGE.read_text(encoding="utf-8"))
    for token, following in zip(tokens, [*tokens[1:], None], strict=True):
        if token.type == "heading_open":
            section = following.content
        elif token.type == "fence" and (section, token.info) == (heading, language):
            found.append(token.content)
    return found


def failures(heading: str) -> str:
    """The table of a section that says what a reader of an error sees."""
    section = PAGE.read_text(encoding="utf-8").split(f"## {heading}\n")[1].split("\n## ")[0]
    return section.split("When something is wrong:")[1]


@contextmanager
def nothing_else_changes() -> Iterator[None]:
    """AssertionError when a source file of the repository is another one afterwards."""
    before = _digests()
    yield
    assert _digests() == before


def _digests() -> dict[str, str]:
    files = {file for pattern in _SOURCES for file in ROOT.glob(pattern)}
    return {str(file): sha256(file.read_bytes()).hexdigest() for file in sorted(files)}
