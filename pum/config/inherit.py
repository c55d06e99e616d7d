"""What params.yaml leaves to another section: `like`, names of hyperparameter sets, and a study's own sections.

    methods:
      rag_vector: {like: rag, user_model: tuned}     # rag's settings, and the set `tuned` of the section user_model
    variants:
      wide_rag: {like: rag, top_j: 6}                # played by the method rag
      frozen_vector: {like: rag_vector, method: frozen_vector}
    studies:
      drift: {like: paper, world: {drift_at: 5}}     # the rest of its world is that of the section world

The file has no anchors: programs that rewrite it (`dvc exp run -S`) break them. Here it becomes plain data with
complete sections. Data that are complete already stay as they are.
"""

from collections.abc import Mapping

from pum.core.errors import InputError
from pum.core.validation import suggestion

OWN_SECTIONS = ("embedder", "item_space", "memory", "assistant", "world")
"""The sections that a study may have of its own, whole or in part."""


def filled_in(data: object, source: str) -> object:
    """`data` with complete sections; InputError, which names `source` and the key, for a name that stands for nothing.

    What has not the form that it should have stays as it is, for whoever checks forms.
    """
    if not isinstance(data, dict):
        return data
    try:
        return {**data, **_methods(data), **_studies(data), **complete_servers(data)}
    except InputError as error:
        raise InputError(f"{source}: {error}") from None


def lineage(name: str, sections: Mapping[str, object], where: str) -> list[str]:
    """The section `name`, the one that it is `like`, and so on; `where` is the prefix of keys in errors."""
    chain = [name]
    while isinstance(section := sections[chain[-1]], dict) and (parent := section.get("like")) is not None:
        if not isinstance(sections.get(parent), dict):
            raise InputError(f"{where}.{chain[-1]}.like: there is no {parent!r}; {suggestion(parent, sections)}")
        if parent in chain:
            raise InputError(f"{where}.{name}.like: goes round in a circle: {' -> '.join([*chain, parent])}")
        chain.append(parent)
    return chain


def complete_servers(data: Mapping[str, object]) -> dict:
    """The section `servers`, in whose layouts a role may be like another one."""
    layouts = data.get("servers")
    if not isinstance(layouts, dict):
        return {}
    return {"servers": {name: _inherited(layout, f"servers.{name}") for name, layout in layouts.items()}}


def _inherited(sections: object, where: str) -> object:
    """The sections with what each takes from the one that it is `like`; its own values come first."""
    if not isinstance(sections, dict):
        return sections
    return {name: _with_parents(name, sections, where) for name in sections}


def _with_parents(name: str, sections: Mapping[str, object], where: str) -> object:
    if not isinstance(sections[name], dict):
        return sections[name]
    merged: dict = {}
    for ancestor in reversed(lineage(name, sections, where)):
        section = sections[ancestor]
        merged = {**merged, **section, **_own_sections(section, merged)}
    merged.pop("like", None)
    return merged


def _own_sections(study: Mapping[str, object], usual: Mapping[str, object]) -> dict:
    """The study's own sections, filled up from the usual ones; an embedder is one thing, and replaced as a whole."""
    own = {name: study[name] for name in OWN_SECTIONS if study.get(name) is not None}
    return {
        name: {**usual[name], **section}
        if name != "embedder" and isinstance(section, dict) and isinstance(usual.get(name), dict)
        else section
        for name, section in own.items()
    }


def _studies(data: Mapping[str, object]) -> dict:
    studies = _inherited(data.get("studies"), "studies")
    if not isinstance(studies, dict):
        return {}
    return {"studies": {name: _complete_study(study, data) for name, study in studies.items()}}


def _complete_study(study: object, data: Mapping[str, object]) -> object:
    """A study that names no datasets plays all those of its world."""
    if not isinstance(study, dict):
        return study
    own = _own_sections(study, data)
    world = own.get("world", data.get("world"))
    datasets = {"datasets": world["datasets"]} if isinstance(world, dict) and "datasets" in world else {}
    return {**datasets, **study, **own}


def _methods(data: Mapping[str, object]) -> dict:
    """Methods, each played by the method of its name, and variants, which say who plays them."""
    methods, variants, sets = (_mapping(data.get(name)) for name in ("methods", "variants", "user_model"))
    both = {**methods, **variants}
    complete = {name: _complete_method(name, both, sets, "methods") for name in methods}
    played = {name: _complete_method(name, both, sets, "variants") for name in variants}
    for name, settings in played.items():
        if isinstance(settings, dict):
            chain = lineage(name, both, "variants")
            settings.setdefault("method", next((one for one in chain if one in methods), chain[-1]))
    filled = {"methods": complete, "variants": played}
    return {kind: sections for kind, sections in filled.items() if isinstance(data.get(kind), dict)}


def _complete_method(name: str, sections: Mapping[str, object], sets: Mapping[str, object], kind: str) -> object:
    settings = _with_parents(name, sections, kind)
    if isinstance(settings, dict) and isinstance(learner := settings.get("user_model"), str):
        if learner not in sets:
            raise InputError(f"{kind}.{name}.user_model: there is no {learner!r}; {suggestion(learner, sets)}")
        settings["user_model"] = sets[learner]
    return settings


def _mapping(section: object) -> Mapping[str, object]:
    return section if isinstance(section, dict) else {}
