"""Reads the final answer out of a reply."""

import re

# "Answer: 42", "**Final answer:** 42", "Answer:\n42"; else a heading "## Answer"; else "... the answer is 42."
_LABELLED = (
    re.compile(r"\banswer(?:\s+is)?[ \t*_]*:[ \t*_]*", re.IGNORECASE),
    re.compile(r"^#+[ \t]*(?:the[ \t]+)?(?:final[ \t]+)?answer[ \t]*(?=\n)", re.IGNORECASE | re.MULTILINE),
)
# What follows a label: a display or a fenced block; else a line, perhaps below one that only opens something.
_BLOCK = re.compile(r"\s*(?:\\\[(.+?)\\\]|\$\$(.+?)\$\$|```[^\n`]*\n(.+?)\n[ \t]*```)[ \t.]*(?=\n|$)", re.DOTALL)
_LINE = re.compile(r"(?:[-\\[($`*_~>. \t]*(?:(?<=```)\w+)?[ \t]*\n){0,6}[ \t]*([^\n]+)")
_SENTENCE = re.compile(r"\banswer\s+is[ \t]+([^\n]+?)(?=\.(?:\s|$)|\n|$)", re.IGNORECASE)
LONGEST = 2000
_MARKS = (("**", "**"), ("__", "__"), ("`", "`"), ("$$", "$$"), ("$", "$"), (r"\(", r"\)"), (r"\[", r"\]"), ("*", "*"))


def final_answer(reply: str) -> str | None:
    """The reply's final answer, without surrounding markdown or TeX; None without one.

    It follows the last "Answer:", on its line or below it, else it is the last \\boxed{...}, else "the answer is ...".
    """
    for pattern in _LABELLED:
        for label in reversed(list(pattern.finditer(reply))):
            if answer := _following(reply, label.end()):
                return answer
    if boxed := last_boxed(reply):
        return unwrap(boxed) or None
    sentences = _SENTENCE.findall(reply)
    return (unwrap(sentences[-1]) or None) if sentences else None


def _following(reply: str, place: int) -> str:
    """The answer that stands at `place`: a block in one line, or a line; of either only its box, if it has just one."""
    if block := _BLOCK.match(reply, place):
        text = " ".join(block[block.lastindex].split())
    else:
        line = _LINE.match(reply, place)
        text = line[1] if line else ""
    return unwrap(last_boxed(text) or text if text.count(r"\boxed{") == 1 else text)


def last_boxed(text: str) -> str | None:
    """The content of the last complete \\boxed{...}; None without one."""
    opened: list[re.Match[str]] = []
    last: tuple[int, int] | None = None
    for mark in re.finditer(r"\\boxed\{|[{}]", text):
        if mark[0] != "}":
            opened.append(mark)
        elif opened and (start := opened.pop())[0] != "{" and (last is None or start.end() > last[0]):
            last = start.end(), mark.start()
    return text[slice(*last)].strip() if last else None


def unwrap(text: str) -> str:
    """Remove emphasis, code marks, TeX delimiters, \\boxed and the full stop around an answer up to LONGEST."""
    before = None
    text = text.strip()
    while text != before and len(text) <= LONGEST:
        before = text
        text = text.removesuffix(".").strip()
        for left, right in _MARKS:
            if len(text) > len(left) + len(right) and text.startswith(left) and text.endswith(right):
                text = text[len(left) : -len(right)].strip()
        for stray in ("**", "__", "$"):  # opened before the label: "**Answer: 42**"
            if text.endswith(stray) and text.count(stray) == 1:
                text = text.removesuffix(stray).strip()
        if text.startswith(r"\boxed{") and text.endswith("}") and text.count(r"\boxed{") == 1:
            text = last_boxed(text) or text
    return text
