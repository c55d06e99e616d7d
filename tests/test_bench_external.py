"""Benchmarks of others: fixtures in their owners' formats, with sentences of our own."""

import json
from pathlib import Path

import pytest

from pum.bench.external import EXTERNAL, load_external
from pum.core.errors import InputError


def write(path: Path, data: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(data), encoding="utf-8")


@pytest.fixture
def prefeval(tmp_path: Path) -> Path:
    asked = {"preference": "I can't stand wicker.", "question": "What seats suit a terrace?", "explanation": "..."}
    write(tmp_path / "explicit_preference" / "shop_home.json", [asked])
    turns = [{"role": "user", "content": "more"}, {"role": "assistant", "content": "More of what?"}]
    write(tmp_path / "filtered_inter_turns.json", [{"conversation_id": "c1", "model": "m", "conversation": turns}])
    return tmp_path


def texts(item) -> list[str]:
    return [said.text for said in item.said]


def test_prefeval_states_and_asks(prefeval: Path) -> None:
    (item,) = load_external("prefeval_explicit", prefeval)
    assert (item.item_id, texts(item)) == ("shop_home_000", ["I can't stand wicker."])
    assert item.question == "What seats suit a terrace?"


def test_prefeval_distractors_are_conversations(prefeval: Path) -> None:
    (distractor,) = load_external("prefeval_distractors", prefeval)
    assert [said.speaker for said in distractor.said] == ["user", "assistant"] and not distractor.question


def test_prefeval_names_a_copy_and_a_broken_file(prefeval: Path) -> None:
    folder = prefeval / "explicit_preference"
    (folder / "shop_home copy.json").write_bytes((folder / "shop_home.json").read_bytes())
    with pytest.raises(InputError, match=r"shop_home\.json: has the rows of shop_home copy\.json"):
        load_external("prefeval_explicit", prefeval)
    (folder / "shop_home copy.json").write_text('[{"preference": "x"')
    with pytest.raises(InputError, match=r"shop_home copy\.json"):
        load_external("prefeval_explicit", prefeval)


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
    with pytest.raises(InputError, match="did you mean 'prefeval_explicit'"):
        load_external("prefeval_explicite", Path("."))
