"""Benchmarks of others: fixtures in their owners' formats, with sentences of our own."""

import csv
import json
from pathlib import Path

import pytest

from pum.bench.external import EXTERNAL, load_external
from pum.core.errors import InputError

OPTIONS = ("A wooden bench.", "A wicker chair.", "A rattan sofa.", "A cane stool.")


def write(path: Path, data: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(data), encoding="utf-8")


@pytest.fixture
def prefeval(tmp_path: Path) -> Path:
    asked = {"preference": "I can't stand wicker.", "question": "What seats suit a terrace?", "explanation": "..."}
    write(tmp_path / "explicit_preference" / "shop_home.json", [asked])
    louder = {**asked, "preference": "I absolutely can't stand wicker."}
    write(tmp_path / "mcq_options" / "shop_home.json", [{**louder, "classification_task_options": OPTIONS}])
    choice = {"query": "Which seat?", "assistant_options": "Wood or wicker.", "user_selection": "Wood."}
    choice |= {"assistant_acknowledgment": "Fine."}
    write(tmp_path / "implicit_preference" / "choice-based" / "shop_home.json", [{**asked, "conversation": choice}])
    # Keys are texts: "10" comes after "2".
    talk = {number: {"user": f"u{number}", "assistant": f"a{number}"} for number in ("10", "2", "0")}
    persona = {**asked, "persona": "A baker", "conversation": talk}
    write(tmp_path / "implicit_preference" / "persona-driven" / "shop_home.json", [persona])
    turns = [{"role": "user", "content": "more"}, {"role": "assistant", "content": "More of what?"}]
    write(tmp_path / "filtered_inter_turns.json", [{"conversation_id": "c1", "model": "m", "conversation": turns}])
    return tmp_path


def texts(item) -> list[str]:
    return [said.text for said in item.said]


def test_prefeval_explicit_is_paired_with_its_options(prefeval: Path) -> None:
    (item,) = load_external("prefeval_explicit", prefeval)
    assert (item.item_id, item.topic) == ("shop_home_000", "shop_home")
    assert texts(item) == ["I can't stand wicker."] and item.should_use == ("I can't stand wicker.",)
    assert item.question == "What seats suit a terrace?"
    assert item.options == OPTIONS and item.options[item.answer] == "A wooden bench."


def test_prefeval_implicit_and_distractors_are_conversations_in_order(prefeval: Path) -> None:
    (choice,) = load_external("prefeval_choice", prefeval)
    assert texts(choice) == ["Which seat?", "Wood or wicker.", "Wood.", "Fine."]
    (persona,) = load_external("prefeval_persona", prefeval)
    assert texts(persona) == ["u0", "a0", "u2", "a2", "u10", "a10"]
    (distractor,) = load_external("prefeval_distractors", prefeval)
    assert [said.speaker for said in distractor.said] == ["user", "assistant"] and not distractor.question


def test_prefeval_names_a_copy_a_broken_file_and_options_of_another_length(prefeval: Path) -> None:
    folder = prefeval / "explicit_preference"
    (folder / "shop_home copy.json").write_bytes((folder / "shop_home.json").read_bytes())
    with pytest.raises(InputError, match=r"shop_home\.json: has the rows of shop_home copy\.json"):
        load_external("prefeval_explicit", prefeval)
    (folder / "shop_home copy.json").write_text('[{"preference": "x"')
    with pytest.raises(InputError, match=r"shop_home copy\.json"):
        load_external("prefeval_explicit", prefeval)
    (folder / "shop_home copy.json").unlink()
    write(prefeval / "mcq_options" / "shop_home.json", [])
    with pytest.raises(InputError, match="0 rows for 1 preferences"):
        load_external("prefeval_explicit", prefeval)


def test_longmemeval_sorts_sessions_by_date_and_keeps_preference_questions(tmp_path: Path) -> None:
    row = {
        "question_id": "q1",
        "question_type": "single-session-preference",
        "question": "Any tips for my garden?",
        "answer": "They would like advice for plants in pots.",
        "question_date": "2023/06/01 (Thu) 10:00",
        "haystack_session_ids": ["b", "a"],
        "haystack_dates": ["2023/05/20 (Sat) 02:21", "2023/05/19 (Fri) 02:21"],
        "haystack_sessions": [
            [{"role": "user", "content": "I only have pots.", "has_answer": True}],
            [{"role": "user", "content": "Hello."}, {"role": "assistant", "content": "Hello!"}],
        ],
        "answer_session_ids": ["b"],
    }
    other = {**row, "question_id": "q2", "question_type": "multi-session", "answer": 3}
    write(tmp_path / "longmemeval_oracle.json", [row, other])
    (item,) = load_external("longmemeval", tmp_path)
    assert texts(item) == ["Hello.", "Hello!", "I only have pots."] and [s.session for s in item.said] == [0, 0, 1]
    assert item.should_use == ("They would like advice for plants in pots.",)


