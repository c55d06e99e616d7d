"""What people choose between when they say how to answer: of one slot's values, a reply has one at a time."""

import re

_NUMBER = r"\d+|one|two|three|four|five|six|seven|eight|nine|ten|twenty|fifty|hundred|several|many|a few"
_NATURAL_LANGUAGES = (
    "english german french spanish italian portuguese dutch swedish danish norwegian finnish polish czech russian "
    "ukrainian turkish arabic hebrew hindi bengali chinese mandarin japanese korean vietnamese thai greek latin"
).split()

# Slot -> value -> what names it. Words and phrases, matched whole; each is a regular expression.
_SLOTS: dict[str, dict[str, str]] = {
    "length": {
        "short": r"short|shorter|brief|briefly|concise|concisely|terse|succinct|crisp|to the point",
        "long": r"long|longer|lengthy|detailed|in (?:more |great |full )?detail|thorough|elaborate|comprehensive"
        r"|in depth",
    },
    "layout": {
        "bullets": r"bullets?|bullet(?:ed)?[- ](?:points?|lists?)|bulleted|lists?",
        "prose": r"prose|(?:plain |full |running )?paragraphs?|running text",
    },
    "spelling": {"british": r"british|uk spelling", "american": r"american|us spelling"},
    "units": {"metric": r"metric", "imperial": r"imperial"},
    "weights": {"grams": r"grams?|kilograms?|millilit(?:re|er)s?", "cups": r"cups?(?: and spoons)?|ounces|spoons"},
    "temperature": {"celsius": r"celsius", "fahrenheit": r"fahrenheit", "kelvin": r"kelvin"},
    "distance": {"kilometres": r"kilomet(?:re|er)s?|km", "miles": r"miles"},
    "register": {
        "formal": r"formal|formally|professional|strictly professional|official",
        "casual": r"casual|casually|informal|friendly|relaxed|chatty",
    },
    "criticism": {"blunt": r"blunt|direct|harsh|brutal|merciless", "gentle": r"gentle|kind|encouraging|soft|tactful"},
    "mood": {"humour": r"humou?r|humou?rous|funny|jokes?|witty", "serious": r"serious|seriously|sober"},
    "naming": {
        "snake_case": r"snake[_ ]?case", "camelCase": r"camel[- ]?case", "PascalCase": r"pascal[- ]?case",
        "kebab-case": r"kebab[- ]?case",
    },
    "indentation": {"tabs": r"tabs?", "spaces": r"(?:(?:two|four|2|4) )?spaces?"},
    "quotes": {"single": r"single[- ]quot(?:es?|ed)", "double": r"double[- ]quot(?:es?|ed)"},
    "case": {
        "upper": r"upper[- ]?case|capitals|capital letters|all caps", "lower": r"lower[- ]?case|small letters",
        "title": r"title case",
    },
    "voice": {"passive": r"passive(?: voice)?", "active": r"active(?: voice)?"},
    "clock": {"24 hours": r"24[- ]hours?", "12 hours": r"12[- ]hours?|am and pm"},
    "numbers": {"fractions": r"(?:exact )?fractions?", "decimals": r"decimals?"},
    "position": {
        "first": r"first|(?:at|in) the (?:very )?(?:beginning|start|top)|up ?front|begin(?:ning)?|start",
        "last": r"last|(?:at|in) the (?:very )?(?:end|bottom)|finish",
    },
    "code shown": {"whole": r"(?:the )?(?:whole|full|entire|complete) (?:file|program|script|code)", "diff": r"diffs?"},
    "help": {"hints": r"hints?", "solutions": r"(?:full |complete |worked )?solutions?"},
    "paradigm": {"functional": r"functional", "objects": r"object[- ]oriented"},
    "words": {
        "simple": r"(?:simple|easy|plain|everyday) (?:words|language|terms)|layman'?s terms",
        "technical": r"technical (?:words|language|terms)|jargon",
    },
    "translation": {"literal": r"literal|literally|word for word", "free": r"free|freely"},
    "formulas": {"LaTeX": r"latex", "plain": r"plain text"},
    "dates": {
        "day first": r"dd/mm/yyyy|dd\.mm\.yyyy|day first", "month first": r"mm/dd/yyyy|month first",
        "ISO": r"iso(?: 8601)?(?: format)?|yyyy-mm-dd",
    },
    "sentences": {"complete": r"(?:complete|full|whole) sentences", "keywords": r"keywords|telegram style|note form"},
    "dependencies": {
        "none": r"standard library|built-?ins", "third parties": r"(?:third[- ]party|external) (?:packages?|librar\w+)",
    },
    "language": {name: rf"(?<!british )(?<!american ){name}" for name in _NATURAL_LANGUAGES},
}  # fmt: skip

_ANY = {
    slot: re.compile("|".join(rf"(?P<v{n}>\b(?:{cue})\b)" for n, cue in enumerate(values.values())), re.IGNORECASE)
    for slot, values in _SLOTS.items()
}
_CALLED = re.compile(r"\b(?:call|address) me (?:as |by )?(?:my )?(?P<value>[\w.-]+)", re.IGNORECASE)
_COUNT = re.compile(rf"\b(?P<value>{_NUMBER})\s+(?P<unit>[a-z]{{3,}})", re.IGNORECASE)


def chosen(text: str) -> tuple[tuple[tuple[str, str], ...], str]:
    """The (slot, value) pairs that `text` names, and the text without their names."""
    found: list[tuple[str, str]] = []
    rest = text
    for slot, pattern in _ANY.items():
        names = tuple(_SLOTS[slot])
        for match in pattern.finditer(text):
            found.append((slot, names[int(match.lastgroup[1:])]))
            rest = rest.replace(match.group(), " ")
    for match in _CALLED.finditer(text):
        found.append(("name", match["value"].lower()))
        rest = rest.replace(match.group(), " ")
    for match in _COUNT.finditer(text):
        found.append((f"number of {match['unit'].lower().rstrip('s')}", match["value"].lower()))
        rest = rest.replace(match.group(), " ")
    return tuple(dict.fromkeys(found)), rest
