"""Reads the final answer out of a reply."""

import re

# "Answer: 42", "**Final answer:** 42", "Answer:\n42"; else a heading "## Answer"; else "... the answer is 42."
_LABELLED = (
    re.compile(r"\banswer(?:\s+is)?[ \t]*[*_]{0,3}[ \t]*:[ \t]*[*_]{0,3}[ \t]*\n{0,2}[ \t]*([^\n]+)", re.IGNORECASE),
    re.compile(r"^#+[ \t]*(?:the[ \t]+)?(?:final[ \t]+)?answer[ \t]*\n{1,3}([^\n]+)", re.IGNORECASE | re.MULTILINE),
)
_SENTENCE = re.compile(r"\banswer\s+is[ \t]+([^\n]+?)(?=\.(?:\s|$)|\n|$)", re.IGNORECASE)
_MARKS = (("**", "**"), ("__", "__"), ("`", "`"), ("$$", "$$"), ("$", "$"), (r"\(", r"\)"), (r"\[", r"\]"), ("*", "*"))


def final_answer(reply: str) -> str | None:
    """The reply's final answer, without surrounding markdown or TeX; None without one.

    It is the last "Answer: ..." line, else the last \\boxed{...}, else the last "the answer is ...".
    """
    for pattern in _LABELLED:
        if found := [unwrap(text) for text in pattern.findall(reply)]:
            if found[-1]:
                return found[-1]
    if boxed := last_boxed(reply):
        return unwrap(boxed) or None
    sentences = _SENTENCE.findall(reply)
    return (unwrap(sentences[-1]) or None) if sentences else None


def last_boxed(text: str) -> str | None:
    """The content of the last complete \\boxed{...}; None without one."""
    start = text.rfind(r"\boxed{")
    if start < 0:
        return None
    depth = 0
    for position in range(start + len(r"\boxed"), len(text)):
        depth += {"{": 1, "}": -1}.get(text[position], 0)
        if depth == 0:
            return text[start + len(r"\boxed{") : position].strip()
    return last_boxed(text[:start])


def unwrap(text: str) -> str:
    """Remove emphasis, code marks, TeX delimiters, \\boxed and the full stop around an answer."""
    before = None
    text = text.strip()
    while text != before:
        before = text
        text = text.removesuffix(".").strip()
        for left, right in _MARKS:
            if len(text) > len(left) + len(right) and text.startswith(left) and text.endswith(right):
                text = text[len(left) : -len(right)].strip()
        for stray in ("**", "__", "$"):  # opened before the label: "**Answer: 42**"
            if text.endswith(stray) and text.count(stray) == 1:
                text = text.removesuffix(stray).strip()
        if text.startswith(r"\boxed{") and text.endswith("}"):
            text = last_boxed(text) or text
    return text
