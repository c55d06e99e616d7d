"""The numbers in the README: its marked blocks are those of a template, filled from results/metrics."""

import re
from pathlib import Path

from pum.core.errors import InputError
from pum.report.contents import filled

_BLOCK = re.compile(
    r"(?P<begin><!-- begin (?P<name>\w+)[^>]*-->\n)(?P<body>.*?)(?P<end><!-- end (?P=name) -->)", re.DOTALL
)


def with_numbers(readme: str, template: str, metrics: Path) -> str:
    """`readme` with every block as it should be now. InputError for a block that only one of the two has."""
    bodies = {block["name"]: block["body"] for block in _BLOCK.finditer(template)}
    names = {block["name"] for block in _BLOCK.finditer(readme)}
    if odd := names ^ set(bodies):
        raise InputError(f"README and its template differ in blocks: {', '.join(sorted(odd))}")
    return _BLOCK.sub(lambda block: block["begin"] + filled(bodies[block["name"]], metrics) + block["end"], readme)
