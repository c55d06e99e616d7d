"""PersonalizedLLM's contract: a turn is completed once, feedback goes where it belongs, users stay apart."""

import asyncio
import threading

import pytest

from pum.assistant.personalized_llm import AssistantSettings, PersonalizedLLM
from pum.core.errors import InputError
from pum.core.schemas import Reply
from pum.llm.note_forms import note_forms, read_notes
from pum.llm.prompts import system_prompt
from pum.memory.store import FileStore
from pum.methods.method import build_method
from tests.small_assistant import RAG, WISHES, Echo, small_assistant, small_resources, teach
from tests.small_runs import small_params


def test_preferences_become_cards_and_come_back_as_notes() -> None:
    assistant = small_assistant("rag")
    teach(assistant, "ann")
    assistant.reset_session("ann")
    answer = assistant.chat("ann", "Write Python code that adds two numbers, with type hints.")
    assert len(answer.decision.notes) == 2
    assert any("type hints" in note for note in answer.decision.notes)


def test_saying_the_same_ten_times_keeps_one_card() -> None:
    assistant = small_assistant("rag")
    for _ in range(10):
        assistant.chat("ann", WISHES[0])
    cards = assistant.state("ann").cards
    assert len(cards) == 1 and len(next(iter(cards)).sources) == 10


def test_notes_and_replies_are_never_a_source_of_cards() -> None:
    assistant = small_assistant("rag")
    teach(assistant, "ann")
    before = len(assistant.state("ann").cards)
    for _ in range(20):
        assistant.chat("ann", "Thanks!")  # Echo repeats it; the notes stand in the prompt
    assert len(assistant.state("ann").cards) == before


@pytest.mark.parametrize("form", note_forms())
def test_notes_stand_in_the_prompt_only(form: str) -> None:
    """Not in the conversation, nor in what is searched, credited or read for preferences."""
    assistant = small_assistant(note_form=form)
    teach(assistant, "ann")
    before = assistant.cards("ann")
    for message in ("Which options do I have for lunch?", "And for dinner?"):
        prepared = assistant.chat_prepare("ann", message)
        assert len(read_notes(prepared.messages).notes) == len(prepared.decision.notes) > 0
        assert (prepared.messages[-1]["content"] == message) == (form == "system") and prepared.message == message
        assistant.chat_complete(prepared, Reply("Soup."))
        state = assistant.state("ann")
        assert state.history[-2:] == [{"role": "user", "content": message}, {"role": "assistant", "content": "Soup."}]
        assert state.pending.query == message and not prepared.extracted
    assert [card.wordings for card in assistant.cards("ann")] == [card.wordings for card in before]


def test_imperatives_are_the_cards_actions_and_mixed_keeps_what_may_not_be_met() -> None:
    wish, asked = "When you write Python code, always add type hints.", "Write Python code for this."
    shown = {}
    for form, met_margin in (("imperative", 2.0), ("mixed", 2.0), ("mixed", -2.0)):
        method = build_method("rag", {**RAG, "met_margin": met_margin}, small_resources())
        assistant = PersonalizedLLM(method, Echo(), small_resources().embedder, 16, AssistantSettings(note_form=form))
        assistant.chat("ann", wish)
        shown[form, met_margin] = assistant.chat_prepare("ann", asked).messages[-1]["content"].rpartition("\n- ")[2]
    (card,) = assistant.cards("ann")
    assert card.condition and shown["imperative", 2.0] == shown["mixed", -2.0] == "Add type hints."
    assert shown["mixed", 2.0] == card.note


def test_the_system_prompt_is_a_name_or_a_text() -> None:
    params, resources = small_params(), small_resources()
    for given, text in (
        (None, system_prompt("people")),
        ("graded", system_prompt("graded")),
        ("Be a cat.", "Be a cat."),
    ):
        assistant = PersonalizedLLM.from_params(params, "vanilla", Echo(), resources, system_prompt=given)
        assert assistant.chat_prepare("ann", "Hello").messages[0]["content"] == text
    with pytest.raises(InputError, match="system_prompt: there is no 'kat'"):
        PersonalizedLLM.from_params(params, "vanilla", Echo(), resources, system_prompt="kat")


def test_people_are_not_asked_for_what_graders_read() -> None:
    params = small_params()
    assert params.assistant.system_prompt == "people"
    assert {params.within(study).assistant.system_prompt for study in params.studies.values()} == {"answer_first"}


def test_feedback_is_applied_inside_the_turn_before_retrieval() -> None:
    assistant = small_assistant()
    teach(assistant, "ann")
    assistant.chat("ann", "What are my options for lunch?")
    before = assistant.state("ann").vectors.z_long.copy()
    prepared = assistant.chat_prepare("ann", "No, that's wrong. You ignored what I asked for.")
    assert prepared.reward is not None and prepared.reward.value < 0
    assert (assistant.state("ann").vectors.z_long != before).any()
    # The bonus of this very turn already carries the lesson.
    assert any(candidate.bonus != 0 for candidate in prepared.decision.candidates)


