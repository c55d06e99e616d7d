"""The comparison of note forms: what is drawn, how it is played with a scripted model, and what the table says."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from pum.analysis.figures.calibration import draw_note_forms
from pum.analysis.note_forms import FormReply, best_forms, form_table
from pum.analysis.tables import write_csv
from pum.bench.agent.curves import read_calibration
from pum.bench.catalogue import load_preferences, load_request_types
from pum.bench.profiles import read_profiles
from pum.bench.tasks.collection import read_tasks
from pum.bench.tasks.grading import as_reply
from pum.calibration.records import RecordBook
from pum.core.errors import InputError
from pum.core.paths import DATA, ROOT
from pum.core.schemas import Message, Reply, Usage
from pum.experiments.note_forms import plan
from pum.experiments.note_forms.memory import Memories
from pum.experiments.note_forms.play import MAX_TOKENS, Comparison
from pum.llm.note_forms import note_forms, read_notes
from tests.small_assistant import small_resources
from tests.small_runs import small_params

SEED = 20260321
PREFERENCES = {preference.id: preference for preference in load_preferences()}
TASKS = {task.task_id: task for task in read_tasks(DATA / "tasks.jsonl")}
SITUATIONS = plan.Situations(load_request_types(), tuple(TASKS.values()), SEED)
STYLES = ("bullets", "verdict_first", "ends_with_qed")


class Killed(Exception):
    pass


class Scripted:
    """Follows a note on bullets that stands behind the user's message; else says something plain."""

    name, simulated = "scripted", True

    def __init__(self, lives: int = 10**6) -> None:
        self.lives = lives
        self.prompts: list[tuple[Message, ...]] = []

    async def answer(self, messages: Sequence[Message], *, seed: int, max_tokens: int = 512) -> Reply:
        assert max_tokens == MAX_TOKENS
        if len(self.prompts) == self.lives:
            raise Killed
        self.prompts.append(tuple(messages))
        await asyncio.sleep(0)
        behind = read_notes(messages).messages[-1] != messages[-1]
        bullets = behind and any("bullet" in note for note in read_notes(messages).notes)
        return Reply("- one way\n- another way\n- a third" if bullets else "It is what it is.", Usage(7, 5))

    def count_tokens(self, text: str) -> int:
        return len(text)


@pytest.fixture(scope="module")
def drawn() -> tuple:
    rates = read_calibration(ROOT / "data/calibration/qwen2.5-coder-1.5b.json")["rates"]["unprompted by style"]
    unprompted = {style: rate for style, (rate, *_) in rates.items()}
    return plan.draw_preferences(tuple(PREFERENCES.values()), unprompted, SITUATIONS, SEED)


@pytest.fixture(scope="module")
def build() -> Callable[[Scripted, Path], Comparison]:
    chosen = [next(it for it in PREFERENCES.values() if it.style == style) for style in STYLES]
    profiles = read_profiles(DATA / "profiles.jsonl", PREFERENCES)
    memories = Memories(small_params(), small_resources(), PREFERENCES, profiles, SITUATIONS, SEED)
    return lambda model, path: Comparison(
        model, RecordBook(path, FormReply), chosen, SITUATIONS, memories, PREFERENCES, TASKS, SEED, concurrency=5
    )


