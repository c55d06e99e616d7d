"""Plays the three systems of Appendix C with every persona, and puts the published numbers beside the results.

A published rate of four decimals, times the number of turns, is a whole number, which gives the counts. The scoring
rule then reproduces every published satisfaction, and shows that no answer was in the wrong language.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from pum.assistant.personalized_llm import AssistantSettings, PersonalizedLLM
from pum.experiments.style_personas.personas import (
    PERSONAS,
    TASKS,
    VIOLATIONS,
    Persona,
    RuleBasedAgent,
    asks_about_bullets,
    asks_for_language,
    asks_short,
    satisfaction,
)
from pum.methods.method import Resources, build_method
from pum.retrieval.embed import CachedEmbedder, HashingEmbedder
from pum.user_model.item_space import fit_item_space

SYSTEMS = {"vanilla": "vanilla", "static_mem": "rag", "online_user": "rag_vector"}
"""The paper's system -> the method that plays it: no memory; memory without vectors; memory and vectors."""

SETTINGS = {
    "three_sessions": (("reveal", "retention", "mixed"), False),
    "ten_sessions": (("reveal", "retention", "mixed", "mixed", "mixed", "retention", *("mixed",) * 4), True),
}
"""Setting -> session kinds, and whether personas complain. Only turns of `retention` sessions, in which nothing is
restated, are scored: two per session, so 12 and 24 turns, as published."""

_TURNS = 2
TURNS = {setting: 2 * kinds.count("retention") * len(PERSONAS) for setting, (kinds, _) in SETTINGS.items()}
"""Setting -> scored turns of all personas together."""
_DECIMALS = 4
_RECALLED = {"recall_short": asks_short, "recall_bullets": asks_about_bullets, "recall_language": asks_for_language}
MEASURES = ("satisfaction", *VIOLATIONS, *_RECALLED)

_COMPLAINTS = {
    "too_long": "That is too long.",
    "no_bullets": "You forgot the bullet points.",
    "wrong_language": "That is the wrong language.",
}


@dataclass(frozen=True)
class ScoredTurn:
    violations: tuple[str, ...]
    notes: tuple[str, ...]


def style_persona_table(methods: Mapping[str, Mapping[str, object]]) -> pd.DataFrame:
    """Rows setting, system, turns and MEASURES: the mean score, and shares of the scored turns.

    `methods`: sections of params.yaml for the methods of SYSTEMS.
    """
    embedder = CachedEmbedder(HashingEmbedder())
    said = [statement for persona in PERSONAS for statement in persona.statements()]
    resources = Resources(embedder, fit_item_space(said, embedder, rank=16))
    rows = []
    for setting, (kinds, complains) in SETTINGS.items():
        for system, method in SYSTEMS.items():
            assistant = PersonalizedLLM(
                method=build_method(method, methods[method], resources),
                chat_model=RuleBasedAgent(),
                embedder=embedder,
                vector_rank=resources.item_space.rank,
                settings=AssistantSettings(),
            )
            scored = [turn for persona in PERSONAS for turn in scored_turns(assistant, persona, kinds, complains)]
            rows.append({"setting": setting, "system": system, "turns": len(scored), **measured(scored)})
    return pd.DataFrame(rows)


def scored_turns(
    assistant: PersonalizedLLM, persona: Persona, kinds: tuple[str, ...], complains: bool
) -> list[ScoredTurn]:
    user_id, statements, scored = persona.name.lower(), persona.statements(), []
    for session, kind in enumerate(kinds):
        complaint = ""
        for turn in range(_TURNS):
            task = TASKS[(session * _TURNS + turn) % len(TASKS)]
            words = [complaint] if complaint else []
            if kind == "reveal" and turn == 0:
                words += statements
            elif kind == "mixed" and turn == 0:
                words.append(statements[session % len(statements)])
            answer = assistant.chat(user_id, " ".join([*words, task.prompt[persona.language]]))
            broken = persona.violations(answer.text)
            if kind == "retention":
                scored.append(ScoredTurn(broken, answer.decision.notes))
            elif kind == "mixed" and complains and broken:
                complaint = f"{_COMPLAINTS[broken[0]]} {statements[VIOLATIONS.index(broken[0])]}"
        assistant.reset_session(user_id)
    return scored


def measured(turns: list[ScoredTurn]) -> dict[str, float]:
    """MEASURES of turns. A preference is recalled if a note in the prompt holds it."""
    count = len(turns)
    found = {"satisfaction": satisfaction(sum(len(turn.violations) for turn in turns), count)}
    found |= {name: sum(name in turn.violations for turn in turns) / count for name in VIOLATIONS}
    return found | {
        name: sum(any(map(holds, turn.notes)) for turn in turns) / count for name, holds in _RECALLED.items()
    }


def beside_published(ours: pd.DataFrame, published: Mapping[str, Mapping[str, Mapping[str, float]]]) -> pd.DataFrame:
    """Rows setting, system, measure, ours, published, count (of turns, as published), recomputed, follows.

    `recomputed`: the published cell, recomputed by the rule or from its count; `follows`: what determines the cell, ""
    if it depends on the published system's answers. NaN where nothing was published, as for `static_mem`.
    """
    rows = []
    for row in ours.to_dict("records"):
        cells = published[row["setting"]].get(row["system"], {})
        for measure in MEASURES:
            cell = cells.get(measure)
            recomputed, count = _recomputed(measure, cells, TURNS[row["setting"]])
            rows.append(
                {
                    "setting": row["setting"],
                    "system": row["system"],
                    "measure": measure,
                    "ours": row[measure],
                    "published": cell,
                    "count": count,
                    "recomputed": recomputed,
                    "follows": _follows(measure, row["system"], cell, row[measure]),
                }
            )
    return pd.DataFrame(rows).astype({"count": "Int64", "published": float, "recomputed": float})


def count_of(rate: float, turns: int) -> int:
    """The count that a published rate of `turns` stands for; ValueError if none gives it at four decimals."""
    count = round(rate * turns)
    if round(count / turns, _DECIMALS) != rate:
        raise ValueError(f"{rate} is no share of {turns} turns")
    return count


def _recomputed(measure: str, cells: Mapping[str, float], turns: int) -> tuple[float | None, int | None]:
    if not cells or (measure not in cells and measure != "wrong_language"):
        return None, None
    broken = sum(count_of(cells[name], turns) for name in VIOLATIONS if name in cells)
    if measure == "satisfaction":
        return round(satisfaction(broken, turns), _DECIMALS), None
    # What remains of the published satisfaction after the published violations.
    missing = round((1 - cells["satisfaction"]) * turns / (1 - satisfaction(1)) - broken)
    count = missing if measure == "wrong_language" else count_of(cells[measure], turns)
    return round(count / turns, _DECIMALS), count


def _follows(measure: str, system: str, cell: float | None, ours: float) -> str:
    if measure == "satisfaction" and cell is not None:
        return "the scoring rule"
    if measure == "wrong_language" and system != "static_mem":
        return "the scoring rule"
    if cell is None:
        return ""
    return "the personas" if round(ours, _DECIMALS) == cell else ""
