"""How well messages are parsed: precision and recall of extracted preferences, and accuracy of the keyword reward."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Protocol

from pum.calibration.fit import wilson
from pum.core.files import read_jsonl
from pum.core.schemas import ExtractedPreference
from pum.feedback.keyword import VALUES, Odds, keyword_reward, surely
from pum.language.words import content_words

_BAN = re.compile(r"(?:please )?(?:do not|don't|no|not|never|stop|avoid|drop|skip|without)\b", re.IGNORECASE)
_SHARED_NEEDED = 0.5


class ScoredExtractor(Protocol):
    def extract(self, message: str, topic: str | None = None) -> tuple[ExtractedPreference, ...]: ...


def match_items(
    extracted: Sequence[ExtractedPreference], labelled: Sequence[dict], text: str
) -> tuple[list[tuple[ExtractedPreference, dict]], list[ExtractedPreference]]:
    """Match extracted with labelled preferences of a message: one-to-one pairs, best first, and what was made up.

    A pair agrees in content (`overlap` of the actions of at least one half) and in sign, which is the extractor's own
    field and no matter of wording; and the extracted span is in the message. An unpaired extraction that only repeats
    part of a paired label does not count as made up.
    """
    candidates = sorted(
        (-overlap(found.action, label["action"]), i, j)
        for i, found in enumerate(extracted)
        for j, label in enumerate(labelled)
        if found.span in text and found.negated != is_wanted(label)
    )
    partner: dict[int, int] = {}
    for score, i, j in candidates:
        if -score >= _SHARED_NEEDED and i not in partner and j not in partner.values():
            partner[i] = j
    pairs = [(extracted[i], labelled[j]) for i, j in sorted(partner.items())]
    covered = [content_words(label["action"]) for _, label in pairs]
    made_up = [
        found
        for i, found in enumerate(extracted)
        if i not in partner and not any(content_words(found.action) <= words for words in covered)
    ]
    return pairs, made_up


def overlap(one: str, other: str) -> float:
    """The F1 (Dice coefficient) of the two sets of content words."""
    mine, theirs = content_words(one), content_words(other)
    return 2 * len(mine & theirs) / (len(mine) + len(theirs))


def is_wanted(label: dict) -> bool:
    """Whether a label asks for its action: `wanted` says so, or else how the action begins ("do not", "avoid")."""
    return label["wanted"] if "wanted" in label else not _BAN.match(label["action"])


def agree(found: str, labelled: str) -> bool:
    """Both conditions empty, or both given and overlapping by half."""
    return bool(found) == bool(labelled) and (not found or overlap(found, labelled) >= _SHARED_NEEDED)


_DIGITS = 4


def labelled(file: Path) -> list[dict]:
    """The records of a labelled file. Where a preference has no `action` or `condition`, its quotation is one."""
    return [
        record
        | {
            "preferences": [
                {"action": of.get("quote"), "condition": of.get("condition_quote") or "", **of}
                for of in record["preferences"]
            ]
        }
        for record in read_jsonl(file, ["text", "preferences"])
    ]


def report(extractor: ScoredExtractor, utterances: Sequence[dict], kind: str = "style") -> dict:
    """Scores over `{"text", "preferences": [{"condition", "action"}]}` records, of preferences of one kind alone.

    Labels may have a `family`, a `kind` ("style" without one), `wanted`, and `standing`.

    The top-level counts are of whole messages: does it hold a preference, and was one found? `false_alarms`: messages
    without a preference in which one was found. `items` counts single preferences, paired as in `match_items`: `tp`
    found, `fp` made up or wrong, `fn` missed; `condition_agreement` is the share of found ones whose condition agrees
    with the label, and `standing_agreement`, where labels have it, that of those that agree whether they hold beyond
    the reply at hand. `by_family`: the items of each family; made-up ones count for the family of the message's first
    label.
    """
    messages, items, conditions, without = Counter[str](), Counter[str](), 0, 0
    standing: list[bool] = []
    families: dict[str, Counter[str]] = {}
    for record in utterances:
        extracted = [found for found in extractor.extract(record["text"]) if found.kind == kind]
        labelled = [label for label in record["preferences"] if label.get("kind", "style") == kind]
        if extracted or labelled:
            messages["tp" if extracted and labelled else "fp" if extracted else "fn"] += 1
        without += not labelled
        pairs, made_up = match_items(extracted, labelled, record["text"])
        items.update(tp=len(pairs), fp=len(made_up), fn=len(labelled) - len(pairs))
        conditions += sum(agree(found.condition, label["condition"]) for found, label in pairs)
        standing += [found.standing == label["standing"] for found, label in pairs if "standing" in label]
        found_labels = [id(label) for _, label in pairs]
        for label in labelled:
            family = families.setdefault(label.get("family", ""), Counter())
            family["tp" if id(label) in found_labels else "fn"] += 1
        if labelled:
            families[labelled[0].get("family", "")]["fp"] += len(made_up)
    families.pop("", None)
    agreement = round(conditions / items["tp"], _DIGITS) if items["tp"] else 0.0
    scores = {"messages": len(utterances), **_scores(messages)}
    scores["false_alarms"] = _share(messages["fp"], without)
    scores["items"] = {**_scores(items), "condition_agreement": agreement}
    if standing:
        scores["items"]["standing_agreement"] = round(sum(standing) / len(standing), _DIGITS)
    if families:
        scores["by_family"] = {name: _scores(families[name]) for name in sorted(families)}
    return scores


def detection_rate(extractor: ScoredExtractor, wordings: Iterable[tuple[str, str]]) -> dict:
    """The share of (family, wording) pairs in which a preference is found."""
    trials: Counter[str] = Counter()
    hits: Counter[str] = Counter()
    for family, wording in wordings:
        trials[family] += 1
        hits[family] += bool(extractor.extract(wording))
    return {
        **_share(hits.total(), trials.total()),
        "by_family": {name: _share(hits[name], trials[name]) for name in sorted(trials)},
    }


def _scores(counts: Counter[str]) -> dict:
    tp, fp, fn = counts["tp"], counts["fp"], counts["fn"]
    scores: dict = {"tp": tp, "fp": fp, "fn": fn}
    for name, trials in (("precision", tp + fp), ("recall", tp + fn)):
        scores |= {name: round(tp / trials, _DIGITS) if trials else 1.0, f"{name}_interval": _interval(tp, trials)}
    # F1 grows with the share of hits among hits and errors, so that share's interval gives that of F1.
    scores["f1"] = round(2 * tp / (2 * tp + fp + fn), _DIGITS) if tp + fp + fn else 1.0
    scores["f1_interval"] = [round(2 * share / (1 + share), _DIGITS) for share in _interval(tp, tp + fp + fn)]
    return scores


def _share(hits: int, trials: int) -> dict:
    share = round(hits / trials, _DIGITS) if trials else 0.0
    return {"share": share, "interval": _interval(hits, trials), "count": hits, "of": trials}


def _interval(hits: int, trials: int) -> list[float]:
    return [round(bound, _DIGITS) for bound in wilson(hits, trials)]


def score_reward(extractor: ScoredExtractor, next_turns: Sequence[dict], odds: Odds | None = None) -> dict:
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
    extractor: ScoredExtractor, statements: Iterable[tuple[str, str]], odds: Odds | None = None
) -> dict[str, dict[str, float]]:
    """The share of task statements with a negative reward, per dataset and for `all`.

    `statements`: (dataset, statement) pairs; none of them judges an answer, so all such rewards are wrong.
    """
    counts: dict[str, Counter[bool]] = {"all": Counter()}
    for dataset, statement in statements:
        blamed = _sign(rate(extractor, statement, odds)) < 0
        for name in ("all", dataset):
            counts.setdefault(name, Counter())[blamed] += 1
    return {name: {"share": of[True] / of.total(), "of": of.total()} for name, of in counts.items()}


def rate(extractor: ScoredExtractor, text: str, odds: Odds | None = None) -> str:
    """The reward's label for `text` if no preference is stored yet."""
    return keyword_reward(text, asks=bool(surely(extractor.extract(text))), odds=odds).label


def _sign(label: str) -> int:
    value = VALUES[label] or 0.0
    return (value > 0) - (value < 0)
