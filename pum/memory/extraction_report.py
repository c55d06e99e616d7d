"""The extractor's precision and recall with intervals, as they go into `results/metrics/extractor.json`."""

from collections import Counter
from collections.abc import Iterable, Sequence
from math import sqrt

from pum.memory.extraction_quality import Extractor, agree, match_items

_NORMAL_95 = 1.959963984540054
_DIGITS = 4


def wilson(hits: int, trials: int) -> list[float]:
    """The 95% score interval [low, high] of a share of `hits` among `trials`; [0, 1] without trials."""
    if trials == 0:
        return [0.0, 1.0]
    share, square = hits / trials, _NORMAL_95**2 / trials
    centre = share + square / 2
    half = _NORMAL_95 * sqrt(share * (1 - share) / trials + square / (4 * trials))
    # At 0 and at all hits the bound is exactly the share; rounding of floats would miss it by a hair.
    low = 0.0 if hits == 0 else (centre - half) / (1 + square)
    high = 1.0 if hits == trials else (centre + half) / (1 + square)
    return [round(low, _DIGITS), round(high, _DIGITS)]


def report(extractor: Extractor, utterances: Sequence[dict]) -> dict:
    """Scores over `{"text", "preferences": [{"condition", "action", "family"}]}` records, `family` being optional.

    Counts are of preferences paired as in `match_items`: `tp` heard, `fp` made up or read wrongly, `fn` missed.
    `condition_agreement`: of the heard ones, the share whose condition is the labelled one. `by_message`: the same for
    whole messages, which hold a preference or none. `false_alarms`: messages without a preference in which one was
    found. `by_family`: the labelled preferences of each family; what was made up counts for the family of the
    message's first label, or for none.
    """
    counts, messages = Counter(messages=len(utterances)), Counter(messages=len(utterances))
    families: dict[str, Counter[str]] = {}
    for record in utterances:
        extracted, labelled = extractor.extract(record["text"]), record["preferences"]
        pairs = match_items(extracted, labelled, record["text"])
        heard_labels = [id(label) for _, label in pairs]
        made_up = len(extracted) - len(pairs)
        counts.update(tp=len(pairs), fp=made_up, fn=len(labelled) - len(pairs), without=not labelled)
        counts["conditions"] += sum(agree(found.condition, label["condition"]) for found, label in pairs)
        if extracted or labelled:
            messages["tp" if extracted and labelled else "fp" if extracted else "fn"] += 1
        for label in labelled:
            family = families.setdefault(label.get("family", ""), Counter())
            family["tp" if id(label) in heard_labels else "fn"] += 1
        if labelled and made_up:
            families[labelled[0].get("family", "")]["fp"] += made_up
    families.pop("", None)
    scores = _scores(counts)
    scores["condition_agreement"] = round(counts["conditions"] / counts["tp"], _DIGITS) if counts["tp"] else 0.0
    scores["by_message"] = _scores(messages)
    scores["false_alarms"] = _share(messages["fp"], counts["without"])
    if families:
        scores["by_family"] = {name: _scores(families[name]) for name in sorted(families)}
    return scores


def heard(extractor: Extractor, wordings: Iterable[tuple[str, str]]) -> dict:
    """Of (family, wording) pairs that each hold a preference, the share in which one is found."""
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
    scores: dict = {"messages": counts["messages"]} if counts["messages"] else {}
    scores |= {"tp": tp, "fp": fp, "fn": fn}
    for name, trials in (("precision", tp + fp), ("recall", tp + fn)):
        scores |= {name: round(tp / trials, _DIGITS) if trials else 1.0, f"{name}_interval": wilson(tp, trials)}
    # F1 grows with the share of hits among hits and errors, so that share's interval gives that of F1.
    scores["f1"] = round(2 * tp / (2 * tp + fp + fn), _DIGITS) if tp + fp + fn else 1.0
    scores["f1_interval"] = [round(2 * share / (1 + share), _DIGITS) for share in wilson(tp, tp + fp + fn)]
    return scores


def _share(hits: int, trials: int) -> dict:
    share = round(hits / trials, _DIGITS) if trials else 0.0
    return {"share": share, "interval": wilson(hits, trials), "count": hits, "of": trials}
