"""Writes the simulated agent's replies: real text about a task, in the styles asked for and in no others.

The texts are in data/replies. This file decides what they leave open: which reply, which words, which conditions hold.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from pum.bench.agent.code import chunks, last_function, rewrite
from pum.bench.agent.replies import FINISHES, Case, Passage, Passages, ReplyTexts, Template, load_replies
from pum.core.rng import key, pick


@dataclass(frozen=True)
class Content:
    """The content of a reply.

    `answer`: the final answer that the text must give ("42", or a whole Python program); None in follow-ups. `tags`:
    those of task and request together.
    """

    request_type: str
    topic: str
    statement: str
    answer: str | None
    tags: frozenset[str]


# Topic -> the style that asks for the names of operations or rules.
_NAMING_STYLES = {"algebra": "names_operations", "calculus": "names_rule"}

_PRODUCT = re.compile(r"\bx\b[^-+]*\*\s*(?:exp|sin|cos|log)\(|(?:exp|sin|cos)\([^)]*\)\s*\*\s*x|\blog\(", re.IGNORECASE)
_COMPOSED = re.compile(r"(?:sqrt|exp|sin|cos|tan)\(|\)\s*\*\*", re.IGNORECASE)
_FUNCTION = re.compile(r"\bdef\s+(\w+)\s*\(")


class ReplyRenderer:
    """Renders a reply for a topic under `conditions`, with the texts of `slots`.

    The choice of variants depends only on `seed` and the texts.
    """

    def __init__(
        self, reply: ReplyTexts, topic: Passages, conditions: frozenset[str], slots: Mapping[str, str], seed: int
    ) -> None:
        self._paragraphs = reply.paragraphs
        self._passages = {**topic, **reply.passages}
        self._conditions, self._slots, self._seed = conditions, slots, seed

    def render(self) -> str:
        """The paragraphs that are not empty, with blank lines between them."""
        return "\n\n".join(text for name in self._paragraphs if (text := self._text(name)))

    def _text(self, name: str) -> str:
        return self._slots[name] if name in self._slots else self._say(self._passages[name])

    def _say(self, passage: Passage) -> str:
        for case in passage:
            if case.required <= self._conditions and not case.excluded & self._conditions:
                text = self._choose_variant(case)
                return FINISHES[case.finish](text) if case.finish else text
        return ""

    def _choose_variant(self, case: Case) -> str:
        variants = [self._fill(variant) for variant in case.variants]
        if len(variants) == 1:
            return variants[0]
        return str(pick(variants, self._seed, self._fill(case.key) if case.key else variants[0]))

    def _fill(self, template: Template) -> str:
        filled = []
        for literal, slot, capitalized in template:
            text = self._text(slot) if slot else ""
            filled += [literal, text[:1].upper() + text[1:] if capitalized else text]
        return "".join(filled)


def write(content: Content, styles: frozenset[str]) -> str:
    """The reply. Of the styles that apply in this situation it shows exactly those in `styles`.

    ValueError for a follow-up of an unknown type.
    """
    replies = load_replies()
    seed = key(content.statement, content.request_type, "wrong_answer" in content.tags)
    conditions = {content.request_type, content.topic} | content.tags & {"code", "wrong_answer"}
    if content.answer is None:
        if content.request_type not in replies.followups:
            raise ValueError(f"no reply for a follow-up of type {content.request_type!r}")
        reply, slots = replies.followups[content.request_type], _function_names(content.statement)
    else:
        brief = content.request_type == "quick" and "at_most_three_sentences" in styles
        kind = "program" if "code" in content.tags else "answer"
        reply = replies.answers[f"brief_{kind}" if brief else kind]
        slots, more = _program(content, styles) if kind == "program" else _short_answer(content, styles, seed)
        conditions |= more | ({"brief"} if brief else set())
    slots["rule"] = rule_for(content.statement)
    return ReplyRenderer(reply, _topic(content, replies.topics), styles | conditions, slots, seed).render()


def ask_for_task(message: str, seed: int) -> str:
    """The reply to a message that does not say what the task is."""
    reply = load_replies().answers["clarification"]
    return ReplyRenderer(reply, {}, frozenset(), {"message": message}, seed).render()


def _topic(content: Content, topics: Mapping[str, Passages]) -> Passages:
    """The passages of the task's topic; for data structures, the statement decides between sorting and graphs."""
    name = content.topic
    if name == "data_structures":
        name = "sorting" if "sort" in content.statement.lower() else "graphs"
    return topics.get(name, topics["general"])


def _function_names(statement: str) -> dict[str, str]:
    """The name of the last function that the statement defines; "solve" without one."""
    name = ["solve", *_FUNCTION.findall(statement)][-1]
    head, *tail = name.split("_")
    return {"function": name, "camel_case_function": head + "".join(part.capitalize() for part in tail)}


def _short_answer(content: Content, styles: frozenset[str], seed: int) -> tuple[dict[str, str], set[str]]:
    """The slots, and the conditions that hold. TeX is set between dollars."""
    answer = content.answer or ""
    shown = f"${answer}$" if "\\" in answer and "$" not in answer else answer
    conditions = {"answer_with_markup"} if set("*_$`") & set(shown) else set()
    naming = _NAMING_STYLES.get(content.topic)
    # When no style asks for names, both ways are fine.
    named = naming in styles if naming else pick((False, True), seed, "steps")
    conditions |= {"named_steps"} if named else set()
    return {"answer": shown, "bare_answer": answer.strip("$")}, conditions


def _program(content: Content, styles: frozenset[str]) -> tuple[dict[str, str], set[str]]:
    """The slots, and the conditions that hold: the program is whole, or in pieces that can have text between them."""
    source = rewrite(
        content.answer or "",
        annotated="python_conventions" in styles,
        documented=("docstrings" in styles) if content.request_type == "module" else None,
        commented="inline_comments" in styles,
    )
    teaches = content.request_type == "teach_code" and "code_in_chunks" in styles
    splits = content.request_type == "copy_code" and "single_code_block" not in styles
    pieces = chunks(source, 3 if teaches else 2) if teaches or splits else (source,)
    slots = {f"piece_{number}": piece for number, piece in enumerate(pieces, 1)}
    conditions = {2: {"two_pieces"}, 3: {"three_pieces"}}.get(len(pieces), set())
    return {**slots, "function": last_function(source)}, conditions


@lru_cache(maxsize=4096)
def rule_for(statement: str) -> str:
    """The rule of calculus that fits the form of the integrand."""
    if _PRODUCT.search(statement):
        return "integration by parts"
    return "the substitution rule" if _COMPOSED.search(statement) else "the power rule"
