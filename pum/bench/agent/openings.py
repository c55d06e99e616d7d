"""Replies to the request for a short final answer: mathematics, logic, data structures."""

from pum.bench.agent.content import Content, Voice
from pum.bench.agent.manners import before, confirmation, exercise
from pum.bench.agent.subject import Subject
from pum.bench.agent.subjects import rule_for, subject_of

_NAMING = {"algebra": "names_operations", "calculus": "names_rule"}


def short_answer(content: Content, styles: frozenset[str]) -> str:
    """Working and final answer; the last line that says "Answer:" is the answer."""
    voice, subject = Voice(content), subject_of(content)
    answer = _answer_line(content.answer or "", voice)
    brief = content.occasion == "quick" and "at_most_three_sentences" in styles
    parts = _brief_working(content, styles, subject, voice) if brief else _working(content, styles, subject, voice)
    parts = [answer, *parts] if "answer_first" in styles else [*parts, answer]
    parts = [*before(content, styles, voice, brief), *parts]
    if content.occasion == "exam" and "similar_exercise" in styles:
        parts.append(exercise(subject, voice))
    if content.occasion == "instruction" and "no_confirmation" not in styles:
        parts.append(confirmation(voice))
    return "\n\n".join(parts)


def _answer_line(answer: str, voice: Voice) -> str:
    """Bold where the answer has no stars or underscores itself; TeX between dollars."""
    if "\\" in answer and "$" not in answer:
        return f"Answer: ${answer}$"
    if set("*_$`") & set(answer):
        return f"Answer: {answer}"
    return voice.say(f"**Answer: {answer}**", f"Answer: {answer}", f"**Answer:** {answer}")


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
    if "real_world_first" in styles:
        return [f"{subject.picture.removesuffix('.')}: {told}."]
    return [f"{told[0].upper()}{told[1:]}."]


def _working(content: Content, styles: frozenset[str], subject: Subject, voice: Voice) -> list[str]:
    parts = [*_introduction(content, styles, subject, voice)]
    if content.occasion == "teach" or content.topic == "statistics":
        parts.append(subject.formula)
    parts.append(_derivation(content, styles, subject, voice))
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
