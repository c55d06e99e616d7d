"""Prompts: whatever the lengths, the user's message and the notes stay, and history starts with the user."""

from hypothesis import given
from hypothesis import strategies as st

from pum.llm.prompt_builder import build_messages
from pum.llm.tokens import estimate_tokens
from pum.schemas import Message

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
    assert all(f"- {note}" in built[0]["content"] for note in notes)
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
    assert estimate_tokens("解方程" * 2000) == 6000