@pytest.fixture(scope="module")
def played(build: Callable, tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    comparison = build(Scripted(), tmp_path_factory.mktemp("forms") / "j.jsonl.gz")
    asyncio.run(comparison.play())
    return comparison


def test_the_drawn_preferences_are_new_to_the_forms_and_rarely_met_unasked(drawn: tuple) -> None:
    styles = [preference.style for preference in drawn]
    assert len(styles) == len(set(styles)) == plan.PREFERENCES >= 24 and not set(styles) & plan.TRIED
    for preference in drawn:
        occasions = SITUATIONS.of(preference, plan.ROUNDS)
        assert len(occasions) == len({it.task.task_id for it in occasions}) == plan.ROUNDS >= 4
        assert all(preference.when.matches(it.tags) for it in occasions)
        assert all(it.task.statement in it.texts[0] for it in occasions)
        for occasion in occasions:
            assert not plan.other(occasion, drawn, SEED).when.matches(occasion.tags)
    tasks = list(SITUATIONS.tasks_for(drawn))
    assert len({it.task.task_id for it in tasks}) == len(tasks) == plan.TASK_ROUNDS * len(drawn)
    assert {it.task.dataset for it in tasks} == {task.dataset for task in TASKS.values()}


def test_every_form_is_compared() -> None:
    assert set(plan.FORMS) == set(note_forms())


def test_what_is_played_is_paired_and_balanced(played: Comparison) -> None:
    conditions = Counter((it.form, it.notes, it.wording, it.about, it.system) for it in played.book)
    focused = {cell: count for cell, count in conditions.items() if cell[3] in ("focus", "other")}
    assert set(focused.values()) == {len(STYLES) * plan.ROUNDS} and len(focused) == 13 + 15 + 1
    assert {count for cell, count in conditions.items() if cell[3] == "task"} == {len(STYLES) * plan.TASK_ROUNDS}
    first_turns = [it for it in played.book if it.about == "first_turn"]
    assert len(first_turns) == len({(it.focus, it.number) for it in first_turns})
    for it in played.book:
        assert len(it.noted) == it.notes
        if it.notes and it.about == "focus":
            assert it.focus in it.noted
        if it.about == "other":
            (wrong,) = it.noted
            assert not PREFERENCES[wrong].when.matches(frozenset(it.tags))


def test_a_killed_run_is_balanced_and_asks_only_for_what_is_missing(build, played, tmp_path: Path) -> None:
    path = tmp_path / "j.jsonl.gz"
    killed = build(Scripted(lives=60), path)
    with pytest.raises(Killed):
        asyncio.run(killed.play())
    assert draw_note_forms(killed.table(), "preliminary").axes and build(Scripted(), tmp_path / "new").table().empty
    with path.open("ab") as file:
        file.write(path.read_bytes()[:40])
    book = RecordBook(path, FormReply)
    assert len(book) == 60 and {it.number for it in book if it.about != "first_turn"} <= {0, 1}
    rest = Scripted()
    asyncio.run(build(rest, path).play())
    assert len(rest.prompts) == len(played.book) - 60
    tables = []
    for number, comparison in enumerate((played, build(Scripted(lives=0), path))):
        asyncio.run(comparison.play())
        write_csv(comparison.table(), tmp_path / f"{number}.csv")
        tables.append((tmp_path / f"{number}.csv").read_bytes())
    assert tables[0] == tables[1]


def test_replies_to_other_prompts_are_not_mixed_in(build, played, tmp_path: Path) -> None:
    path = tmp_path / "j.jsonl.gz"
    record = next(iter(played.book))
    RecordBook(path, FormReply).add(record.model_copy(update={"prompt": "another"}))
    with pytest.raises(InputError, match="has another prompt by now"):
        asyncio.run(build(Scripted(), path).play())


def test_the_table_counts_what_is_followed_and_compares_the_same_occasions(played: Comparison) -> None:
    assert best_forms(played.book, PREFERENCES, TASKS) == ("both", "imperative")
    table = played.table().set_index(["system", "about", "wording", "notes", "form"])
    base, best = (table.loc[("graded", "focus", "action", 1, form)] for form in ("system", "imperative"))
    assert (base["count"], base["of"]) == (0, 12) and (best["count"], best.gained, best.lost) == (4, 4, 0)
    assert (
        best.p == pytest.approx(2 * 0.5**4) and best.difference == pytest.approx(1 / 3) and best.low < 1 / 3 < best.high
    )
    none = table.loc[("graded", "other", "action", 0, "none")]
    assert none["of"] == 12 and none.outcome == "acted_on"
    wrong = table.loc[("graded", "focus", "action", 8, "imperative")]
    assert wrong.noted + wrong.wrong <= 8 * 12 and wrong.wrong > 0
    assert table.loc[("graded", "task", "action", 3, "mixed")].outcome == "solved"
    assert draw_note_forms(played.table(), "forms").axes


def test_a_right_answer_counts_as_solved(played: Comparison) -> None:
    record = next(it for it in played.book if it.about == "task" and it.form == "system")
    right = record.model_copy(update={"reply": as_reply(TASKS[record.task], TASKS[record.task].answer)})
    assert form_table([right], PREFERENCES, TASKS).loc[0, ["outcome", "count", "of", "solved"]].tolist() == [
        "solved", 1, 1, 1
    ]  # fmt: skip
