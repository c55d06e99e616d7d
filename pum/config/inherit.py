"""What params.yaml leaves to another section: `like`, names of hyperparameter sets, and a study's own sections.

    methods:
      rag_vector: {like: rag, user_model: tuned}     # rag's settings, and the set `tuned` of the section user_model
    variants:
      wide_rag: {like: rag, top_j: 6}                # played by the method rag
      frozen_vector: {like: rag_vector}              # played by the method of that name
    studies:
      drift: {like: paper, world: {drift_at: 5}}     # the rest of its world is that of the section world

The file has no anchors: programs that rewrite it (`dvc exp run -S`) break them. Here it becomes plain data with
complete sections. Data that are complete already stay as they are.
"""

import difflib
from collections.abc import Collection, Mapping

from pum.core.errors import InputError
from pum.core.imports import modules

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
            raise InputError(f"{where}.{chain[-1]}.like: {unknown(str(parent), sections)}")
        if parent in chain:
            raise InputError(f"{where}.{name}.like: goes round in a circle: {' -> '.join([*chain, parent])}")
        chain.append(parent)
    return chain


def unknown(name: str, known: Collection[str]) -> str:
    """What to say of a name that stands for nothing."""
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(known)}"
    return f"unknown name {name!r}; {hint}"


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
    """Methods and variants, which may be like each other."""
    kinds = {kind: data[kind] for kind in ("methods", "variants") if isinstance(data.get(kind), dict)}
    both = {name: section for sections in kinds.values() for name, section in sections.items()}
    sets = data.get("user_model")
    return {
        kind: {name: _complete_method(name, both, sets if isinstance(sets, dict) else {}, kind) for name in sections}
        for kind, sections in kinds.items()
    }


def _complete_method(name: str, sections: Mapping[str, object], sets: Mapping[str, object], kind: str) -> object:
    """Its settings; with `method`, who plays it, where that is not the method of its own name."""
    settings = _with_parents(name, sections, kind)
    if not isinstance(settings, dict):
        return settings
    if isinstance(learner := settings.get("user_model"), str):
        if learner not in sets:
            raise InputError(f"{kind}.{name}.user_model: {unknown(learner, sets)}")
        settings["user_model"] = sets[learner]
    settings.pop("method", None)
    chain = lineage(name, sections, kind)
    player = next((one for one in chain if "method" in sections[one] or _is_method(one)), chain[-1])
    player = sections[player].get("method", player)
    return settings if player == name else {"method": player, **settings}


def _is_method(name: str) -> bool:
    return any(module.startswith("pum.methods.") and module.endswith(f".{name}") for module in modules())
