"""Types of options that several commands share."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter
from cyclopts.validators import Number

from pum.core.errors import InputError
from pum.core.paths import ROOT

if TYPE_CHECKING:
    from pum.config.servers import Layout, ServerParams


def _whole(_: type, tokens: list) -> int:
    """cyclopts alone would round 3.5 to 4."""
    return int(tokens[0].value)


Count = Annotated[int, Parameter(converter=_whole, validator=Number(gte=1))]
NonNegative = Annotated[int, Parameter(converter=_whole, validator=Number(gte=0))]
ProjectPath = Annotated[Path, Parameter(show_default=os.path.relpath)]
Reader = Literal["trained", "rules", "detector"]
Study = Annotated[str, Parameter(help="section of `studies` in params.yaml; `pum list studies` shows them")]


@Parameter(name="*", group="Servers")
@dataclass(frozen=True)
class ServerOptions:
    """Where roles are served.

    Attributes:
        servers: section of `servers` in params.yaml
        params: another params.yaml
    """

    servers: str = "small"
    params: ProjectPath = ROOT / "params.yaml"

    def layout(self) -> "Layout":
        """The servers by role; InputError for a section that params.yaml does not have."""
        from pum.config.params import load_params

        return load_params(self.params).layout(self.servers)

    def server(self, role: str) -> "ServerParams":
        """Where a role is served; InputError for a role that the section does not have."""
        layout = self.layout()
        if role not in layout:
            raise InputError(f"servers.{self.servers} has no role {role}: there are {', '.join(layout)}")
        return layout[role]


DEFAULT_SERVERS = ServerOptions()
