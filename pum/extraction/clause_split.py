"""From a sentence to its clauses, each without greetings, politeness and reasons."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pum.language.lexicon import MANNER_VERBS

_STANDING = re.compile(
    r",?\s*\b(?:from (?:now|here|this point) on(?:wards?)?(?: out)?|from now(?=$|,)|in (?:the )?future"
    r"|next time(?!\s+(?:i|you|we|u)\b)"
    r"|going forward|at all times|as a rule|by default|"
    r"generally speaking|generally|in general|as always|as usual|whatever i ask(?: you)?|until i say otherwise"
    r"|for everything|each and every time|"
    r"every (?:single )?time(?=$|,)|permanently|henceforth)\b\s*,?|^(?P<head>(?:\S+\s+){0,5}?)always\b|,?\s*\balways$",
    re.IGNORECASE,
)

_SUBORDINATE = re.compile(r"(?:when\w*|if|while|every ?time)\b[^,]*$", re.IGNORECASE)

_POLITE = re.compile(
    r",?\s*\b(?:please|pls|plz|kindly|if possible|if you (?:can|could|please|don't mind|do not mind|like)"
    r"|thank you|thanks|thx|ok|okay"
    r"|got it|if it is not too much trouble|"
    r"perhaps|remember)\b\s*(?=,|$|\?|!|\.)|\b(?:please|pls|plz|kindly)\b,?\s*",
    re.IGNORECASE,
)

_OPENERS = re.compile(
    r"^(?:(?:(?:a |one )?(?:quick|small|tiny|little|one) (?:thing|note|request|favou?r)|ok(?:ay)?|also|and|but|so"
    r"|well|hey|hi|hello|sorry(?: but)?(?! to\b)|oh|yes|yeah|yep|hm+|btw|like"
    r"|once (?:more|again)|(?:just|for) once|for a change|this time|same as (?:before|always)|plus|then|in addition)"
    r"(?:\s*[,:!-]+\s*|\s+))+|^(?:thanks?(?: you)?|great|nice|good|cool|one more thing|another thing|by the way"
    r"|instead(?: of [^,]+)?|actually|again|note|"
    r"reminder|important|now|no|nope|remember|as (?:i|we) (?:said|mentioned|agreed)(?: before)?|like i (?:said"
    r"|mentioned))\s*[,:!-]+\s*",
    re.IGNORECASE,
)

_RUN_TOGETHER = re.compile(r"\b(?:(gimme)|lemme)\b", re.IGNORECASE)

_REMINDED = re.compile(
    r",?\s*\b(?:like|as) (?:i|we) (?:\w+ )?(?:said|asked|mentioned|told you|agreed)(?: before| already)?\b",
    re.IGNORECASE,
)

_CLAUSE_BREAK = re.compile(
    r"\s*;\s+|\s+(?:-|--|–|—)\s+|\s*—\s*|,?\s+but\s+|[,:]\s+(?:and\s+)?(?=(?:please|no more|can we"
    r"|can(?:'t)? you|could you|i want|i need|i (?:really |much )?(?:prefer|like)|"
    r"i'd|i would like|i asked|i said|get straight|keep|break it|hint|cut|put|make)\b)|,\s+so\s+|\s+so\s+(?=please"
    r"|can you|could you|just|keep|don't|do not|use|give)|\s+(?=please\s+(?:don't|do not|stop|use|keep)\b)",
    re.IGNORECASE,
)

_REMARK_START = re.compile(
    r"(?:i|i'm|i've|you|you're|your|this|that|that's|it|it's|there|there's|too|my|the|these|those|we)\b",
    re.IGNORECASE,
)

_REASON_BEHIND = re.compile(
    r"(?:,|\s+because|\s+since|\s+cause)\s+(?=(?:i|i'm|i've|i'd|im|ive|we|we're|they|it|it's|its|my|you're|he|she"
    r"|that's|this is|otherwise)\b)",
    re.IGNORECASE,
)

_CIRCUMSTANCE = re.compile(
    r"(?:i|we)\s+(?:(?:really|just|don't|do not)\s+)*(?:need|have|can|am|use|work|keep)\b", re.IGNORECASE
)

_SUBORDINATE_START = re.compile(r"(?:when\w*|if|while|once|every ?time|as soon as|for|in|with|on)\b", re.IGNORECASE)

_ORDER_BEHIND = re.compile(
    rf"\s+so\s+(?!that\b|much\b|many\b|far\b|long\b|as\b|it\b|i\b|we\b)(?=[^,]*(?:,\s*not\b|\bonly\b))|(?:,"
    rf"|\s+so)\s+(?=(?:do not|don't|dont|never|stop)\b|(?:(?:just|only|simply|rather|instead"
    rf"|always)\s+)?(?:{'|'.join(sorted(MANNER_VERBS - {'like', 'in', 'be'}))})\s+"
    r"(?:me|it|them|us|to|the|your|my|an?|only|just|what|with|in|straight|why|how|where|which|that|first|from|one"
    r"|each|every|any|at|more|less|up|out)\b)",
    re.IGNORECASE,
)

VERDICT_LAST = re.compile(
    r"^(?P<thing>(?!(?:it|that|this|i|you)\b).{3,80}?),?\s+(?P<when>(?:when|whenever|if|while)\b.{3,80}?)\s+"
    r"(?P<verdict>(?:would be (?:\w+ )?(?:nice|great|good|helpful|lovely|better|appreciated|enough|fine)"
    r"|would (?:help|do)|will do"
    r"|is (?:fine|enough|plenty)|works best).*)$",
    re.IGNORECASE,
)

_WITHOUT_I = re.compile(
    r"(?:(?:would|'d) (?:really )?(?:love|like|prefer|appreciate|rather)|could do with|hate|can't stand"
    r"|prefer)\s(?!you\b)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Clause:
    """`standing`: a word such as "always" was taken off; `polite`: a "please"."""

    text: str
    standing: bool
    polite: bool


def without_reason(text: str) -> list[str]:
    """The sentence, and apart from it why the user wants it: "no tables, my phone is small"."""
    start = text.find(",") + 1 if _SUBORDINATE_START.match(text) else 0
    reason = _REASON_BEHIND.search(text, start)
    if reason is None:
        return [text]
    behind = text[reason.end() :]
    return [text[: reason.start()]] if _CIRCUMSTANCE.match(behind) else [text[: reason.start()], behind]


def parts(text: str) -> Iterator[str]:
    """The clauses of a sentence: "I'm new here, so please define terms" is a remark and a wish."""
    for part in _CLAUSE_BREAK.split(text):
        if part and _REMARK_START.match(part):
            yield from _ORDER_BEHIND.split(part, maxsplit=1)
        elif part:
            yield part


def _without_always(match: re.Match) -> str:
    """Nothing; for "in proofs always ..." the words before, set off so that they are seen to be a condition."""
    head = match["head"] or ""
    condition = re.match(r"(?:in|for|with|on)\s.*(?<!\bi)(?<!\byou)\s$", head, re.IGNORECASE)
    return f"{head.rstrip()}, " if condition else f"{head} "


def prepare(text: str) -> Clause:
    """Take greetings, politeness and standing words off the clause, so that its first word is its verb or subject."""
    text = _RUN_TOGETHER.sub(lambda match: "give me" if match[1] else "let me", text.strip(" \t.,:;!?-*_()[]"))
    text, standing = _STANDING.subn(_without_always, text)
    text, polite = _POLITE.subn(", " if _SUBORDINATE.match(text) else " ", text)
    text = _REMINDED.sub(" ", text)
    previous = None
    text = re.sub(r"(?:\s*,)+", ",", re.sub(r"\s+", " ", text)).strip(" ,.:;!?-")
    while text != previous:
        previous, text = text, _OPENERS.sub("", text, count=1).strip()
    if _WITHOUT_I.match(text):
        text = f"I {text}"
    return Clause(text, bool(standing), bool(polite))
