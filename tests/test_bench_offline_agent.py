"""The offline agent: what it reads out of the messages, how likely it acts on it, and that nothing else moves it."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from pum.bench.agent.curves import Asked, Curves, FollowingRates, Noted, Solve
from pum.bench.agent.instruction_parser import InstructionParser
from pum.bench.agent.offline import OfflineAgent
from pum.bench.catalogue import load_preferences, load_request_types
from pum.bench.checkers.checking import check
from pum.bench.tasks.answers import final_answer, unwrap
from pum.bench.tasks.collection import read_tasks
from pum.bench.types import Situation, Task, Verdict
from pum.core.paths import DATA
from pum.core.schemas import Message, Note
from pum.llm.note_forms import note_form, note_forms
from pum.llm.prompt_builder import build_messages, estimate_tokens
from pum.llm.prompts import prompt
from pum.retrieval.embed import CachedEmbedder

PREFERENCES = load_preferences()
BY_STYLE = {preference.style: preference for preference in PREFERENCES if preference.style}
PHRASEBOOK = load_request_types()
OCCASIONS = {request_type.id: request_type for request_type in (*PHRASEBOOK.openings, *PHRASEBOOK.followups)}
TASKS = {task.task_id: task for task in read_tasks(DATA / "tasks.jsonl")}
LINEAR, KNIGHTS = TASKS["algebra-linear/0000"], TASKS["logic-knights/0000"]
WRONG = PHRASEBOOK.wrong_answer[0]

# Log-odds of what is bound to happen.
SURE = 30.0


def behaving(
    rates: dict[str, float] | None = None,
    by_itself: float = 0.0,
    noted: float = SURE,
    per_note_doubling: float = 0.0,
    asked: float = SURE,
    per_distance_doubling: float = 0.0,
    solved: float = SURE,
    difficulty: float = 0.0,
    place: float = 0.0,
    own_words: float = 0.0,
    keeps: float = 1.0,
) -> Curves:
    """Unless told otherwise: obeys whatever it is told, does nothing by itself, and solves everything."""
    return Curves(
        source="made for tests",
        measured=False,
        unprompted=FollowingRates(rates=rates or {}, otherwise=by_itself),
        noted=Noted(effects={}, otherwise=noted, per_doubling=per_note_doubling, place=place, own_words=own_words),
        asked=Asked(effects={}, otherwise=asked, per_doubling=per_distance_doubling),
        solve=Solve(effects={}, otherwise=solved, difficulty=difficulty, per_doubling=0.0),
        keeps=keeps,
    )


@pytest.fixture
def parser(embedder: CachedEmbedder) -> InstructionParser:
    """Instructions are recognised only in the catalogue's own words: the test embedder knows no meaning."""
    return InstructionParser(TASKS.values(), PHRASEBOOK, PREFERENCES, embedder, match_at=0.98)


@pytest.fixture
def agent(parser: InstructionParser) -> OfflineAgent:
    return OfflineAgent(parser, behaving(), PREFERENCES)


def with_curves(parser: InstructionParser, **changes: object) -> OfflineAgent:
    return OfflineAgent(parser, behaving(**changes), PREFERENCES)


def conversation(*said: str, notes: Sequence[Note] = (), form: str = "system") -> tuple[Message, ...]:
    """User and assistant in turn; the last one to speak is the user."""
    roles = ("user", "assistant")
    history = [Message(role=roles[place % 2], content=text) for place, text in enumerate(said[:-1])]
    given = [note if isinstance(note, Note) else Note(note) for note in notes]
    return build_messages(
        given, (), history, said[-1], 10**6, estimate_tokens, system=prompt("system_graded"), form=note_form(form)
    )


def ask(agent: OfflineAgent, *said: str, notes: Sequence[str] = (), seed: int = 0) -> str:
    return asyncio.run(agent.answer(conversation(*said, notes=notes), seed=seed)).text


def opening(task: Task = LINEAR, request_type: str = "plain", phrasing: int = 0) -> str:
    return OCCASIONS[request_type].phrasings[phrasing].replace("{statement}", task.statement)


