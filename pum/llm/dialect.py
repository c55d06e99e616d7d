"""How a model at an address wants to be asked. All speak OpenAI's protocol, but each refuses other parts of it.

A request is written in the common dialect first. What the server then names in its refusal is left out, or said in the
other way, and this is remembered once a request has passed.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from pum.llm.conversation import sendable, without_system_role

_FORM = "response_format"
# Part of a request -> how servers name it when they refuse it.
_NAMED = {
    "max_tokens": re.compile(r"max_tokens", re.IGNORECASE),
    "temperature": re.compile(r"temperature", re.IGNORECASE),
    "top_p": re.compile(r"top_?p\b", re.IGNORECASE),
    "seed": re.compile(r"\bseed\b", re.IGNORECASE),
    _FORM: re.compile(r"response_?format|schema|grammar|guided|structured|json mode|json_object", re.IGNORECASE),
    "system": re.compile(
        r"system.{0,3} (?:role|message|prompt|instruct)|developer instruct|\broles?\b|alternat|template|jinja",
        re.IGNORECASE,
    ),
}
# What some servers break over with a status of 500.
_BROKEN_BY = {_FORM, "system"}
_TOO_LONG = re.compile(r"context|too (?:long|large|many)|exceed|maximum", re.IGNORECASE)


@dataclass(frozen=True)
class Dialect:
    """`without`: the parts of a request that are refused."""

    without: frozenset[str] = frozenset()

    def written(self, request: Mapping[str, object]) -> dict:
        """`request` as this model takes it: sendable messages, and without what it refuses. The limit of tokens has a
        newer name, and the system text may stand in front of the first user message."""
        body = {name: value for name, value in request.items() if name not in self.without}
        if "max_tokens" in self.without:
            body["max_completion_tokens"] = request["max_tokens"]
        messages = request["messages"]
        body["messages"] = without_system_role(messages) if "system" in self.without else sendable(messages)
        return body

    def __or__(self, other: "Dialect") -> "Dialect":
        return Dialect(self.without | other.without)

    def after(self, refusal: str, request: Mapping[str, object], lasting: bool) -> "Dialect | None":
        """The dialect to try next, after the server's words `refusal`; None if they are about something else.

        Errors that may pass by themselves count only where servers are known to break over a part. A `lasting` refusal
        of a request with a schema is worth a try without one, whatever the words are.
        """
        too_long = _TOO_LONG.search(refusal)
        asked = {*request, *(["system"] if request["messages"][0]["role"] == "system" else [])} - self.without
        for part, named in _NAMED.items():
            # A conversation that is too long is often told as tokens that are too many.
            meant = (lasting or part in _BROKEN_BY) and not (too_long and part == "max_tokens")
            if meant and part in asked and named.search(refusal):
                return Dialect(self.without | {part})
        return Dialect(self.without | {_FORM}) if lasting and not too_long and _FORM in asked else None


COMMON = Dialect()
OPENAIS = Dialect(frozenset({"max_tokens"}))
"""OpenAI's newer models refuse the old name of the limit; its older ones know both."""
