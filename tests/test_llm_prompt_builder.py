"""Prompts: whatever the lengths, the user's message and the notes stay, and history starts with the user."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pum.core.schemas import Message
from pum.llm.prompt_builder import build_messages, estimate_tokens

TEXT = st.text(min_size=0, max_size=200)
TALK = st.lists(st.tuples(TEXT, TEXT), max_size=8).map(
    lambda pairs: [
        Message(role=role, content=text)
        for pair in pairs
        for role, text in zip(("user", "assistant"), pair, strict=True)
    ]
)


@given(st.lists(TEXT, max_size=5), TALK, TALK, TEXT, st.integers(0, 600))
def test_message_and_notes_always_stay(notes, earlier, history, message, budget) -> None:
    built = build_messages(notes, earlier, history, message, budget, estimate_tokens)
    assert built[0]["role"] == "system" and built[-1] == Message(role="user", content=message)
    assert all(f"- {' '.join(note.splitlines())}" in built[0]["content"].split("\n") for note in notes)
    kept = list(built[1:-1])
    assert kept == [*earlier, *history][len(earlier) + len(history) - len(kept) :]
    assert not kept or kept[0]["role"] == "user"
    fixed = estimate_tokens(built[0]["content"]) + estimate_tokens(message)
    assert sum(estimate_tokens(m["content"]) for m in kept) <= max(0, budget - fixed)


def test_a_huge_message_drops_history_not_itself() -> None:
    history = [Message(role="user", content="hi"), Message(role="assistant", content="hello")]
    built = build_messages(["Be brief."], [], history, "word " * 40_000, 8_000, estimate_tokens)
    assert len(built) == 2 and built[1]["content"].startswith("word")


def test_cjk_text_counts_a_token_a_character() -> None:
    for text in ("解方程", "かな", "カナ", "ｶﾅ", "한국", "Ａ！", "𠀀𪚥"):
        assert estimate_tokens(text * 2000) == len(text) * 2000


@pytest.mark.parametrize(
    ("text", "tokens"),  # as Qwen2.5's tokenizer counts them
    [
        ("Please always answer briefly, and number the steps when you explain how something is done.", 17),
        ("请总是简短地回答，在解释如何做某事时给步骤编号。", 17),
        ("いつも短く答えてください。手順を説明するときは番号を付けてください。", 22),
        ("항상 짧게 대답해 주세요. 방법을 설명할 때는 단계에 번호를 매겨 주세요.", 28),
        ("Пожалуйста, всегда отвечай кратко и нумеруй шаги.", 21),
        ("من فضلك أجب دائما باختصار ورقم الخطوات عندما تشرح.", 19),
    ],
)
def test_the_estimate_is_near_a_real_tokenizer_in_every_script(text: str, tokens: int) -> None:
    assert 0.75 * tokens <= estimate_tokens(text) <= 1.6 * tokens