def shown(style: str, reply: str, task: Task = LINEAR, request_type: str = "plain", *more: str) -> bool:
    situation = Situation(task, task.tags | OCCASIONS[request_type].tags | set(more))
    return check(style, reply, situation) is Verdict.SATISFIED


@pytest.mark.parametrize("kind", ["code", "math", "logic"])
def test_it_asks_back_when_the_task_was_kept_back(agent: OfflineAgent, kind: str) -> None:
    for text in PHRASEBOOK.vague[kind]:
        reply = ask(agent, text)
        assert reply.endswith("?") and final_answer(reply) is None


def test_it_asks_back_although_an_earlier_session_had_a_task(agent: OfflineAgent) -> None:
    reply = ask(agent, opening(KNIGHTS), "Answer: 1", PHRASEBOOK.vague["math"][0])
    assert reply.endswith("?") and final_answer(reply) is None


def test_it_answers_once_the_task_was_told(agent: OfflineAgent) -> None:
    for frame in PHRASEBOOK.clarified:
        reply = ask(agent, PHRASEBOOK.vague["math"][0], "What is it?", frame.replace("{statement}", opening()))
        assert final_answer(reply) == LINEAR.answer


@pytest.mark.parametrize("task", [LINEAR, KNIGHTS, TASKS["humaneval/0000"]], ids=lambda task: task.task_id)
def test_every_way_to_ask_is_understood(parser: InstructionParser, task: Task) -> None:
    for request_type in OCCASIONS.values():
        if not request_type.needs.matches(task.tags):
            continue
        for text in request_type.phrasings:
            said = [text.replace("{statement}", task.statement)]
            if request_type.role == "followup":
                said = [opening(task), "Answer: 1", *said]
            request = parser.open_request(conversation(*said))
            assert request is not None and (request.task, request.request_type) == (task, request_type), text
            assert request.position == len(said) and parser.is_request(said[-1])
            assert request.tags == task.tags | request_type.tags


def test_it_answers_the_last_request(agent: OfflineAgent) -> None:
    why, options = OCCASIONS["why"].phrasings[1], OCCASIONS["options"].phrasings[2]
    style = BY_STYLE["bullets"].wordings[0]
    assert final_answer(ask(agent, opening())) == LINEAR.answer
    said = (opening(), "Answer: 24", why, "It holds.", options)
    assert shown("bullets", ask(agent, *said, "This way or that.", style), LINEAR, "options")
    assert final_answer(ask(agent, *said)) is None
    later = ask(agent, *said, "This way or that.", opening(KNIGHTS))
    assert final_answer(later) == unwrap(KNIGHTS.answer)


CASES = [
    ("answer_first", LINEAR, "plain"),
    ("names_operations", LINEAR, "teach"),
    ("at_most_three_sentences", LINEAR, "quick"),
    ("acknowledges_first", KNIGHTS, "frustrated"),
    ("similar_exercise", KNIGHTS, "exam"),
    ("no_confirmation", LINEAR, "instruction"),
]


@pytest.mark.parametrize(("style", "task", "request_type"), CASES)
def test_it_follows_what_a_note_says_and_nothing_unsaid(
    agent: OfflineAgent, style: str, task: Task, request_type: str
) -> None:
    for seed in range(5):
        assert not shown(style, ask(agent, opening(task, request_type), seed=seed), task, request_type)
        noted = ask(agent, opening(task, request_type), notes=[BY_STYLE[style].note], seed=seed)
        assert shown(style, noted, task, request_type)
        assert all(not shown(other, noted, task, request_type) for other in others(style, task, request_type))


def others(style: str, task: Task, request_type: str) -> list[str]:
    """The other styles that apply there."""
    tags = task.tags | OCCASIONS[request_type].tags
    return [name for name, preference in BY_STYLE.items() if name != style and preference.when.matches(tags)]


