"""The simulated agent's texts: none is cut off, and what a wrong file is told."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from pum.bench.agent.replies import load_replies
from pum.core.errors import InputError
from pum.core.files import read_yaml
from pum.core.paths import DATA

FOLDER = DATA / "replies"


def edited(name: str, folder: Path, edit: Callable[[dict], object]) -> Path:
    """A copy of the folder in which one file is edited."""
    copy = folder / "replies"
    shutil.copytree(FOLDER, copy)
    content = read_yaml(copy / name)
    edit(content)
    (copy / name).write_text(json.dumps(content), encoding="utf-8")  # JSON is YAML, and quick to write
    return copy


def test_no_text_ends_with_a_blank() -> None:
    replies = load_replies()
    passages = [reply.passages for reply in (*replies.answers.values(), *replies.followups.values())]
    for key, passage in (item for found in (*passages, *replies.topics.values()) for item in found.items()):
        for text in (variant for case in passage for variant in case.variants):
            assert not (text and text[-1].slot is None and text[-1].literal.endswith(" ")), f"{key}: {text}"


@pytest.mark.parametrize(
    ("name", "edit", "message"),
    [
        ("why", {"explanation": "{reason}"}, "why.explanation: unknown slot 'reason': did you mean 'reasons'?"),
        ("why", {"explanation": "{Reasons} {answer}"}, "why.explanation: unknown slot 'answer'"),
        ("why", {"explanation": "{topic.methods}"}, "unknown slot 'topic.methods': did you mean 'topic.method'?"),
        ("why", {"explanation": "{reasons.__class__}"}, "why.explanation: unknown slot 'reasons.__class__'"),
        ("why", {"explanation": "{reasons:>80}"}, "why.explanation.0.say.0: a slot is a name in braces"),
        ("why", {"explanation": ["Fine.", "A set: {}."]}, "why.explanation.0.say.1: a slot is a name in braces"),
        ("why", {"explanation": "f(x) = {"}, "why.explanation.0.say.0: "),
        ("why", {"explanation": [True]}, "why.explanation.0.say.0: not a text"),
        ("why", {"explanation": []}, "why.explanation.0.say: "),
        ("why", {"reasons": "{explanation}"}, "why.explanation: contains itself"),
        ("why", {"explanation": "Because."}, "why.analogy: neither a paragraph nor a slot"),
        ("why", {"paragraphs": ["sumary", "explanation"]}, "unknown passage 'sumary': did you mean 'summary'?"),
        ("why", {"analogy": {"if": "analogies", "say": "Like so."}}, "'analogies': did you mean 'analogy'?"),
        ("why", {"analogy": {"unless": ["analogy", "nonsense"], "say": "So."}}, "unknown condition 'nonsense'"),
        ("why", {"analogy": {"when": "analogy", "say": "Like so."}}, "why.analogy.0.when: Extra inputs"),
        ("why", {"analogy": {"if": "analogy"}}, "why.analogy.0.say: Field required"),
        ("why", {"analogy": {"say": "Like so.", "as": "upper_case"}}, "why.analogy.0.as: Input should be"),
        ("why", {"paragraphs": None}, "why.paragraphs: "),
    ],
)
def test_a_wrong_reply_is_refused(name: str, edit: dict, message: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as refusal:
        load_replies(edited("followups.yaml", tmp_path, lambda content: content["replies"][name].update(edit)))
    assert message in str(refusal.value) and "followups.yaml: replies." in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("name", "edit", "message"),
    [
        ("answers.yaml", lambda content: content["replies"].pop("program"), "answers.yaml: replies: 'program' is"),
        ("answers.yaml", lambda content: content["shared"].update(spare="Well."), "shared.spare: neither"),
        ("answers.yaml", lambda content: content["shared"].update(a="{k}"), "answer.a: unknown slot 'k'"),
        ("answers.yaml", lambda content: content.update(more={}), "answers.yaml: more: Extra inputs"),
        ("topics.yaml", lambda content: content["topics"].pop("general"), "topics.yaml: topics: 'general' is missing"),
        ("topics.yaml", lambda content: content["topics"]["logic"].pop("term"), "topics.logic.term: Field required"),
        ("topics.yaml", lambda content: content["topics"]["logic"].update(terms="t"), "topics.logic.terms: Extra"),
        ("topics.yaml", lambda content: content["topics"]["logic"]["named_steps"].pop(), "topics.logic.named_steps"),
        ("topics.yaml", lambda content: content["topics"]["logic"].update(term="{n}"), "topics.logic.term: unknown"),
    ],
)
def test_a_wrong_file_is_refused(name: str, edit: Callable[[dict], object], message: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as refusal:
        load_replies(edited(name, tmp_path, edit))
    assert message in str(refusal.value) and "\n" not in str(refusal.value)
