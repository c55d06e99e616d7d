"""What is asked of a reader of relations and of one of reactions, as shares with their counts."""

from collections.abc import Sequence

from pum.calibration.fit import wilson
from pum.feedback.sign import Sign
from pum.memory.relation import WishRelation

Shares = dict[str, dict[str, float]]
_ONE_CARD, _BOTH = ("same", "opposite"), ("narrowed", "added", "unrelated")


def relation_shares(labels: Sequence[WishRelation], found: Sequence[str]) -> Shares:
    """What becomes of a card when another wish is said; `found` may hold other words, which are never right.

    Of `same` and `opposite` the newer words become the card's note, so a contradiction is found by either: what is said
    last holds. `different_kept` is of wishes that were added or are unrelated: both stay as they are.
    """
    pairs = list(zip(labels, found, strict=True))
    different = [it for label, it in pairs if label in ("added", "unrelated")]
    by_label = {name: [it for label, it in pairs if label == name] for name in ("same", "opposite", "narrowed")}
    return {
        "named_right": _share([label == it for label, it in pairs]),
        "contradictions_found": _share([it in _ONE_CARD for it in by_label["opposite"]]),
        "contradictions_named": _share([it == "opposite" for it in by_label["opposite"]]),
        "restated_one_card": _share([it in _ONE_CARD for it in by_label["same"]]),
        "different_kept": _share([it in _BOTH for it in different]),
        "narrowed_kept": _share([it in _BOTH for it in by_label["narrowed"]]),
        "withdrawals_found": _share([it == "withdrawn" for label, it in pairs if label == "withdrawn"]),
        "withdrawn_by_mistake": _share([it == "withdrawn" for label, it in pairs if label != "withdrawn"]),
    }


def sign_shares(signs: Sequence[Sign], found: Sequence[Sign], ironic: Sequence[bool]) -> Shares:
    """How often the sign is right; how often a message that judges nothing is blame; how often irony is praise."""
    pairs = list(zip(signs, found, strict=True))
    return {
        "sign": _share([sign == it for sign, it in pairs]),
        "false_blame": _share([it == -1 for sign, it in pairs if sign == 0]),
        "false_praise": _share([it == 1 for sign, it in pairs if sign == 0]),
        "blame_found": _share([it == -1 for sign, it in pairs if sign == -1]),
        "praise_found": _share([it == 1 for sign, it in pairs if sign == 1]),
        "irony_as_praise": _share([it == 1 for (_, it), is_ironic in zip(pairs, ironic, strict=True) if is_ironic]),
        "irony_misread": _share([it != -1 for (_, it), is_ironic in zip(pairs, ironic, strict=True) if is_ironic]),
    }


def _share(hits: Sequence[bool]) -> dict[str, float]:
    low, high = wilson(sum(hits), len(hits)) if hits else (0.0, 1.0)
    share = round(sum(hits) / len(hits), 4) if hits else 0.0
    return {"share": share, "low": round(low, 4), "high": round(high, 4), "count": sum(hits), "of": len(hits)}