@pytest.mark.parametrize(("style", "task", "request_type"), CASES)
def test_it_follows_what_the_user_asks_for(agent: OfflineAgent, style: str, task: Task, request_type: str) -> None:
    first = ask(agent, opening(task, request_type))
    for wording in BY_STYLE[style].wordings:
        revised = ask(agent, opening(task, request_type), first, f"I already said this. {wording}")
        assert shown(style, revised, task, request_type), wording
    before = ask(agent, BY_STYLE[style].wordings[0], "Noted.", opening(task, request_type))
    assert shown(style, before, task, request_type), "said earlier in the conversation"


def test_only_users_and_notes_instruct(agent: OfflineAgent, embedder: CachedEmbedder) -> None:
    wording = BY_STYLE["answer_first"].wordings[0]
    reply = ask(agent, opening(), wording, "Go on then.")
    assert not shown("answer_first", reply), "the assistant's own words are no instruction"
    stated = replace(LINEAR, statement=f"{LINEAR.statement}\n\n{wording}")
    parser = InstructionParser([stated], PHRASEBOOK, PREFERENCES, embedder, match_at=0.98)
    assert not shown("answer_first", ask(with_curves(parser), opening(stated))), "a task's text is no instruction"


def test_notes_are_followed_by_their_number(parser: InstructionParser) -> None:
    agent = with_curves(parser, per_note_doubling=-100.0)
    note, other = BY_STYLE["answer_first"].note, BY_STYLE["bullets"].note
    assert shown("answer_first", ask(agent, opening(), notes=[note]))
    assert not shown("answer_first", ask(agent, opening(), notes=[note, other]))


def test_notes_are_followed_by_their_place_and_form(parser: InstructionParser) -> None:
    preference, other = BY_STYLE["answer_first"], BY_STYLE["bullets"].note
    last_only = with_curves(parser, noted=-20.0, place=200.0)
    assert shown("answer_first", ask(last_only, opening(), notes=[other, other, preference.note]))
    assert not shown("answer_first", ask(last_only, opening(), notes=[other, preference.note, other]))
    assert not shown("answer_first", ask(last_only, opening(), notes=[preference.note, other, other]))
    cards_only = with_curves(parser, own_words=-100.0)
    assert shown("answer_first", ask(cards_only, opening(), notes=[preference.note]))
    said = next(wording for wording in preference.wordings if not wording.startswith("When "))
    assert shown("answer_first", ask(with_curves(parser), opening(), notes=[said]))
    assert not shown("answer_first", ask(cards_only, opening(), notes=[said]))


@pytest.mark.parametrize("form", note_forms())
def test_it_reads_notes_in_every_form(parser: InstructionParser, form: str) -> None:
    """A card's note is one in every form, and what stands behind the message is no part of the request."""
    cards_only = with_curves(parser, own_words=-2 * SURE)
    notes = [BY_STYLE[style].as_note(met=True) for style in ("recap_last", "bullets")]
    said = [opening(), "Answer: 24", OCCASIONS["options"].phrasings[2]]
    first, later = (conversation(*said[:place], notes=notes, form=form) for place in (1, 3))
    reply = asyncio.run(cards_only.answer(first, seed=0)).text
    assert final_answer(reply) == LINEAR.answer and shown("recap_last", reply)
    assert reply == ask(cards_only, opening(), notes=notes)
    assert shown("bullets", asyncio.run(cards_only.answer(later, seed=0)).text, LINEAR, "options")


def test_a_note_never_lowers_the_chance_of_its_wish(parser: InstructionParser) -> None:
    """The rule that the report discloses: gains from notes are an upper estimate."""
    always = with_curves(parser, rates={"recap_last": 1.0}, noted=-SURE)
    note = BY_STYLE["recap_last"].note
    assert all(shown("recap_last", ask(always, opening(), notes=[note], seed=seed)) for seed in range(5))


