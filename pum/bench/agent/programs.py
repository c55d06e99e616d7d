"""Replies to the request for a Python function."""

from functools import lru_cache

from pum.bench.agent.code import chunks, rewrite
from pum.bench.agent.content import Content, Voice
from pum.bench.agent.manners import after, before, change, headings, shows_change, summary
from pum.bench.agent.renaming import FunctionNode
from pum.bench.agent.subject import Subject
from pum.bench.agent.subjects import subject_of
from pum.bench.tasks.programs import parse


def program(content: Content, styles: frozenset[str]) -> str:
    """The program, fenced, with some words around it."""
    voice, subject = Voice(content), subject_of(content)
    brief = content.occasion == "quick" and "at_most_three_sentences" in styles
    parts = before(content, styles, voice, brief)
    parts += summary(content, styles, subject, None)
    if shows_change(content, styles):
        parts.append(change(voice))
    code, told = _blocks(content, styles, voice), _explanation(styles, subject, voice, brief)
    if content.occasion == "copy_code" and "ends_with_code" in styles:
        return "\n\n".join([*parts, *told, *code])
    background, working = headings(content, styles)
    parts += background
    if content.occasion == "teach" and "intuition_first" in styles:
        parts.append(subject.intuition)
    parts += [*code, *working, *told, *after(content, styles, subject, voice)]
    return "\n\n".join(parts)


def _explanation(styles: frozenset[str], subject: Subject, voice: Voice, brief: bool) -> list[str]:
    if brief:
        return [_gist(styles, voice)]
    steps = ["\n".join(f"{n}. {step[0].upper()}{step[1:]}." for n, step in enumerate(subject.named, 1))]
    return [*steps * ("stepwise_derivation" in styles), voice.say(*_EXPLANATIONS), " ".join(subject.remarks)]


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
    if content.occasion == "copy_code":
        pieces = _with_header(pieces, styles)
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


def _with_header(pieces: tuple[str, ...], styles: frozenset[str]) -> tuple[str, ...]:
    """The file's name and a call above the code, as comments."""
    header = "# solution.py\n" if "file_name_comment" in styles else ""
    if "usage_comment" in styles:
        header += f"# Usage: {_last_function(''.join(pieces))}(...)\n"
    return (f"{header}{pieces[0]}", *pieces[1:])


@lru_cache(maxsize=1024)
def _last_function(source: str) -> str:
    tree = parse(source)
    names = [node.name for node in tree.body if isinstance(node, FunctionNode)] if tree else []
    return names[-1] if names else "main"