def test_the_last_turn_is_credited_when_the_session_closes() -> None:
    assistant = small_assistant()
    teach(assistant, "ann")
    assistant.chat("ann", "What are my options for lunch?")
    before = assistant.state("ann").vectors
    reward = assistant.reset_session("ann", "Perfect, exactly how I like it, thank you!").reward
    after = assistant.state("ann").vectors
    assert reward is not None and reward.value > 0
    assert after.baseline > before.baseline and not after.z_short.any()


def test_a_turn_is_completed_exactly_once() -> None:
    assistant = small_assistant()
    prepared = assistant.chat_prepare("ann", "Hello")
    assistant.chat_complete(prepared, Reply("Hi"))
    with pytest.raises(ValueError, match="not waiting"):
        assistant.chat_complete(prepared, Reply("Hi"))
    assert [message["content"] for message in assistant.state("ann").history] == ["Hello", "Hi"]


def test_an_abandoned_turn_leaves_no_trace_in_the_conversation() -> None:
    assistant = small_assistant()
    assistant.chat_prepare("ann", "This reply never came")
    answer = assistant.chat("ann", "Hello again")
    assert answer.turn_id == "s0t0" and len(assistant.state("ann").history) == 2


def test_external_feedback_needs_the_right_turn_and_a_number() -> None:
    assistant = small_assistant(reward_mode="external")
    teach(assistant, "ann")
    answer = assistant.chat("ann", "What are my options for lunch?")
    assert assistant.apply_feedback("ann", "s0t0", -1.0) is False
    for bad in (float("nan"), 2.0):
        with pytest.raises(ValueError, match="is not in"):
            assistant.apply_feedback("ann", answer.turn_id, bad)
    assert assistant.apply_feedback("ann", answer.turn_id, -1.0) is True
    assert assistant.apply_feedback("ann", answer.turn_id, -1.0) is False


def test_one_user_learning_leaves_every_other_user_untouched() -> None:
    assistant = small_assistant()
    for user in ("ann", "bob"):
        teach(assistant, user)
        assistant.chat(user, "What are my options for lunch?")
    before = assistant.state("bob").to_json()
    assistant.chat("ann", "No, that's wrong. You ignored what I asked for.")
    assert assistant.state("bob").to_json() == before
    assert not assistant.state("carol").vectors.z_long.any()


def test_reset_user_forgets_everything(tmp_path) -> None:
    assistant = small_assistant(store=FileStore(tmp_path))
    teach(assistant, "ann")
    assert (tmp_path / "ann.sqlite").exists()
    assistant.reset_user("ann")
    assert not (tmp_path / "ann.sqlite").exists()
    state = assistant.state("ann")
    assert len(state.cards) == 0 and not state.vectors.z_long.any() and not state.history


def test_a_store_outlives_the_process_and_credits_across_it(tmp_path) -> None:
    first = small_assistant(store=FileStore(tmp_path))
    teach(first, "ann")
    first.chat("ann", "What are my options for lunch?")
    second = small_assistant(store=FileStore(tmp_path))
    assert second.state("ann").to_json() == first.state("ann").to_json()
    assert second.chat_prepare("ann", "No, that's wrong, you ignored me.").reward is not None


@pytest.mark.parametrize("user_id", ["", "../ann", "ANN", "a/b", "ann\x00", "а" * 3, "x" * 65])
def test_unsafe_user_ids_are_refused(user_id: str) -> None:
    with pytest.raises(InputError, match="user id"):
        small_assistant().chat(user_id, "Hello")


def test_the_synchronous_calls_work_inside_a_running_loop() -> None:
    async def notebook() -> str:
        return small_assistant().chat("ann", "Hello").text

    assert asyncio.run(notebook()) == "You said: Hello"


def test_many_threads_lose_no_turn() -> None:
    assistant = small_assistant()

    def talk(user: str) -> None:
        for wish in WISHES:
            assistant.chat(user, wish)

    threads = [threading.Thread(target=talk, args=(f"user{number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    states = [assistant.state(f"user{number}") for number in range(8)]
    assert all(state.turn == len(WISHES) for state in states)
    notes = [[card.note for card in state.cards] for state in states]
    assert all(cards == notes[0] for cards in notes)


def test_unknown_method_and_bad_settings_are_named() -> None:
    with pytest.raises(InputError, match="did you mean 'rag_vector'"):
        small_assistant("rag_vectr")
    with pytest.raises(InputError, match="methods.rag.top_j"):
        build_method("rag", {**RAG, "top_j": 0}, None)
    with pytest.raises(InputError, match="methods.rag.top_n"):
        build_method("rag", {**RAG, "top_n": 3}, None)