def test_what_was_asked_fades_with_distance(parser: InstructionParser) -> None:
    agent = with_curves(parser, asked=4.0, per_distance_doubling=-3.2)
    wording = BY_STYLE["answer_first"].wordings[0]
    near = far = 0
    for seed in range(30):
        near += shown("answer_first", ask(agent, wording, "Noted.", opening(), seed=seed))
        far += shown("answer_first", ask(agent, wording, *["Noted."] * 9, opening(), seed=seed))
    assert 2 <= near <= 15 and far == 0


def test_by_itself_it_shows_a_style_as_often_as_its_curve_says(parser: InstructionParser) -> None:
    agent = with_curves(parser, rates={"answer_first": 0.3}, by_itself=1.0)
    replies = [ask(agent, opening(), seed=seed) for seed in range(200)]
    assert 0.2 < sum(shown("answer_first", reply) for reply in replies) / 200 < 0.4
    assert all(shown("names_operations", reply) for reply in replies)


def test_a_disputed_answer_is_thought_over_and_a_revision_keeps_it(parser: InstructionParser) -> None:
    agent = with_curves(parser, solved=0.0)
    wording = BY_STYLE["answer_first"].wordings[0]
    turned = 0
    for seed in range(40):
        first = ask(agent, opening(), seed=seed)
        revised = ask(agent, opening(), first, wording, seed=seed)
        disputed = ask(agent, opening(), first, WRONG, seed=seed)
        maybe_await = ask(agent, opening(), first, WRONG, disputed, wording, seed=seed)
        assert final_answer(first) in (LINEAR.answer, LINEAR.entry["wrong_answer"])
        assert final_answer(revised) == final_answer(first)
        assert final_answer(maybe_await) == final_answer(disputed)
        turned += final_answer(disputed) != final_answer(first)
    assert 8 < turned < 32


def test_it_owns_an_error_only_when_there_was_one(agent: OfflineAgent) -> None:
    wording = BY_STYLE["owns_error"].wordings[0]
    disputed = ask(agent, opening(), "Answer: 25", wording, "Answer: 25", WRONG)
    assert shown("owns_error", disputed, LINEAR, "plain", "wrong_answer")
    assert not shown("owns_error", ask(agent, opening(), "Answer: 25", wording), LINEAR, "plain", "wrong_answer")


def test_a_dispute_is_over_with_the_next_request(parser: InstructionParser) -> None:
    said = [opening(), "Answer: 25", WRONG]
    assert parser.open_request(conversation(*said)).disputed
    request = parser.open_request(conversation(*said, "Answer: 24", OCCASIONS["why"].phrasings[0]))
    assert not request.disputed and request.request_type.id == "why"
    assert not parser.open_request(conversation(*said, "Answer: 24", opening(KNIGHTS))).disputed


def test_harder_tasks_and_fuller_contexts_are_solved_less(parser: InstructionParser, embedder: CachedEmbedder) -> None:
    easy = behaving()
    crowded = easy.model_copy(update={"solve": easy.solve.model_copy(update={"per_doubling": -100.0})})
    agent = OfflineAgent(parser, crowded, PREFERENCES)
    assert final_answer(ask(agent, opening())) == LINEAR.answer
    full = ask(agent, *["Noted, and more of the same. " * 100] * 2, opening())
    assert final_answer(full) == LINEAR.entry["wrong_answer"], "the context is full"
    hard = InstructionParser([replace(LINEAR, difficulty=1.0)], PHRASEBOOK, PREFERENCES, embedder, match_at=0.98)
    assert final_answer(ask(with_curves(hard, difficulty=-100.0), opening())) == LINEAR.entry["wrong_answer"]


def test_the_reply_depends_on_messages_and_seed_alone(parser: InstructionParser, embedder: CachedEmbedder) -> None:
    middling = {"by_itself": 0.5, "solved": 0.0, "noted": 0.0, "asked": 0.0}
    turned = InstructionParser(list(TASKS.values())[::-1], PHRASEBOOK, PREFERENCES, embedder, match_at=0.98)
    used, fresh = with_curves(parser, **middling), with_curves(turned, **middling)
    used.name = "another name"
    for seed in range(20):
        ask(used, opening(KNIGHTS, "teach"), seed=seed + 1)
    said = (opening(), "Answer: 25", BY_STYLE["answer_first"].wordings[0])
    replies = [ask(used, *said, seed=seed) for seed in range(20)]
    assert replies == [ask(fresh, *said, seed=seed) for seed in range(20)]
    assert len(set(replies)) > 3
    short = asyncio.run(used.answer(conversation(*said), seed=3, max_tokens=1))
    assert short.text == replies[3]


