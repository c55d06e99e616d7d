"""Preference extraction by language models: one that is told how, and one that was fine-tuned for it.

Each item of a reply is checked by itself, so that one bad item costs no other. Nothing is taken from what the user
quotes or pastes: the one must quote the user's own prose, the other is shown nothing else. Where no reply can be read
at all, the rules take over: loudly, and counted, so that nobody mistakes their work for the model's.
"""

import logging
import re
from collections.abc import Callable, Sequence
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field, ValidationError

from pum.core.rng import key
from pum.core.schemas import ExtractedPreference, Message
from pum.core.validation import FrozenModel, first_error
from pum.extraction.rules import LONGEST_ACTION, LONGEST_CONDITION, SHORTEST_ACTION, RuleExtractor
from pum.extraction.scope import scope_of
from pum.language.prose import Sentence, own_requests
from pum.language.words import content_words
from pum.llm.chat_model import ChatError, ChatModel, FormModel, InvalidReply, Model, RefusedError
from pum.llm.prompts import prompt
from pum.llm.structured_output import read_form

log = logging.getLogger(__name__)

_MOST = 8
_LONGEST_QUOTE = 300
_NEGATION = re.compile(r"^(?:do not|don't|never|no longer|avoid|stop)\b", re.IGNORECASE)


def _one_line(text: Any) -> Any:
    """A note is one line of the prompt; what is no text is left for the validation proper to refuse."""
    return " ".join(text.split()).strip(" .") if isinstance(text, str) else text


Unit = Annotated[float, Field(ge=0, le=1)]
Condition = Annotated[str, Field(max_length=LONGEST_CONDITION), BeforeValidator(_one_line)]
Action = Annotated[str, Field(min_length=SHORTEST_ACTION, max_length=LONGEST_ACTION), BeforeValidator(_one_line)]

OnFallback = Callable[[ChatError], None]


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


def _valid_only(form: type[Model]) -> BeforeValidator:
    def keep(items: Any) -> Any:
        """What can be read of a list; anything else is left for the validation proper to refuse."""
        if not isinstance(items, list):
            return items
        valid = []
        for item in items:
            try:
                valid.append(form.model_validate(item))
            except ValidationError as error:
                log.info("an extracted item is left out: %s", first_error(error))
        return valid

    return BeforeValidator(keep)


class Items(FrozenModel):
    preferences: Annotated[list[Item], Field(max_length=_MOST), _valid_only(Item)]


class TunedItems(BaseModel):
    preferences: Annotated[list[TunedItem], _valid_only(TunedItem)]


class LLMExtractor:
    """A model that is told what a preference is. Only what it can quote from the user's own prose is taken from it."""

    def __init__(self, model: FormModel, fell_back: OnFallback) -> None:
        self._model, self._fell_back = model, fell_back

    async def extract(self, message: str, topic: str | None = None) -> tuple[ExtractedPreference, ...]:
        """As RuleExtractor. TransportError when the model cannot be reached."""
        messages = [Message(role="system", content=prompt("extractor")), Message(role="user", content=message)]
        try:
            found = await self._model.answer_as(Items, messages, seed=key("extractor", message))
        except (InvalidReply, RefusedError) as error:
            return _by_rules(message, topic, error, self._fell_back)
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

    def __init__(self, model: ChatModel, fell_back: OnFallback) -> None:
        self._model, self._fell_back = model, fell_back

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
    return next((sentence for sentence in wishes if _plain(quote) in _plain(sentence.raw)), None)


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


def _distinct(found: Any) -> tuple[ExtractedPreference, ...]:
    return tuple({(item.condition.lower(), item.action.lower()): item for item in found}.values())


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip().lower()
