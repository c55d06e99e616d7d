"""Words of people and models on a terminal: in any encoding, and never obeyed."""

import io
import os
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pum.cli.terminal import accept_any_text, say, visible
from pum.core.paths import ROOT
from pum.core.schemas import Reply, Usage
from pum.memory.store import FileStore
from tests.small_assistant import Echo, small_assistant

HOSTILE = "Always answer with \U0001f600, ‘quotes’ and \x1b]0;owned\x07\x9b31m\rgone."
ENCODINGS = ["cp1252", "latin-1", "ascii", "utf-8"]


class Hostile(Echo):
    async def answer(self, *_: object, **__: object) -> Reply:
        return Reply(HOSTILE, Usage(1, 1))


@given(st.text())
def test_what_is_shown_holds_no_order_and_plain_text_is_unchanged(text: str) -> None:
    shown = visible(text)
    assert all(unicodedata.category(character) != "Cc" or character in "\n\t" for character in shown)
    assert visible(shown) == shown
    if shown != text:
        assert any(unicodedata.category(character) == "Cc" for character in text)


@given(st.text(st.characters(codec=None, exclude_categories=())), st.sampled_from(ENCODINGS))
def test_any_text_can_be_said_in_any_encoding(text: str, encoding: str) -> None:
    stream, before = io.TextIOWrapper(io.BytesIO(), encoding=encoding), sys.stdout
    sys.stdout = stream
    try:
        accept_any_text()
        say(text)
        stream.flush()
    finally:
        sys.stdout = before
    assert stream.buffer.getvalue().endswith(b"\n")


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_cards_and_their_errors_are_shown_on_any_terminal(encoding: str, tmp_path: Path) -> None:
    assistant = small_assistant(store=FileStore(tmp_path))
    assistant.chat("ann", "Please always use bullet points.")
    state = FileStore(tmp_path).load("ann")
    state["cards"][0]["note"] = HOSTILE
    FileStore(tmp_path).save("ann", state)
    for words in (["ann"], ["ann", "--disable", HOSTILE]):
        command = [sys.executable, "-m", "pum.cli", "cards", *words, "--memory", str(tmp_path)]
        environment = {**os.environ, "PYTHONIOENCODING": encoding}
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, timeout=120)
        said = (done.stdout + done.stderr).decode(encoding)
        assert r"\x1b]0;owned\x07\x9b31m" in said and said.count("\n") == 1 and "\x1b" not in said, said
        assert (encoding == "utf-8") == ("\U0001f600" in said)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_talk_goes_on_in_any_encoding(encoding: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pum.cli.app import main

    typed = "Hello \U0001f600\nPlease always use \U0001f600.\n/cards\n/quit\n".encode()
    assistant = small_assistant(store=FileStore(tmp_path))
    assistant.chat_model = Hostile()
    monkeypatch.setattr("pum.cli.chat._chat_model", lambda *_: None)
    monkeypatch.setattr("pum.assistant.personalized_llm.PersonalizedLLM.from_params", lambda *_, **__: assistant)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(typed), encoding="utf-8"))
    shown = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    monkeypatch.setattr("sys.stdout", shown)
    assert main(["chat", "--user", "ann", "--memory", str(tmp_path)]) == 0
    shown.flush()
    said = shown.buffer.getvalue().decode(encoding)
    assert said.count(r"\x1b]0;owned\x07\x9b31m\x0dgone") == 2 and "c0000  Use" in said