def test_notes_that_do_not_apply_change_nothing(parser: InstructionParser) -> None:
    """So that methods differ only by what they bring to the point."""
    agent = with_curves(parser, by_itself=0.5, solved=0.0)
    for seed in range(20):
        plain = ask(agent, opening(), seed=seed)
        assert ask(agent, opening(), notes=[BY_STYLE["bullets"].note, "Be kind."], seed=seed) == plain
        assert ask(agent, opening(phrasing=1), seed=seed) == plain


ONE, OTHER = "answer_first", "names_operations"


@pytest.fixture
def opposed(parser: InstructionParser, embedder: CachedEmbedder) -> Callable[..., OfflineAgent]:
    """An agent in whose world the two styles, which apply to LINEAR alike, contradict each other."""
    ids = {ONE: BY_STYLE[ONE].id, OTHER: BY_STYLE[OTHER].id}
    catalogue = [
        replace(it, contradicts=frozenset({ids[OTHER if it.style == ONE else ONE]})) if it.style in ids else it
        for it in PREFERENCES
    ]

    def agent(**changes: object) -> OfflineAgent:
        return OfflineAgent(parser, behaving(**changes), catalogue)

    return agent


def which(reply: str) -> set[str]:
    return {style for style in (ONE, OTHER) if shown(style, reply)}


@pytest.mark.parametrize(("first", "last"), [(ONE, OTHER), (OTHER, ONE)])
def test_of_contradicting_wishes_the_last_one_told_is_kept(
    opposed: Callable[..., OfflineAgent], first: str, last: str
) -> None:
    agent, wish = opposed(), {style: BY_STYLE[style].wordings[0] for style in (ONE, OTHER)}
    notes = [BY_STYLE[first].note, BY_STYLE[last].note]
    assert which(ask(agent, opening(), notes=notes)) == {last}
    assert which(ask(agent, opening(), "Answer: 24", wish[first], "Answer: 24", wish[last])) == {last}
    assert which(ask(agent, opening(), "Answer: 24", wish[last], notes=[BY_STYLE[first].note])) == {last}
    assert which(ask(agent, opening(), "Answer: 24", wish[last], notes=notes[::-1])) == {last}


def test_of_contradicting_wishes_the_likelier_one_is_kept(opposed: Callable[..., OfflineAgent]) -> None:
    notes = [BY_STYLE[OTHER].note]
    said = (opening(), "Answer: 24", BY_STYLE[ONE].wordings[0])
    assert which(ask(opposed(noted=3.0), *said, notes=notes)) == {ONE}
    assert which(ask(opposed(asked=3.0), *said, notes=notes)) == {OTHER}
    assert which(ask(opposed(rates={ONE: 1.0}), opening())) == {ONE}
    both = opposed(rates={ONE: 1.0, OTHER: 1.0})
    assert len({frozenset(which(ask(both, opening(), seed=seed))) for seed in range(10)}) == 1


def test_without_a_contradiction_both_are_followed(agent: OfflineAgent) -> None:
    assert which(ask(agent, opening(), notes=[BY_STYLE[ONE].note, BY_STYLE[OTHER].note])) == {ONE, OTHER}


def test_a_reflection_drops_what_a_newer_wish_contradicts(opposed: Callable[..., OfflineAgent]) -> None:
    old, new = BY_STYLE[ONE].note, BY_STYLE[OTHER].wordings[0]
    assert reflect(opposed(), [old], [opening(), new]) == [f"- {new}"]


