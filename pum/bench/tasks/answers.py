"""Reads the final answer out of a reply, and normalizes it for a grader."""

import json
import re
from fractions import Fraction

# "Answer: 42", "**Final answer:** 42", "Answer:\n42"; else a heading "## Answer"; else "... the answer is 42."
_LABELLED = (
    re.compile(r"\banswer(?:\s+is)?[ \t]*[*_]{0,3}[ \t]*:[ \t]*[*_]{0,3}[ \t]*\n{0,2}[ \t]*([^\n]+)", re.IGNORECASE),
    re.compile(r"^#+[ \t]*(?:the[ \t]+)?(?:final[ \t]+)?answer[ \t]*\n{1,3}([^\n]+)", re.IGNORECASE | re.MULTILINE),
)
_SENTENCE = re.compile(r"\banswer\s+is[ \t]+([^\n]+?)(?=\.(?:\s|$)|\n|$)", re.IGNORECASE)
_NUMBER = r"[-+]?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][-+]?\d{1,2})?"
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


def _plain(answer: str) -> str:
    """Write TeX fractions and signs, thousands separators and currency as plain text."""
    answer = re.sub(r"\\[dt]?frac\s*\{([^{}]+)\}\s*\{([^{}]+)\}", r"\1/\2", answer)
    answer = answer.replace("\N{MINUS SIGN}", "-").replace(r"\cdot", "*").replace(r"\times", "*").replace("\\", "")
    return re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", answer).replace("$", "").strip()


def as_number(answer: str) -> str:
    """ "x = 1,234 apples" -> "1234": the number on the right-hand side, if there is exactly one."""
    numbers = re.findall(_NUMBER, _plain(answer).rpartition("=")[2].replace("- ", "-"))
    if len(numbers) != 1:
        return answer
    value = Fraction(numbers[0])
    return str(value.numerator) if value.denominator == 1 else numbers[0]


def as_fraction(answer: str) -> str:
    """ "P = 3 / 8" or "3/8 = 0.375" -> "3/8": its one fraction, else its one number."""
    plain = _plain(answer)
    found = re.findall(r"[-+]?\d+\s*/\s*\d+", plain) or re.findall(_NUMBER, plain)
    return found[0].replace(" ", "") if len(found) == 1 else answer


def as_numbers(answer: str) -> str:
    """All its numbers, as the list of strings that the scorer of sorting tasks reads."""
    return json.dumps(re.findall(_NUMBER, answer.replace("\N{MINUS SIGN}", "-")))


def as_roots(answer: str) -> str:
    """ "x = -29/8 or x = 0" -> "-3.625, 0.0"."""
    found = re.findall(rf"({_NUMBER})(?:\s*/\s*(\d+))?", answer.replace("\N{MINUS SIGN}", "-").replace("- ", "-"))
    return ", ".join(str(float(top) / (int(bottom or 1) or 1)) for top, bottom in found)


def as_choice(answer: str) -> str:
    """The first word, capitalised: "yes, it follows" -> "Yes"."""
    words = re.findall(r"[A-Za-z]+", answer)
    return words[0].capitalize() if words else answer


def as_formula(answer: str) -> str:
    """The right-hand side, with ** for powers."""
    return _plain(answer.rpartition("=")[2]).replace("^", "**").replace("{", "(").replace("}", ")").strip()


def as_directions(answer: str) -> str:
    """ "Up → right" -> "up right"."""
    return " ".join(re.findall(r"[a-z]+", answer.lower()))


def as_text(answer: str) -> str:
    """The answer in one line, with single blanks."""
    return " ".join(answer.split())
