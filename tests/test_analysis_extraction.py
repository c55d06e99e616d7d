import pytest

from pum.analysis.extraction import detection_rate, match_items, report
from pum.core.schemas import ExtractedPreference

BULLETS = {"condition": "", "action": "use bullets", "family": "rf"}
TABLES = {"condition": "in SQL", "action": "use tables", "family": "oa"}


class Parrot:
    """Hears "use bullets" in every message that ends with an exclamation mark."""

    def extract(self, message, topic=None):
        if not message.endswith("!"):
            return ()
        return (ExtractedPreference("", "use bullets", 0.9, "global", False, message),)


RECORDS = [
    {"text": "Bullets!", "preferences": [BULLETS]},
    {"text": "Bullets and tables!", "preferences": [BULLETS, TABLES]},
    {"text": "Tables!", "preferences": [TABLES]},
    {"text": "Hello!", "preferences": []},
    {"text": "Hello.", "preferences": []},
]


def matched(actions: list[str], labels: list[str], text: str = "") -> tuple[list[tuple[str, str]], list[str]]:
    extracted = [ExtractedPreference("", action, 0.9, "global", "no" in action.split(), text) for action in actions]
    pairs, made_up = match_items(extracted, [{"condition": "", "action": label} for label in labels], text)
    return [(found.action, label["action"]) for found, label in pairs], [found.action for found in made_up]


@pytest.mark.parametrize(
    ("actions", "labels", "pairs", "made_up"),
    [
        (["use short bullets"], ["use bullets"], 1, 0),
        (["use tables"], ["use bullets"], 0, 1),
        (["use headings"], ["do not use headings"], 0, 1),
        (["no headings"], ["do not use headings"], 1, 0),
        (["be brief"], ["be brief, name the file, and end with the command"], 0, 1),
        (["give hints", "hints first, not solution"], ["give hints first, not the solution"], 1, 0),
        (["use bullets"], ["use bullets", "end with bullets"], 1, 0),
        (["use bullets", "use bullets everywhere"], ["use bullets everywhere"], 1, 0),
    ],
)
def test_pairs_agree_in_content_and_sign(actions, labels, pairs, made_up):
    found, false = matched(actions, labels)
    assert (len(found), len(false)) == (pairs, made_up)


def test_the_sign_is_the_extractors_and_not_that_of_its_words():
    found = ExtractedPreference("", "I hate bullets", 0.9, "global", True, "I hate bullets")
    wanted = {"action": "I hate bullets", "condition": "", "wanted": True}
    assert match_items([found], [BULLETS | {"action": "do not use bullets"}], found.span)[0]
    assert match_items([found], [wanted | {"wanted": False}], found.span)[0]
    assert not match_items([found], [wanted], found.span)[0]


def test_the_best_pair_is_made_first():
    pairs, _ = matched(["use short bullets", "use bullets"], ["use bullets", "use short bullets"])
    assert pairs == [("use short bullets", "use short bullets"), ("use bullets", "use bullets")]


def test_what_does_not_stand_in_the_message_is_made_up():
    found = ExtractedPreference("", "use bullets", 0.9, "global", False, "elsewhere")
    assert match_items([found], [BULLETS], "Bullets!") == ([], [found])


def test_counts_rates_and_families():
    scores = report(Parrot(), RECORDS)
    assert {name: scores[name] for name in ("messages", "tp", "fp", "fn", "precision", "recall")} == {
        "messages": 5, "tp": 3, "fp": 1, "fn": 0, "precision": 0.75, "recall": 1.0,
    }  # fmt: skip
    items = scores["items"]
    assert {name: items[name] for name in ("tp", "fp", "fn", "precision", "recall", "f1")} == {
        "tp": 2, "fp": 2, "fn": 2, "precision": 0.5, "recall": 0.5, "f1": 0.5,
    }  # fmt: skip
    assert scores["false_alarms"] == {"share": 0.5, "interval": [0.0945, 0.9055], "count": 1, "of": 2}
    assert {name: (family["tp"], family["fp"], family["fn"]) for name, family in scores["by_family"].items()} == {
        "oa": (0, 1, 2), "rf": (2, 0, 0),
    }  # fmt: skip
    assert items["condition_agreement"] == 1.0
    assert items["f1_interval"][0] < 0.5 < items["f1_interval"][1]


def test_unlabelled_families_are_left_out():
    records = [{"text": "Bullets!", "preferences": [{"condition": "", "action": "use bullets"}]}]
    assert "by_family" not in report(Parrot(), records)


def test_the_share_of_wordings_heard():
    result = detection_rate(Parrot(), [("rf", "Bullets!"), ("rf", "Bullets"), ("oa", "Tables")])
    assert (result["count"], result["of"]) == (1, 3)
    assert result["by_family"]["oa"]["share"] == 0.0 and result["by_family"]["rf"]["share"] == 0.5
