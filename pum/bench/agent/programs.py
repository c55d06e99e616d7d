"""Replies to the request for a Python function."""

from pum.bench.agent.code import chunks, rewrite
from pum.bench.agent.content import Content, Voice
from pum.bench.agent.manners import before, confirmation, exercise
from pum.bench.agent.subjects import subject_of


def program(content: Content, styles: frozenset[str]) -> str:
    """The program, fenced, with some words around it."""
    voice, subject = Voice(content), subject_of(content)
    brief = content.occasion == "quick" and "at_most_three_sentences" in styles
    parts = before(content, styles, voice, brief)
    if content.occasion == "teach" and "intuition_first" in styles:
        parts.append(subject.intuition)
    parts += _blocks(content, styles, voice)
    if "stepwise_derivation" in styles and not brief:
        parts.append("\n".join(f"{n}. {step[0].upper()}{step[1:]}." for n, step in enumerate(subject.named, 1)))
    if brief:
        parts.append(_gist(styles, voice))
    else:
        parts += [voice.say(*_EXPLANATIONS), " ".join(subject.remarks)]
    if content.occasion == "exam" and "similar_exercise" in styles:
        parts.append(exercise(subject, voice))
    if content.occasion == "instruction" and "no_confirmation" not in styles:
        parts.append(confirmation(voice))
    return "\n\n".join(parts)


_EXPLANATIONS = (
    "The function goes over its input and keeps only what it needs for the result. No further libraries are involved.",
    "Each case from the description has its place in the code. The result is built up along the way.",
    "It follows the description closely. The return value has the form that the examples show.",
)


def _gist(styles: frozenset[str], voice: Voice) -> str:
    if "stepwise_derivation" in styles:
        return "It first looks at the input, then handles its parts one by one, and finally returns the result."
    return voice.say("It follows the description closely.", "This covers the examples in the docstring.")


def _blocks(content: Content, styles: frozenset[str], voice: Voice) -> list[str]:
    """Fenced code: whole, or in pieces with words between them."""
    source = rewrite(
        content.answer or "",
        annotated="python_conventions" in styles,
        documented=("docstrings" in styles) if content.occasion == "module" else None,
        commented="inline_comments" in styles,
    )
    teaches = content.occasion == "teach_code" and "code_in_chunks" in styles
    splits = content.occasion == "copy_code" and "single_code_block" not in styles
    pieces = chunks(source, 3 if teaches else 2) if teaches or splits else (source,)
    tag = "python" if "language_tag" in styles else ""
    fences = [f"```{tag}\n{piece}```" for piece in pieces]
    if len(fences) == 1:
        return fences
    told = [
        "This is how the function begins:",
        *[voice.say(*_CONTINUES)] * (len(fences) > 1),
        "What remains is the end of it:",
    ]
    return [part for words, fence in zip(told, fences, strict=False) for part in (words, fence)]


_CONTINUES = (
    "Now comes the work itself:",
    "The body does the actual work:",
    "With that in place, the body goes on like this:",
)
