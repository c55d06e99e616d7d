"""`pum bench check`: it lists every preference, and says of each what it lacks."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from pum.bench.catalogue import PREFERENCES, load_preferences
from pum.bench.review import Examples, load_examples, review
from pum.bench.types import Preference
from pum.cli.app import main
from pum.core.errors import InputError

CATALOGUE = load_preferences()
STYLED = next(preference for preference in CATALOGUE if preference.style)
PLAIN = next(preference for preference in CATALOGUE if not preference.style)
FULL = {STYLED.style: Examples(satisfied=("a", "b"), violated=("c", "d"))}


def flaws(preference: Preference, examples: dict[str, Examples] = FULL, registered: object = FULL) -> list[str]:
    return list(review([preference], examples, registered).flaws)


def test_a_preference_with_all_it_needs_has_no_flaw() -> None:
    found = review([STYLED, PLAIN], FULL, set(FULL))
    assert found.flaws == ()
    assert found.lines[-1] == "2 preferences, 1 with a checker"
    first, second, _ = (line.split() for line in found.lines)
    assert first[:4] == [STYLED.id, STYLED.style, str(len(STYLED.wordings)), "wordings"]
    assert first[4:] == ["2", "satisfied", "2", "violated", "0", "not", "applicable"]
    assert second == [PLAIN.id, "-", str(len(PLAIN.wordings)), "wordings"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda it: replace(it, wordings=it.wordings[:5]), "5 wordings, fewer than 6"),
        (lambda it: replace(it, wordings=(*it.wordings, it.note)), "a wording is the note itself"),
        (lambda it: replace(it, wordings=(*it.wordings, it.action.capitalize())), "a wording is the action itself"),
        (lambda it: replace(it, style="telepathy"), "no checker is named 'telepathy'"),
    ],
)
def test_what_a_preference_lacks_is_named(change: Callable[[Preference], Preference], message: str) -> None:
    found = flaws(change(STYLED), FULL | {"telepathy": FULL[STYLED.style]})
    assert found == [f"{STYLED.id}: {message}"]


@pytest.mark.parametrize(("verdict", "count"), [("satisfied", 1), ("violated", 0)])
def test_a_style_needs_examples_of_both_kinds(verdict: str, count: int) -> None:
    few = {STYLED.style: FULL[STYLED.style].model_copy(update={verdict: ("a",) * count})}
    assert flaws(STYLED, few) == [f"{STYLED.id}: {count} examples of {STYLED.style} {verdict}, fewer than 2"]
    assert len(flaws(STYLED, {})) == 2
    assert flaws(PLAIN, {}) == []


def test_the_command_lists_the_catalogue_and_names_its_flaws(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    content = yaml.safe_load(PREFERENCES.read_text(encoding="utf-8"))
    content["preferences"] = content["preferences"][:1]
    content["preferences"][0].update(wordings=["Please do it so."], contradicts=[])
    path = tmp_path / "preferences.yaml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    examples = tmp_path / "examples.yaml"
    examples.write_text("python_conventions: {satisfied: [a, b], violated: [c, d]}", encoding="utf-8")
    assert main(["bench", "check", "--preferences", str(path), "--examples", str(examples)]) == 1
    out, err = capsys.readouterr()
    assert out.splitlines()[-1] == "1 preferences, 1 with a checker" and out.startswith("cs_001 ")
    assert err == "pum: cs_001: 1 wordings, fewer than 6\n"
    content["preferences"][0].update(wordings=[f"Please do it so {number}." for number in range(6)])
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    assert main(["bench", "check", "--preferences", str(path), "--examples", str(examples)]) == 0
    assert capsys.readouterr().err == ""


def test_the_shipped_catalogue_passes(capsys: pytest.CaptureFixture) -> None:
    assert main(["bench", "check"]) == 0, capsys.readouterr().err
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[:-1]] == [preference.id for preference in CATALOGUE]
    with_checker = sum(preference.style is not None for preference in CATALOGUE)
    assert lines[-1] == f"{len(CATALOGUE)} preferences, {with_checker} with a checker"
    assert len(CATALOGUE) >= 80 and with_checker >= 60


@pytest.mark.parametrize(
    "content",
    ["- a", "bullets: [a]", "bullets: {satisfied: a}", "bullets: {maybe: [a]}", "a: [", "bullets: {violated: [1]}"],
)
def test_a_bad_file_is_one_line_and_exit_code_2(content: str, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    path = tmp_path / "examples.yaml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match="examples.yaml"):
        load_examples(path)
    for option in ("--examples", "--preferences"):
        assert main(["bench", "check", option, str(path)]) == 2
        err = capsys.readouterr().err
        assert err.startswith("pum: ") and "examples.yaml" in err and err.count("\n") == 1
    assert main(["bench", "check", "--examples", str(tmp_path / "none.yaml")]) == 2