def personamem_files(folder: Path, all_options: str, answer: str = "(c)", end: int = 3) -> None:
    row = {
        "persona_id": 0,
        "question_id": "q1",
        "question_type": "recall",
        "topic": "books",
        "user_question_or_message": "What should I read?",
        "correct_answer": answer,
        "all_options": all_options,
        "shared_context_id": "s1",
        "end_index_in_shared_context": end,
    }
    with (folder / "questions_32k.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(row))
        writer.writeheader()
        writer.writerow(row)
    messages = [("system", "You are Ann."), ("user", "I like crime novels,\nby the way."), ("assistant", "Noted.")]
    messages.append(("user", "Later."))
    context = {"s1": [{"role": role, "content": content} for role, content in messages]}
    (folder / "shared_contexts_32k.jsonl").write_text(json.dumps(context) + "\n", encoding="utf-8")


@pytest.mark.parametrize(
    "all_options",
    [
        "['(a) A poem, (short).', \"(b) It's a play.\", '(c) A crime novel.', '(d) A map.']",
        "(a) A poem, (short).\n(b) It's a play.\n(c) A crime novel.\n(d) A map.",
    ],
)
def test_personamem_reads_options_and_the_messages_before_the_question(tmp_path: Path, all_options: str) -> None:
    personamem_files(tmp_path, all_options)
    (item,) = load_external("personamem", tmp_path)
    assert item.options == ("A poem, (short).", "It's a play.", "A crime novel.", "A map.")
    assert item.options[item.answer] == "A crime novel."
    assert texts(item) == ["I like crime novels,\nby the way.", "Noted."]


def test_personamem_refuses_a_row_without_four_options(tmp_path: Path) -> None:
    personamem_files(tmp_path, "(a) one (b) two (c) three")
    with pytest.raises(InputError, match="row 2: wants options"):
        load_external("personamem", tmp_path)


def test_cupid_keeps_sessions_and_checklist(tmp_path: Path) -> None:
    dialogue = [{"role": "user", "content": "Shorter, for my boss."}, {"role": "assistant", "content": "Here."}]
    row = {
        "persona_id": "p1",
        "current_request": "Draft the report.",
        "current_context_factor": "boss",
        "current_contextual_preference": "Reports for the boss are short.",
        "current_checklist": ["Is it under a page?"],
        "prior_interactions": [{"dialogue": dialogue}, {"dialogue": dialogue[:1]}],
    }
    write(tmp_path / "p1.json", row)
    (item,) = load_external("cupid", tmp_path)
    assert [said.session for said in item.said] == [0, 0, 1]
    assert item.should_use == ("Reports for the boss are short.", "Is it under a page?")


def test_locomo_orders_sessions_by_number(tmp_path: Path) -> None:
    talk = {"speaker_a": "Ann", "speaker_b": "Bob", "session_1_date_time": "1 pm", "session_10": [], "session_2": []}
    talk["session_10"] = [{"speaker": "Ann", "dia_id": "D10:1", "text": "Bye!"}]
    talk["session_2"] = [{"speaker": "Bob", "dia_id": "D2:1", "text": "Hi!"}]
    write(tmp_path / "locomo10.json", [{"sample_id": "conv-1", "conversation": talk, "qa": []}])
    (item,) = load_external("locomo", tmp_path)
    assert [(said.speaker, said.text) for said in item.said] == [("assistant", "Hi!"), ("user", "Bye!")]


@pytest.mark.parametrize("name", sorted(EXTERNAL))
def test_a_folder_without_the_files_is_named(name: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=str(tmp_path)):
        load_external(name, tmp_path)
    with pytest.raises(InputError, match="no such folder"):
        load_external(name, tmp_path / "elsewhere")


def test_an_unknown_benchmark_names_the_nearest() -> None:
    with pytest.raises(InputError, match="did you mean 'prefeval_choice'"):
        load_external("prefeval_choise", Path("."))
