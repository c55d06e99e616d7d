"""The catalogue and the utterance_templates: what the files hold, and what a wrong file is told."""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pum.bench.catalogue import UtteranceTemplates, load_preferences, load_request_types
from pum.bench.tasks.collection import read_tasks
from pum.bench.types import Preference
from pum.core.errors import InputError
from pum.core.paths import DATA, ROOT

PREFERENCES = {preference.id: preference for preference in load_preferences()}
PHRASEBOOK = load_request_types()
OCCASIONS = {request_type.id: request_type for request_type in (*PHRASEBOOK.openings, *PHRASEBOOK.followups)}
TASK_TRAITS = frozenset().union(*(task.tags for task in read_tasks(DATA / "tasks.jsonl")))
REACTIONS = {"wrong_answer", "understanding", "misconception", "term_error", "multi_part"}
RULES = ROOT.parent / "shared" / "reference" / "preferences_43.csv"
# How many of each family were published; ours go on from there.
PUBLISHED = {"cs": 8, "rf": 4, "ds": 6, "vb": 5, "ip": 6, "ec": 4, "ms": 6, "oa": 4}
PYTHON = frozenset({"python", "code", "snippet"})
ALGEBRA = frozenset({"math", "algebra", "short_answer"})


def published(preference_id: str) -> bool:
    return int(preference_id[3:]) <= PUBLISHED[preference_id[:2]]


def applicable(task_tags: frozenset[str], request_type: str) -> set[str]:
    tags = task_tags | OCCASIONS[request_type].tags
    return {id_ for id_, rule in PREFERENCES.items() if published(id_) and rule.when.matches(tags)}


def every_phrasing(templates: UtteranceTemplates) -> list[str]:
    groups = [request_type.phrasings for request_type in OCCASIONS.values()]
    groups += [templates.clarified, templates.wrong_answer, templates.thanks_closing, templates.giving_up]
    groups += [*templates.vague.values(), *templates.enforcement.values(), *templates.insistence.values()]
    return [text for group in groups for text in group]


def test_the_catalogue_holds_the_published_rules_and_as_many_again() -> None:
    ours = [id_ for id_ in PREFERENCES if published(id_)]
    assert len(ours) == 43
    assert len(PREFERENCES) >= 80
    assert sum(preference.style is not None for preference in PREFERENCES.values()) >= 60
    if RULES.is_file():
        with RULES.open(encoding="utf-8") as file:
            rows = {row["id"]: row for row in csv.DictReader(file)}
        assert sorted(rows) == sorted(ours)
        for id_, row in rows.items():
            assert PREFERENCES[id_].conflict_group == (row["conflict_group"] or None)
            assert ";".join(PREFERENCES[id_].cues) == row["cues"]


def test_no_two_preferences_of_one_style_or_with_one_note() -> None:
    styles = [preference.style for preference in PREFERENCES.values() if preference.style]
    notes = [preference.note for preference in PREFERENCES.values()]
    assert len(set(styles)) == len(styles) and len(set(notes)) == len(notes)


@pytest.mark.parametrize("preference", PREFERENCES.values(), ids=lambda preference: preference.id)
def test_wordings_are_sentences_of_a_sensible_length(preference: Preference) -> None:
    assert len(preference.wordings) >= 6
    assert preference.note not in preference.wordings
    for wording in preference.wordings:
        assert 5 <= len(wording.split()) <= 25
        assert wording[0].isupper() and wording[-1] in ".?"
        # The offline agent reads sentence by sentence, so a wording must say it all in one.
        assert not any(mark in wording[:-1] for mark in (". ", "? ", "! ", "\n"))


def test_triggers_name_traits_that_exist() -> None:
    for preference in PREFERENCES.values():
        when = preference.when
        assert when.all_of | when.any_of | when.none_of <= TASK_TRAITS | REACTIONS | set(OCCASIONS)
    for request_type in OCCASIONS.values():
        assert request_type.needs.all_of | request_type.needs.any_of | request_type.needs.none_of <= TASK_TRAITS


@pytest.mark.parametrize(
    ("task_tags", "request_type", "expected"),
    [
        (PYTHON, "plain", {"cs_001", "cs_004", "oa_003"}),
        (PYTHON, "quick", {"cs_001", "cs_004", "vb_001", "oa_003"}),
        (PYTHON, "module", {"cs_001", "cs_005", "oa_003"}),
        (PYTHON, "javascript", {"cs_002", "oa_003"}),
        (PYTHON, "thanks", {"ip_006"}),
        (ALGEBRA, "exam", {"rf_003", "ms_001", "ms_006"}),
        (ALGEBRA, "quick", {"rf_003", "vb_001"}),
        (ALGEBRA | {"complex"}, "frustrated", {"rf_003", "vb_002", "ip_005", "ms_001"}),
        (ALGEBRA, "sql", {"cs_003"}),
    ],
)
def test_what_applies_where(task_tags: frozenset[str], request_type: str, expected: set[str]) -> None:
    assert applicable(task_tags, request_type) == expected


def test_a_disputed_answer_adds_its_own_preference() -> None:
    tags = ALGEBRA | {"plain", "wrong_answer"}
    added = {id_ for id_, rule in PREFERENCES.items() if published(id_) and rule.when.matches(tags)}
    assert added == applicable(ALGEBRA, "plain") | {"ec_004"}


