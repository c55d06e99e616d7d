"""Replies to the request for a short final answer: mathematics, logic, data structures."""

from pum.bench.agent.content import Content, Voice
from pum.bench.agent.manners import after, before, change, headings, shows_change, summary
from pum.bench.agent.subject import Subject
from pum.bench.agent.subjects import rule_for, subject_of

_NAMING = {"algebra": "names_operations", "calculus": "names_rule"}


def short_answer(content: Content, styles: frozenset[str]) -> str:
    """Working and final answer; the last line that says "Answer:" is the answer."""
    voice, subject = Voice(content), subject_of(content)
    boxed = content.occasion == "exam" and "boxed_result" in styles
    answer = _answer_line(content.answer or "", boxed, voice)
    brief = content.occasion == "quick" and "at_most_three_sentences" in styles
    parts = _brief_working(content, styles, subject, voice) if brief else _working(content, styles, subject, voice)
    early = "answer_first" in styles
    top = summary(content, styles, subject, _shown(content.answer or "") if early else None)
    # A summary with the result in it is the answer that comes first.
    parts = [answer, *parts] if early and not top else [*parts, answer]
    parts = [*before(content, styles, voice, brief), *top, *parts]
    if shows_change(content, styles) and not brief:
        parts.append(change(voice))
    return "\n\n".join([*parts, *after(content, styles, subject, voice)])


def _answer_line(answer: str, boxed: bool, voice: Voice) -> str:
    """Bold where the answer has no stars or underscores itself; TeX between dollars."""
    if boxed:
        return f"Answer: $\\boxed{{{answer.strip('$')}}}$"
    shown = _shown(answer)
    if set("*_$`") & set(shown):
        return f"Answer: {shown}"
    return voice.say(f"**Answer: {shown}**", f"Answer: {shown}", f"**Answer:** {shown}")


def _shown(answer: str) -> str:
    return f"${answer}$" if "\\" in answer and "$" not in answer else answer


def _steps(content: Content, styles: frozenset[str], subject: Subject, voice: Voice) -> list[str]:
    """Three steps as phrases. Where a style asks for names, they come with it alone; elsewhere either way is fine."""
    asked = _NAMING.get(content.topic)
    named = asked in styles if asked else voice.number(0, 1, "steps") == 1
    return [step.format(rule=rule_for(content.statement)) for step in (subject.named if named else subject.bare)]


def _brief_working(content: Content, styles: frozenset[str], subject: Subject, voice: Voice) -> list[str]:
    """One sentence that does everything asked for."""
    one, two, three = _steps(content, styles, subject, voice)
    told = (
        f"first {one}, then {two}, and finally {three}"
        if "stepwise_derivation" in styles
        else f"{one}, {two}, and {three}"
    )
    if shows_change(content, styles):
        told += "; compared with the earlier attempt, the end came out differently"
    if "real_world_first" in styles:
        return [f"{subject.picture.removesuffix('.')}: {told}."]
    return [f"{told[0].upper()}{told[1:]}."]


def _working(content: Content, styles: frozenset[str], subject: Subject, voice: Voice) -> list[str]:
    background, working = headings(content, styles)
    parts = [*background, *_introduction(content, styles, subject, voice)]
    if content.occasion == "teach" or content.topic == "statistics":
        parts.append(subject.formula)
    if content.occasion == "exam" and "givens_first" in styles:
        parts.append(f"**Given:** the {subject.name} exactly as it stands above.\n\n**Wanted:** its result.")
    parts += [*working, _derivation(content, styles, subject, voice)]
    parts.append(" ".join(subject.remarks))
    return parts


def _introduction(content: Content, styles: frozenset[str], subject: Subject, voice: Voice) -> list[str]:
    """Picture, intuition and definition, in the order that the styles ask for."""
    picture = [subject.picture] if content.topic == "statistics" and "real_world_first" in styles else []
    if content.occasion != "teach":
        return picture
    definition = voice.say(
        f"**Definition.** Formally, {subject.definition}.",
        f"**Definition:** {subject.definition[0].upper()}{subject.definition[1:]}.",
    )
    if "intuition_first" in styles:
        return [*picture, subject.intuition, definition]
    return [definition, *picture]


def _derivation(content: Content, styles: frozenset[str], subject: Subject, voice: Voice) -> str:
    steps = [f"{step[0].upper()}{step[1:]}" for step in _steps(content, styles, subject, voice)]
    if "stepwise_derivation" not in styles:
        one, two, three = (f"{step[0].lower()}{step[1:]}" for step in steps)
        return voice.say(
            f"To get there, {one}, {two}, and {three}.",
            f"The way to do it: {one}, {two}, and {three}.",
            f"Here you {one}, {two}, and {three}.",
        )
    numbered = "\n".join(f"{number}. {step}." for number, step in enumerate(steps, 1))
    labelled = "\n\n".join(f"**Step {number}.** {step}." for number, step in enumerate(steps, 1))
    return voice.say(numbered, labelled)
