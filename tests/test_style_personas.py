"""Appendix C: every published cell comes back from its count and the rule; the environment always gives the same."""

import json

import pytest

from pum.config.params import load_params
from pum.core.paths import DATA
from pum.experiments.style_personas.personas import PERSONAS, TASKS, Persona, satisfaction, written
from pum.experiments.style_personas.play import TURNS, beside_published, count_of, style_persona_table

PUBLISHED = json.loads((DATA / "published.json").read_text(encoding="utf-8"))["style_personas"]


@pytest.fixture(scope="module")
def ours():
    return style_persona_table(load_params().methods)


def test_the_turns_that_are_scored_are_12_and_24(ours) -> None:
    assert TURNS == {"three_sessions": 12, "ten_sessions": 24}
    assert ours.groupby("setting").turns.unique().map(list).to_dict() == {"three_sessions": [12], "ten_sessions": [24]}


def test_every_published_cell_is_recomputed_exactly(ours) -> None:
    table = beside_published(ours, PUBLISHED)
    cells = table[table.published.notna()]
    assert len(cells) == sum(
        len(cells) for setting in ("three_sessions", "ten_sessions") for cells in PUBLISHED[setting].values()
    )
    assert (cells.recomputed == cells.published).all()
    counts = cells.set_index(["setting", "system", "measure"])["count"]
    assert (
        counts["three_sessions", "vanilla", "too_long"] == 5 and counts["three_sessions", "vanilla", "no_bullets"] == 6
    )
    assert counts["ten_sessions", "vanilla", "too_long"] == 4 and counts["ten_sessions", "vanilla", "no_bullets"] == 7
    assert counts["ten_sessions", "online_user", "recall_bullets"] == 19


def test_the_rule_gives_satisfaction_by_hand() -> None:
    assert satisfaction(5 + 6, 12) == pytest.approx(0.725)
    assert satisfaction(4 + 7, 24) == pytest.approx(0.8625)
    assert satisfaction(2, 12) == pytest.approx(0.95) and satisfaction(2, 24) == pytest.approx(0.975)


def test_nobody_published_was_answered_in_a_wrong_language(ours) -> None:
    table = beside_published(ours, PUBLISHED)
    wrong = table[(table.measure == "wrong_language") & (table.system != "static_mem")]
    assert wrong["count"].tolist() == [0, 0, 0, 0] and (wrong.follows == "the scoring rule").all()


def test_a_rate_that_is_no_count_of_the_turns_is_refused() -> None:
    assert count_of(0.4167, 12) == 5
    with pytest.raises(ValueError, match=r"0\.4 is no share of 12 turns"):
        count_of(0.4, 12)


def test_the_three_systems_of_this_project(ours) -> None:
    """Without memory only what the personas want decides: two of four turns are lists, too long for the short ones."""
    for setting, turns in TURNS.items():
        mine = ours[ours.setting == setting].set_index("system")
        assert mine.too_long["vanilla"] * turns == pytest.approx(sum(p.short for p in PERSONAS) * turns / 12)
        assert mine.no_bullets["vanilla"] == sum(p.bullets for p in PERSONAS) / len(PERSONAS)
        broken = turns * (mine.too_long + mine.no_bullets + mine.wrong_language)
        assert mine.satisfaction.tolist() == pytest.approx([satisfaction(count, turns) for count in broken])
        for system in ("static_mem", "online_user"):
            assert mine.satisfaction[system] == 1.0
            assert mine.recall_short[system] == pytest.approx(4 / 6), "two of six personas want nothing short"
        assert (mine.loc["vanilla", ["recall_short", "recall_bullets", "recall_language"]] == 0).all()


@pytest.mark.parametrize("persona", PERSONAS, ids=lambda persona: persona.name)
def test_an_answer_in_the_persona_s_style_has_no_violation_and_others_have(persona: Persona) -> None:
    for task in TASKS:
        assert persona.violations(written(task, persona.language, persona.short, persona.bullets)) == ()
        other = {"en": "zh", "zh": "en"}[persona.language]
        assert "wrong_language" in persona.violations(written(task, other, persona.short, persona.bullets))
        if persona.bullets:
            assert persona.violations(written(task, persona.language, persona.short, False)) == ("no_bullets",)
    lists = [task for task in TASKS if len(task.points["en"]) > 1]
    if persona.short:
        long = [written(task, persona.language, False, persona.bullets) for task in lists]
        assert all(persona.violations(answer) == ("too_long",) for answer in long)
