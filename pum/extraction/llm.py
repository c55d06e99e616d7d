"""Preference extraction by language models: one that is told how, and one that was fine-tuned for it.

Each item of a reply is checked by itself, so that one bad item costs no other: plain slips are repaired, and other
invalid items are left out and counted. Nothing is taken from what the user quotes or pastes: the one must quote the
user's own prose, the other is shown nothing else. Where no reply can be read at all, the rules take over: loudly, and
counted, so that nobody mistakes their work for the model's.
"""

import logging
import re
from collections.abc import Callable, Sequence
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic.json_schema import SkipJsonSchema

from pum.core.rng import key
from pum.core.schemas import ExtractedPreference, Message
from pum.core.validation import FrozenModel, first_error
from pum.extraction.rules import LONGEST_ACTION, LONGEST_CONDITION, SHORTEST_ACTION, RuleExtractor
from pum.extraction.scope import scope_of
from pum.language.prose import Sentence, own_requests
from pum.language.words import content_words
from pum.llm.chat_model import ChatError, ChatModel, FormModel, InvalidReply, RefusedError
from pum.llm.prompts import prompt
from pum.llm.structured_output import read_form

log = logging.getLogger(__name__)

_MOST = 8
_LONGEST_QUOTE = 300
_STRAIGHT = {ord(mark): plain for plain, marks in (("'", "‘’‚‛´`"), ('"', "“”„‟«»"), ("-", "–—‑‐")) for mark in marks}
_NEGATION = re.compile(r"^(?:do not|don't|never|no longer|avoid|stop)\b", re.IGNORECASE)


def _one_line(text: Any) -> Any:
    """A note is one line of the prompt; what is no text is left for the validation proper to refuse."""
    return " ".join(text.split()).strip(" .") if isinstance(text, str) else text


Unit = Annotated[float, Field(ge=0, le=1)]
Condition = Annotated[str, Field(max_length=LONGEST_CONDITION), BeforeValidator(_one_line)]
Action = Annotated[str, Field(min_length=SHORTEST_ACTION, max_length=LONGEST_ACTION), BeforeValidator(_one_line)]

OnFallback = Callable[[ChatError], None]
OnLeftOut = Callable[[int], None]
"""Told how many items of a reply were left out, if any were."""


class Item(FrozenModel):
    """One preference as the instructed model writes it down."""

    quote: Annotated[str, Field(min_length=1, max_length=_LONGEST_QUOTE)]
    condition: Condition
    action: Action
    negated: bool
    confidence: Unit


class TunedItem(BaseModel):
    """One preference as the fine-tuned extractor was taught to write it."""

    condition: Condition
    action: Action
    confidence: Unit


class _Listed(BaseModel):
    """Items that are read one by one. `left_out` counts those that are not valid or beyond the longest list; the model
    does not fill it in."""

    item: ClassVar[type[BaseModel]]
    left_out: SkipJsonSchema[int] = 0

    @model_validator(mode="before")
    @classmethod
    def _read_each(cls, data: Any) -> Any:
        """What can be read of a list; anything else is left for the validation proper to refuse."""
        items = data.get("preferences") if isinstance(data, dict) else None
        if not isinstance(items, list):
            return data
        valid = []
        for item in items:
            try:
                valid.append(cls.item.model_validate(_repaired(item, cls.item)))
            except ValidationError as error:
                log.info("an extracted item is left out: %s", first_error(error))
        return {**data, "preferences": valid[:_MOST], "left_out": len(items) - len(valid[:_MOST])}


class Items(_Listed):
    model_config = ConfigDict(extra="forbid", frozen=True)
    item = Item
    preferences: Annotated[list[Item], Field(max_length=_MOST)]


class TunedItems(_Listed):
    item = TunedItem
    preferences: list[TunedItem]


def _repaired(item: Any, form: type[BaseModel]) -> Any:
    """An item without the slips whose meaning is plain: fields that nobody asked for, no condition, percentages, and
    whether it is negated, where the action says so."""
    if not isinstance(item, dict):
        return item
    item = {"condition": "", **{name: value for name, value in item.items() if name in form.model_fields}}
    if item["condition"] is None:
        item["condition"] = ""
    if isinstance(confidence := item.get("confidence"), str) and confidence.strip().endswith("%"):
        confidence = _number(confidence.strip()[:-1], of=100)
    elif isinstance(confidence, int | float) and 10 < confidence <= 100:  # up to 10, it may be of ten
        confidence /= 100
    item["confidence"] = confidence
    if "negated" in form.model_fields and item.get("negated") is None:
        item["negated"] = bool(_NEGATION.match(str(item.get("action"))))
    return item


