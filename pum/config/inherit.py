"""Inheritance between sections of params.yaml: `like`, hyperparameter sets, and a study's own sections.

    methods:
      rag_vector: {like: rag, user_model: tuned}     # rag's settings, and the set `tuned` of the section user_model
    variants:
      wide_rag: {like: rag, top_j: 6}                # a variant of the method rag
      frozen_vector: {like: rag_vector, method: frozen_vector}
    studies:
      drift: {like: paper, world: {drift_at: 5}}     # the rest of its world is that of the section world

The file has no anchors, because programs that rewrite it (`dvc exp run -S`) break them. This module returns plain data
with complete sections; sections that are already complete do not change.
"""

from collections.abc import Mapping

from pum.core.errors import InputError
from pum.core.validation import suggestion

OWN_SECTIONS = ("embedder", "item_space", "memory", "assistant", "world")
"""The sections that a study may override, completely or in part."""


def filled_in(data: object, source: str) -> object:
    """`data` with complete sections. InputError, naming `source` and the key, for an unknown name.

    Malformed sections stay unchanged; the validation that follows reports them.
    """
    if not isinstance(data, dict):
        return data
    try:
        return {**data, **_methods(data), **_studies(data), **complete_servers(data)}
    except InputError as error:
        raise InputError(f"{source}: {error}") from None


def lineage(name: str, sections: Mapping[str, object], where: str) -> list[str]:
    """The section `name`, the one it is `like`, and so on. `where` is the prefix of keys in errors."""
    chain = [name]
    while isinstance(section := sections[chain[-1]], dict) and (parent := section.get("like")) is not None:
        if not isinstance(sections.get(parent), dict):
            raise InputError(f"{where}.{chain[-1]}.like: there is no {parent!r}; {suggestion(parent, sections)}")
        if parent in chain:
            raise InputError(f"{where}.{name}.like: is circular: {' -> '.join([*chain, parent])}")
        chain.append(parent)
    return chain


def complete_servers(data: Mapping[str, object]) -> dict:
    """The section `servers`. Within a layout, a role may be like another one."""
    layouts = data.get("servers")
    if not isinstance(layouts, dict):
        return {}
    return {"servers": {name: _inherited(layout, f"servers.{name}") for name, layout in layouts.items()}}


def _inherited(sections: object, where: str) -> object:
    """The sections with the values that each inherits through `like`; its own values take precedence."""
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


def _own_sections(study: Mapping[str, object], defaults: Mapping[str, object]) -> dict:
    """The study's own sections, completed from the default ones; only an embedder is replaced as a whole."""
    own = {name: study[name] for name in OWN_SECTIONS if study.get(name) is not None}
    return {
        name: {**defaults[name], **section}
        if name != "embedder" and isinstance(section, dict) and isinstance(defaults.get(name), dict)
        else section
        for name, section in own.items()
    }


def _studies(data: Mapping[str, object]) -> dict:
    studies = _inherited(data.get("studies"), "studies")
    if not isinstance(studies, dict):
        return {}
    return {"studies": {name: _complete_study(name, study, data) for name, study in studies.items()}}


def _complete_study(name: str, study: object, data: Mapping[str, object]) -> object:
    """A study without a list of datasets uses all datasets of its world."""
    if not isinstance(study, dict):
        return study
    own = _own_sections(study, data)
    prompts = {_mapping(section.get("assistant")).get("system_prompt") for section in (data, {**data, **own})}
    if len(prompts) > 1:
        raise InputError(f"studies.{name}.assistant.system_prompt: write it as studies.{name}.system_prompt")
    world = own.get("world", data.get("world"))
    datasets = {"datasets": world["datasets"]} if isinstance(world, dict) and "datasets" in world else {}
    return {**datasets, **study, **own}


def _methods(data: Mapping[str, object]) -> dict:
    """The methods, and the variants, each with the name of its `method`."""
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
