"""Replies to follow-up requests about code: one function per kind, each with and without its style."""

import re

from pum.bench.agent.code import rewrite
from pum.bench.agent.content import Content, Voice
from pum.bench.agent.followups import Styles
from pum.bench.agent.subject import Subject

_FUNCTION = re.compile(r"\bdef\s+(\w+)\s*\(")


def function_name(statement: str) -> str:
    """The last function that the statement defines; "solve" where there is none."""
    names = _FUNCTION.findall(statement)
    return names[-1] if names else "solve"


def _python(source: str, styles: Styles) -> str:
    """A fence, tagged and annotated as the styles say."""
    tag = "python" if "language_tag" in styles else ""
    return f"```{tag}\n{rewrite(source, annotated='python_conventions' in styles)}```"


def error_handling(content: Content, styles: Styles, voice: Voice, subject: Subject) -> str:
    caught = "(TypeError, ValueError)" if "specific_exceptions" in styles else voice.say("Exception", "BaseException")
    name = function_name(content.statement)
    code = _python(
        f"def call_safely(raw_input: object) -> object:\n    try:\n        call_result = {name}(raw_input)\n  "
        f"  except {caught} as error:\n"
        "        raise SystemExit(f'Bad input: {error}')\n    return call_result\n",
        styles,
    )
    told = voice.say("You can wrap the call like this:", "Catch the error where the function is called:")
    return f"{told}\n\n{code}\n\nThe caller gets a clear message instead of a traceback."


def api_use(content: Content, styles: Styles, voice: Voice, subject: Subject) -> str:
    code = _python(
        "import json\n\ndef save_result(result: object, file_path: str) -> None:\n    json_text = "
        "json.dumps(result, indent=2)\n"
        "    with open(file_path, 'w') as target:\n        target.write(json_text)\n",
        styles,
    )
    parameters = (
        "- `obj`: the value to write.\n- `indent`: how many blanks to indent by.\n"
        "- `sort_keys`: whether the keys come in order."
    )
    example = f"{voice.say('A minimal example:', 'In its simplest form:')}\n\n{code}"
    listed = f"**Parameters of `json.dumps`**\n\n{parameters}"
    return "\n\n".join((example, listed) if "example_before_parameters" in styles else (listed, example))


def docs(content: Content, styles: Styles, voice: Voice, subject: Subject) -> str:
    name = function_name(content.statement)
    tag = "python" if "language_tag" in styles else ""
    usage = f"```{tag}\nfrom solution import {name}\n\nhelp({name})\n```"
    if "concise_docs" in styles:
        told = voice.say("Returns what the docstring states.", "Computes the value described in its docstring.")
        return f"## {name}\n\n{told}\n\n### Usage\n\n{usage}\n\nInput of the wrong type raises `TypeError`."
    praise = voice.say(
        f"Meet {name}, a powerful and seamless way to get your results with incredible ease.",
        f"{name} is a cutting-edge helper that makes your work effortless.",
    )
    return f"## {name}\n\n{praise} You will wonder how you ever lived without it.\n\n### Usage\n\n{usage}"


def commands(content: Content, styles: Styles, voice: Voice, subject: Subject) -> str:
    told = voice.say("Save the code as `solution.py` and run it.", "Put it into a file called `solution.py` first.")
    if "bash_with_output" in styles:
        return f"{told}\n\n```bash\npython --version\n# Python 3.11.4\npython solution.py\n# (no output: all "
        "examples hold)\n```"
    return voice.say(
        f"{told}\n\n```\npython solution.py\n```",
        f"{told} The command is `python solution.py`.",
        f"{told}\n\n```bash\npython --version\npython solution.py\n```",
    )


def bug(content: Content, styles: Styles, voice: Voice, subject: Subject) -> str:
    if "where_why_fix" not in styles:
        return voice.say(
            "Write `range(len(items))` instead, and you are done.",
            "Replace `range(len(items) - 1)` with `range(len(items))`.",
        )
    return voice.say(
        "**Where:** the loop header, `range(len(items) - 1)`.\n\n**Why:** `range` leaves out its end "
        "already, so the last item is never "
        "visited.\n\n**Fix:** write `range(len(items))`.",
        "The bug is in the loop header. It happens because `range` leaves out its end already, and "
        "subtracting one drops the last item "
        "as well. To fix it, write `range(len(items))`.",
    )


def broken(content: Content, styles: Styles, voice: Voice, subject: Subject) -> str:
    cause = voice.say(
        "The ImportError means that Python cannot find a name or module at the top of the file. The likely "
        "cause is a file of your own "
        "that has the same name as a library.",
        "It fails at the import, before the function itself is reached. The most likely cause is that the "
        "interpreter in use is not the "
        "one for which the package was installed.",
    )
    if "diagnosis_only" in styles:
        return cause
    return f"{cause} To fix it, rename the file and install the package again:\n\n```bash\npython -m pip "
    "install --upgrade pip\n```"


def review(content: Content, styles: Styles, voice: Voice, subject: Subject) -> str:
    return voice.say(
        "The logic holds for the examples. I would only test it with empty input and with a single element.",
        "I see no bug. The boundary of the loop deserves a test of its own, and so does input of the wrong type.",
    )


def improve(content: Content, styles: Styles, voice: Voice, subject: Subject) -> str:
    return voice.say(
        "A comprehension in place of the loop makes it shorter, and a helper with a good name makes it easier to read.",
        "I would return early for the simple cases and let a built-in such as `sum` or `any` do the rest.",
    )


def javascript(content: Content, styles: Styles, voice: Voice, subject: Subject) -> str:
    name = function_name(content.statement)
    head, *tail = name.split("_")
    camel = head + "".join(part.capitalize() for part in tail)
    tag = "javascript" if "language_tag" in styles else ""
    told = voice.say("In JavaScript the frame looks like this:", "The JavaScript version has this shape:")
    return (
        f"{told}\n\n```{tag}\nfunction {camel}(...inputs) {{\n  const results = inputs.map((input) => "
        f"input);\n  return results;\n}}\n```"
        "\n\nThe body of the loop goes into the callback of `map`."
    )
