"""The extractor's precision and recall with intervals, as they go into `results/metrics/extractor.json`."""

from collections import Counter
from collections.abc import Iterable, Sequence

from pum.analysis.extraction_scoring import Extractor, agree, match_items
from pum.calibration.fit import wilson

_DIGITS = 4


def report(extractor: Extractor, utterances: Sequence[dict]) -> dict:
    """Scores over `{"text", "preferences": [{"condition", "action", "family"}]}` records, `family` being optional.

    The counts on top are of whole messages: does one hold a preference, and was one found? `false_alarms`: those that
    hold none and in which one was found. `items` is stricter: single preferences, paired as in `match_items`, `tp`
    heard, `fp` made up or read wrongly, `fn` missed; `condition_agreement` is the share of the heard ones whose
    condition is the labelled one. `by_family`: the items of each family; what was made up counts for the family of the
    message's first label, or for none.
    """
    messages, items, conditions, without = Counter[str](), Counter[str](), 0, 0
    families: dict[str, Counter[str]] = {}
    for record in utterances:
        extracted, labelled = extractor.extract(record["text"]), record["preferences"]
        if extracted or labelled:
            messages["tp" if extracted and labelled else "fp" if extracted else "fn"] += 1
        without += not labelled
        pairs, made_up = match_items(extracted, labelled, record["text"])
        items.update(tp=len(pairs), fp=len(made_up), fn=len(labelled) - len(pairs))
        conditions += sum(agree(found.condition, label["condition"]) for found, label in pairs)
        heard_labels = [id(label) for _, label in pairs]
        for label in labelled:
            family = families.setdefault(label.get("family", ""), Counter())
            family["tp" if id(label) in heard_labels else "fn"] += 1
        if labelled:
            families[labelled[0].get("family", "")]["fp"] += len(made_up)
    families.pop("", None)
    agreement = round(conditions / items["tp"], _DIGITS) if items["tp"] else 0.0
    scores = {"messages": len(utterances), **_scores(messages)}
    scores["false_alarms"] = _share(messages["fp"], without)
    scores["items"] = {**_scores(items), "condition_agreement": agreement}
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
