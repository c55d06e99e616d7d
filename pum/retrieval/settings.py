"""How params.yaml names an embedder. Knows none of them, so that whoever reads params.yaml depends on none."""

from pydantic import BaseModel, ConfigDict


class EmbedderSection(BaseModel):
    """The `kind` of an embedder with its settings, which `pum.retrieval.embed.load_embedder` checks."""

    model_config = ConfigDict(extra="allow", frozen=True)

    kind: str


EmbedderParams = str | EmbedderSection
