"""What people choose between when they say how to answer: of one slot's values, a reply has one at a time."""

import re

from pum.memory.rivals import rival_slots

_FEW = r"one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|sixty|eighty"
_NUMBER = rf"\d+|(?:(?:a|{_FEW}) )?(?:hundred|thousand)|{_FEW}|several|many|a few"
_OF_IT = r"(?: of (?:(?:the|a|your|my|its|any|all|every|each|long) )*\w+)?"
_NATURAL_LANGUAGES = (
    "english german french spanish italian portuguese dutch swedish danish norwegian finnish polish czech russian "
    "ukrainian turkish arabic hebrew hindi bengali chinese mandarin japanese korean vietnamese thai greek latin"
).split()

# Slot -> value -> what names it. Words and phrases, matched whole; each is a regular expression.
_SLOTS: dict[str, dict[str, str]] = {
    "length": {
        "short": r"short|shorter|brief|briefly|concise|concisely|terse|succinct|crisp|to the point|compact|minimal"
        r"|(?:one|1|a single)[- ](?:line|sentence|word|letter)s?|one-liners?|single[- ](?:line|sentence|word|letter)"
        r"|(?:rough |quick |bare )(?:sketch|outline|overview)|(?:just |only )?the (?:gist|essentials|bare minimum)",
        "long": r"long|longer|lengthy|detailed|in (?:more |great |full )?detail|thorough(?:ly)?|elaborate|comprehensive"
        r"|in[- ]depth|exhaustive|extensive|at length|full-length|descriptive|line by line|leaving nothing out",
    },
    "layout": {
        "bullets": r"bullets?|bullet(?:ed)?[- ](?:points?|lists?)|bulleted|lists?(?! (?:the|what|your|its|their|all|every|each|my|any)\b)|outlines?|nested points",
        "prose": r"prose|(?:plain |full |running )?paragraphs?|(?:running|connected|continuous|flowing) (?:text|piece)"
        r"|narrative",
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
    "criticism": {
        "blunt": r"blunt(?:ly)?|direct|harsh(?:ly)?|brutal(?:ly)?|merciless|ruthless|unsparing"
        r"|honest(?:ly)?|frank(?:ly)?",
        "gentle": r"gentl[ey]|kind(?:er)?|encouraging|soft|tactful|diplomatic|nicer|sugar-?coat(?:ing)?",
    },
    "mood": {
        "humour": r"humou?r|humou?rous|funny|jok(?:es?|ing)|witty|playful|silly|puns?|light-hearted",
        "serious": r"serious|seriously|sober|matter-of-fact|dry|no-nonsense|deadpan",
    },
    "energy": {
        "lively": r"enthusiastic|excited|energetic|cheerful|upbeat|lively|bubbly",
        "calm": r"calm|neutral|sober|detached|restrained|matter-of-fact|unemotional",
    },
    "expertise": {
        "beginner": r"(?:absolute |complete )?(?:beginner|novice|newbie|layman|layperson)s?|five-year-old",
        "expert": r"experts?|advanced|specialists?|experienced",
    },
    "how many": {
        "one": r"(?:only |just )?(?:one|a single|the best|the one|your favou?rite)|single",
        "several": r"several|multiple|many|various|different|a (?:few|couple of|choice of)",
    },
    "pace": {"slow": r"slow(?:ly)?|patient(?:ly)?", "fast": r"fast|quick(?:ly)?|speed(?:y| up)?|faster"},
    "turns": {"singly": r"(?:one|a single \w+)(?: \w+)? at a time|one by one|one after the other",
              "together": r"(?:all )?(?:at once|together|in one go)"},
    "verbatim": {"quoted": r"quot(?:e|es|ing|ations?)|verbatim|word for word", "paraphrased": r"paraphras\w+"},
    "corrections": {
        "all": r"(?:every|each|all)(?: the)?(?: \w+)? (?:mistakes?|errors?|flaws?|details?)",
        "big ones": r"(?:big|main|major|serious|important|worst) (?:problems?|mistakes?|errors?|issues?|flaws?)",
    },
    "data in examples": {
        "real": r"realistic|real-world|real-life|lifelike", "placeholders": r"foo|placeholders?|dummy \w+|abstract",
    },
    "practice": {"theory": r"theory|theoretical|background", "practice": r"practical|hands-on|practice"},
    "naming": {
        "snake_case": r"snake[_ ]?case|(?:with )?underscores", "camelCase": r"camel[- ]?case",
        "PascalCase": r"pascal[- ]?case",
        "kebab-case": r"kebab[- ]?case",
    },
    "indentation": {"tabs": r"tabs?", "spaces": r"(?:(?:two|four|2|4) )?spaces?"},
    "quotes": {"single": r"single[- ]quot(?:es?|ed)", "double": r"double[- ]quot(?:es?|ed)"},
    "case": {
        "upper": r"upper[- ]?case|capitals|capital letters|all caps|capitali[sz]ed",
        "lower": r"lower[- ]?case|small letters",
        "title": r"title case",
    },
    "voice": {"passive": r"passive(?: voice)?", "active": r"active(?: voice)?"},
    "clock": {"24 hours": r"24[- ]hours?", "12 hours": r"12[- ]hours?|am and pm"},
    "numbers": {"fractions": r"(?:exact )?fractions?", "decimals": r"decimals?"},
    "position": {
        "first": rf"first|(?:at|in) the (?:very )?(?:beginning|start|top){_OF_IT}|up ?front|begin(?:ning)?|start"
        r"|(?:open|lead)(?:ing)?(?=\b.* with)",
        "last": rf"last|(?:at|in) the (?:very )?(?:end|bottom){_OF_IT}|finish|afterwards"
        r"|(?:close|end|conclude)(?= \w+(?: \w+)? with| with)",
    },
    "code shown": {"whole": r"(?:the )?(?:whole|full|entire|complete) (?:file|program|script|code)", "diff": r"diffs?"},
    "help": {"hints": r"hints?", "solutions": r"(?:full |complete |worked )?solutions?"},
    "paradigm": {"functional": r"functional", "objects": r"object[- ]oriented"},
    "weighing": {"weight": r"by weight", "volume": r"by volume"},
    "option names": {"short": r"short (?:options?|flags?)", "long": r"long (?:options?|flags?)"},
    "list marks": {"numbers": r"numbers|number(?:ed|ing)?", "dashes": r"dashes|hyphens|asterisks"},
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
    **rival_slots(),
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
    named: list[tuple[int, int]] = []
    for slot, pattern in _ANY.items():
        names = tuple(_SLOTS[slot])
        for match in pattern.finditer(text):
            found.append((slot, names[int(match.lastgroup[1:])]))
            named.append(match.span())
    for match in _CALLED.finditer(text):
        found.append(("name", match["value"].lower()))
        named.append(match.span())
    for match in _COUNT.finditer(text):
        found.append((f"number of {match['unit'].lower().rstrip('s')}", match["value"].lower()))
        named.append(match.span())
    return tuple(dict.fromkeys(found)), _without(text, named)


def _without(text: str, spans: list[tuple[int, int]]) -> str:
    """The text with blanks at these places, which may overlap."""
    left = list(text)
    for start, end in spans:
        left[start:end] = " " * (end - start)
    return "".join(left)