def test_code_occasions_need_code_and_exams_need_a_key() -> None:
    for_code = {id_ for id_, request_type in OCCASIONS.items() if request_type.needs.all_of == {"code"}}
    assert for_code == set(
        "copy_code module teach_code docs api_use commands error_handling bug broken review improve javascript".split()
    )
    assert not OCCASIONS["exam"].needs.matches(PYTHON)
    assert all(OCCASIONS["proof"].needs.matches(frozenset({tag})) for tag in ("math", "logic"))


def test_phrasings_are_many_unique_and_no_lasting_wish() -> None:
    phrasings = every_phrasing(PHRASEBOOK)
    assert len(phrasings) == len(set(phrasings))
    assert all(len(request_type.phrasings) >= 5 for request_type in OCCASIONS.values())
    for frames in (PHRASEBOOK.enforcement, PHRASEBOOK.insistence):
        assert all(len(texts) >= 5 for texts in frames.values())
    for request_type in OCCASIONS.values():
        for text in request_type.phrasings:
            assert not set(text.lower().split()) & {"please", "always", "never", "prefer", "whenever"}


def test_a_statement_stands_in_paragraphs_of_its_own() -> None:
    texts = [*PHRASEBOOK.clarified, *(text for request_type in PHRASEBOOK.openings for text in request_type.phrasings)]
    assert all("{statement}" in text.split("\n\n") and text != "{statement}" for text in texts)


@given(st.sampled_from(sorted(PREFERENCES)), st.data())
def test_frames_keep_a_wording_whole(preference_id: str, data: st.DataObject) -> None:
    wording = data.draw(st.sampled_from(PREFERENCES[preference_id].wordings))
    frames = data.draw(st.sampled_from([PHRASEBOOK.enforcement, PHRASEBOOK.insistence]))
    frame = data.draw(st.sampled_from(frames[data.draw(st.sampled_from(sorted(frames)))]))
    before, after = frame.split("{wording}")
    assert not before or before.rstrip()[-1] in ".?!"
    assert not after or after.startswith(" ")
    assert frame.format(wording=wording) == before + wording + after


def edited(name: str, folder: Path, edit: Callable[[dict], object]) -> Path:
    content = yaml.safe_load((DATA / name).read_text(encoding="utf-8"))
    edit(content)
    path = folder / name
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda content: content["preferences"][1].update(id="cs_001"), "id 'cs_001' comes twice"),
        (lambda content: content["preferences"][1].update(conflict_group="names"), "cs_002: conflict_group 'names'"),
        (lambda content: content["preferences"][2].update(wordings=[]), "cs_003: wordings"),
        (lambda content: content["preferences"][2].update(family="rf"), "cs_003: family is 'rf'"),
        (lambda content: content["preferences"][2].update(when={"some": ["sql"]}), "cs_003: when.some"),
        (lambda content: content["preferences"][2].update(when={"none": ["sql"]}), "cs_003: when: names no tag"),
        (lambda content: content["preferences"][3].pop("action"), "cs_004: action"),
        (lambda content: content["preferences"][3].pop("id"), "entry 4: id"),
        (lambda content: content.update(preferences=[]), "preferences.yaml: preferences"),
    ],
)
def test_a_wrong_catalogue_is_refused(edit: Callable[[dict], object], message: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as refusal:
        load_preferences(edited("preferences.yaml", tmp_path, edit))
    assert message in str(refusal.value) and "preferences.yaml" in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda content: content["request_types"][0].update(id="quick", tags=["quick"]), "id 'quick' comes twice"),
        (lambda content: content["request_types"][0].update(tags=["simple"]), "plain: tags: 'plain' is missing"),
        (lambda content: content["request_types"][0].update(phrasings=["Solve it."]), "plain: 'Solve it.' does not"),
        (lambda content: content["request_types"][-1].update(phrasings=["{statement}"]), "javascript: '{statement}'"),
        (lambda content: content["request_types"][-1].update(needs={"all": "code"}), "javascript: needs.all"),
        (lambda content: content["giving_up"].append("I don't think that's correct."), "comes twice"),
        (lambda content: content["enforcement"].pop("casual"), "enforcement: casual missing"),
        (lambda content: content["insistence"].update(casual=["Again!"]), "'Again!' does not contain {wording}"),
        (lambda content: content["vague"].update(sports=["Hi."]), "request_types.yaml: vague"),
        (lambda content: content.update(request_types=content["request_types"][:5]), "no followups"),
    ],
)
def test_a_wrong_phrasebook_is_refused(edit: Callable[[dict], object], message: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as refusal:
        load_request_types(edited("request_types.yaml", tmp_path, edit))
    assert message in str(refusal.value) and "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("content", "message"), [(b"a: [", "not YAML"), (b"\xff\xfe\xff", "not UTF-8 text"), (b"- a", "valid dictionary")]
)
def test_a_file_that_is_no_catalogue_is_refused(content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "other.yaml"
    path.write_bytes(content)
    for load in (load_preferences, load_request_types):
        with pytest.raises(InputError, match=message):
            load(path)
        with pytest.raises(InputError, match="No such file"):
            load(tmp_path / "missing.yaml")