def _number(text: str, of: float) -> float | None:
    try:
        return float(text) / of
    except ValueError:
        return None


class LLMExtractor:
    """A model that is told what a preference is. Only what it can quote from the user's own prose is taken from it."""

    def __init__(self, model: FormModel, fell_back: OnFallback, left_out: OnLeftOut | None = None) -> None:
        self._model, self._fell_back, self._left_out = model, fell_back, left_out

    async def extract(self, message: str, topic: str | None = None) -> tuple[ExtractedPreference, ...]:
        """As RuleExtractor. TransportError when the model cannot be reached."""
        messages = [Message(role="system", content=prompt("extractor")), Message(role="user", content=message)]
        try:
            found = await self._model.answer_as(Items, messages, seed=key("extractor", message))
        except (InvalidReply, RefusedError) as error:
            return _by_rules(message, topic, error, self._fell_back)
        _count(found.left_out, self._left_out)
        wishes = own_requests(message)
        sources = [(item, _source(item.quote, wishes)) for item in found.preferences]
        return _distinct(
            ExtractedPreference(
                item.condition, item.action, item.confidence, scope_of(item.condition), item.negated, source.raw
            )
            for item, source in sources
            if source and not _from_elsewhere(item.action, message, wishes)
        )


class FineTunedExtractor:
    """The published kind: a small model that was taught to turn a message into a JSON list, without quotations."""

    def __init__(self, model: ChatModel, fell_back: OnFallback, left_out: OnLeftOut | None = None) -> None:
        self._model, self._fell_back, self._left_out = model, fell_back, left_out

    async def extract(self, message: str, topic: str | None = None) -> tuple[ExtractedPreference, ...]:
        """As RuleExtractor; the span is the whole message."""
        wishes = own_requests(message)
        if not wishes:
            return ()
        said = "\n".join(sentence.raw for sentence in wishes)
        system = Message(role="system", content=prompt("extractor_finetuned"))
        try:
            reply = await self._model.answer([system, Message(role="user", content=said)], seed=key("extractor", said))
            found = read_form(TunedItems, reply.text)
        except (InvalidReply, RefusedError) as error:
            return _by_rules(message, topic, error, self._fell_back)
        _count(found.left_out, self._left_out)
        return _distinct(
            ExtractedPreference(
                item.condition,
                item.action,
                item.confidence,
                scope_of(item.condition),
                bool(_NEGATION.match(item.action)),
                message,
            )
            for item in found.preferences
            if not _from_elsewhere(item.action, message, wishes)
        )


def _source(quote: str, wishes: Sequence[Sentence]) -> Sentence | None:
    """The sentence of the user's own that the model quotes."""
    quoted = _plain(quote).strip("\"' .")
    return next((sentence for sentence in wishes if quoted and quoted in _plain(sentence.raw)), None)


def _from_elsewhere(action: str, message: str, wishes: Sequence[Sentence]) -> bool:
    """Whether the action takes its words from what the user quotes or pastes, and none from what they say.

    Words that the message has nowhere are the model's own, for what the user said in others.
    """
    words = content_words(action)
    own = frozenset[str]().union(*(content_words(sentence.outside) for sentence in wishes))
    return bool(words & content_words(message)) and not words & own


def _by_rules(
    message: str, topic: str | None, error: ChatError, fell_back: OnFallback
) -> tuple[ExtractedPreference, ...]:
    log.warning("the extractor gave nothing that can be read, so the rules read this message: %s", error)
    fell_back(error)
    return RuleExtractor().extract(message, topic)


def _count(left_out: int, told: OnLeftOut | None) -> None:
    if left_out:
        log.warning("%d extracted preferences were left out: they were not valid, or too many", left_out)
        if told:
            told(left_out)


def _distinct(found: Any) -> tuple[ExtractedPreference, ...]:
    return tuple({(item.condition.lower(), item.action.lower()): item for item in found}.values())


def _plain(text: str) -> str:
    """In lower case and on one line, with straight quotation marks and hyphens: models change these as they quote."""
    return re.sub(r"\s+", " ", text.translate(_STRAIGHT)).strip().lower()
