"""How well the keyword reward reads labelled messages."""

from collections import Counter
from collections.abc import Iterable, Sequence

from pum.analysis.extraction_scoring import Extractor
from pum.feedback.keyword import VALUES, Odds, keyword_reward, surely


def score_reward(extractor: Extractor, next_turns: Sequence[dict], odds: Odds | None = None) -> dict:
    """Per label: precision, recall, support, over `{"text", "label"}` records; nothing is stored beforehand.

    `false_blame`: the share of messages labelled neutral whose reward is negative. `sign_accuracy`: the share of all
    messages whose reward has the label's sign, no reward counting as zero.
    """
    pairs = [(record["label"], rate(extractor, record["text"], odds)) for record in next_turns]
    counts, given = Counter(pairs), Counter(label for _, label in pairs)
    wanted = Counter(label for label, _ in pairs)
    labels = {
        label: {
            "precision": counts[label, label] / given[label] if given[label] else 1.0,
            "recall": counts[label, label] / wanted[label] if wanted[label] else 1.0,
            "support": wanted[label],
        }
        for label in VALUES
    }
    neutral = [found for label, found in pairs if label == "neutral"]
    return {
        "messages": len(pairs),
        "accuracy": sum(label == found for label, found in pairs) / len(pairs),
        "sign_accuracy": sum(_sign(label) == _sign(found) for label, found in pairs) / len(pairs),
        "false_blame": sum(_sign(found) < 0 for found in neutral) / len(neutral) if neutral else 0.0,
        "labels": labels,
    }


def false_blame(
    extractor: Extractor, statements: Iterable[tuple[str, str]], odds: Odds | None = None
) -> dict[str, dict[str, float]]:
    """Over (dataset, statement of a task) pairs, none of which says anything of an answer: the share rated below zero,
    per dataset and for `all`."""
    counts: dict[str, Counter[bool]] = {"all": Counter()}
    for dataset, statement in statements:
        blamed = _sign(rate(extractor, statement, odds)) < 0
        for name in ("all", dataset):
            counts.setdefault(name, Counter())[blamed] += 1
    return {name: {"share": of[True] / of.total(), "of": of.total()} for name, of in counts.items()}


def rate(extractor: Extractor, text: str, odds: Odds | None = None) -> str:
    """The label that the reward gives to `text` when no preference is stored yet."""
    return keyword_reward(text, asks=bool(surely(extractor.extract(text))), odds=odds).label


def _sign(label: str) -> int:
    value = VALUES[label] or 0.0
    return (value > 0) - (value < 0)
