"""What a message says of the turn before it: what is heard for sure rates the answer, what is only guessed does not."""

from dataclasses import replace

import pytest

from pum.assistant.message_parser import Observation
from pum.core.concurrency import run_sync
from pum.core.schemas import ExtractedPreference
from tests.small_assistant import Components, small_assistant

BULLETS = ExtractedPreference("", "use bullet points", 0.9, "global", False, "Use bullet points.")


class Hears:
    """An extractor that finds the same in every message."""

    def __init__(self, *found: ExtractedPreference) -> None:
        self.found = found

    def extract(self, message: str, topic: str | None = None) -> tuple[ExtractedPreference, ...]:
        return self.found


def heard_again(confidence: float) -> Observation:
    """A wish that a card holds already, heard again about the next answer, as surely as `confidence`."""
    assistant = small_assistant(components=Components(extractor=Hears(BULLETS)))
    for message in ("Use bullet points.", "Where is Lima?"):
        assistant.chat("ann", message)
    assistant.components.extractor.found = (replace(BULLETS, confidence=confidence),)
    return run_sync(assistant._parser.parse(assistant.state("ann"), "The next one is about Peru."))


@pytest.mark.parametrize(("confidence", "label"), [(0.9, "neg_constraint_restate"), (0.4, "neutral")])
def test_only_what_is_heard_surely_rates_the_answer(confidence: float, label: str) -> None:
    heard = heard_again(confidence)
    assert [preference.action for preference in heard.extracted] == ["use bullet points"], (
        "it is remembered all the same"
    )
    assert heard.reward.label == label
