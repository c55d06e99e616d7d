"""Takes a model's reasoning out of its reply: the one door through which replies of real models enter.

Nothing of it is shown, stored, graded or sent again. Tags inside of code belong to the answer.
"""

import re

from pum.core.schemas import Reply
from pum.llm.chat_model import EmptyReply, InvalidReply

_TAG = r"(?:[a-z]+:)?(?:think(?:ing)?|thoughts?|reasoning)"
_CLOSES = rf"""
    </{_TAG}\s*> | \[/THINK\] | ◁/think▷ | <\|end_of_thought\|>
    | (?:<\|end\|>\s*<\|start\|>assistant\s*)?<\|channel\|>final[^<]*<\|message\|>
"""
_OUTSIDE = re.compile(
    rf"""
    (?P<code>```.*?```|~~~.*?~~~|`[^`\n]+`)
    | (?P<opens>(?P<tag><{_TAG}(?:\s[^<>]*)?>|\[THINK\]|◁think▷)|<\|begin_of_thought\|>
        |<\|channel\|>(?:analysis|commentary)[^<]*<\|message\|>|(?-i:\Aanalysis(?=[A-Z])))
    | (?P<closes>{_CLOSES})
    """,
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
# gpt-oss without its special tokens: "analysisThey ask for ...assistantfinalThe answer".
_INSIDE = re.compile(rf"{_CLOSES} | (?-i:assistantfinal(?=\S))", re.VERBOSE | re.IGNORECASE)
_ENDS = re.compile(r"(?:<\|(?:return|end|im_end|eot_id|endoftext)\|>\s*)+\Z")


def without_reasoning(text: str) -> str:
    """The answer in `text`, "" if there is none; a text without reasoning is returned as it is.

    A thought that is not closed goes on to the end, but a tag that opens nothing and stands in mid-line is only spoken
    of. A thought that was opened in the prompt begins the text.
    """
    answer, kept_from, place = "", 0, 0
    while token := _OUTSIDE.search(text, place):
        place = token.end()
        if token["opens"]:
            before, closed = text[kept_from : token.start()], _INSIDE.search(text, place)
            if not closed and token["tag"] and before.rpartition("\n")[2].strip():
                continue
            answer += before
            kept_from = place = closed.end() if closed else len(text)
        elif token["closes"]:
            answer, kept_from = "", place
    if kept_from == 0:
        return text
    return _ENDS.sub("", answer + text[kept_from:]).strip()


def answer_of(reply: Reply, model: str) -> str:
    """The answer in a reply of `model`, without its reasoning. EmptyReply if it is nothing but reasoning, InvalidReply
    if it has no text that can be kept."""
    text = reply.text if isinstance(reply, Reply) else reply
    if not isinstance(reply, Reply) or not isinstance(text, str):
        raise InvalidReply(f"{model} returned {type(text).__name__} in place of a reply with text")
    if re.search(r"[\ud800-\udfff]", text):
        raise InvalidReply(f"{model} returned characters that no file can hold")
    answer = without_reasoning(text)
    if text.strip() and not answer.strip():
        raise EmptyReply(f"{model} returned nothing but reasoning")
    return answer