def test_a_followup_is_understood_behind_a_remark_and_when_repeated(parser: InstructionParser) -> None:
    said = [opening(), "Answer: 24"]
    for request_type in PHRASEBOOK.followups:
        text = request_type.phrasings[-1]
        if not request_type.needs.matches(LINEAR.tags):
            continue
        asked = [f"{turn} {text}" for turn in PHRASEBOOK.topic_changes]
        asked += [frame.replace("{statement}", f"{LINEAR.statement}\n\n{text}") for frame in PHRASEBOOK.restated]
        for way in asked:
            request = parser.open_request(conversation(*said, way))
            assert (request.task, request.request_type, request.position) == (LINEAR, request_type, 3), way
            assert parser.is_request(way)


def test_a_task_told_once_more_is_the_same_request(parser: InstructionParser) -> None:
    for frame in PHRASEBOOK.restated:
        again = frame.replace("{statement}", opening(LINEAR, "teach"))
        request = parser.open_request(conversation(opening(LINEAR, "teach"), "Which one?", again))
        assert (request.task, request.request_type.id, request.position) == (LINEAR, "teach", 3)


def test_tokens_are_counted_over_all_messages(agent: OfflineAgent) -> None:
    messages = conversation(opening(), "Answer: 24", WRONG)
    reply = asyncio.run(agent.answer(messages, seed=0))
    assert reply.usage.prompt_tokens == sum(agent.count_tokens(message["content"]) for message in messages)
    assert reply.usage.completion_tokens == agent.count_tokens(reply.text) > 0


def reflect(
    agent: OfflineAgent, notes: Sequence[str], said: Sequence[str], limit: int = 20, seed: int = 0
) -> list[str]:
    """The lines it writes after a session in which the user said `said`."""
    listed = "\n".join(f"- {note}" for note in notes) or "(none)"
    session = "\n\n".join(f"[user]\n{text}\n\n[assistant]\nAnswer: 24" for text in said)
    messages = (
        Message(role="system", content=prompt("reflection").format(limit=limit)),
        Message(role="user", content=f"# Notes so far\n{listed}\n\n# Session\n{session}"),
    )
    return asyncio.run(agent.answer(messages, seed=seed)).text.splitlines()


def test_a_reflection_keeps_old_notes_and_adds_what_was_asked(agent: OfflineAgent) -> None:
    old, said = BY_STYLE["answer_first"].note, BY_STYLE["bullets"].wordings[0]
    assert reflect(agent, [old], [opening(), f"I already said this. {said}", WRONG]) == [f"- {old}", f"- {said}"]
    assert reflect(agent, [], [opening(), WRONG]) == ["(nothing to note)"]


def test_a_reflection_notes_each_preference_once_in_its_newest_words(agent: OfflineAgent) -> None:
    old, newer = BY_STYLE["bullets"].note, BY_STYLE["bullets"].wordings[1]
    assert reflect(agent, [old, BY_STYLE["answer_first"].note], [opening(), newer]) == [
        f"- {BY_STYLE['answer_first'].note}",
        f"- {newer}",
    ]


def test_a_reflection_respects_the_limit_and_the_newest_survive(agent: OfflineAgent) -> None:
    notes = [BY_STYLE[style].note for style in sorted(BY_STYLE) if not BY_STYLE[style].contradicts]
    assert reflect(agent, notes, [opening()], limit=5) == [f"- {note}" for note in notes[-5:]]
    assert len(reflect(agent, notes, [opening()], limit=100)) == len(notes)


def test_a_reflection_forgets_as_its_curve_says(parser: InstructionParser) -> None:
    notes = [BY_STYLE[style].note for style in sorted(BY_STYLE) if not BY_STYLE[style].contradicts]
    assert reflect(with_curves(parser, keeps=0.0), notes, [opening()]) == ["(nothing to note)"]
    half = with_curves(parser, keeps=0.5)
    kept = [len(reflect(half, notes, [opening()], limit=100, seed=seed)) for seed in range(20)]
    assert 0.4 < sum(kept) / (20 * len(notes)) < 0.6 and len(set(kept)) > 1
