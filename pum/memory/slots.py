"""What people choose between when they say how to answer: slot -> value -> what names it.

Words and phrases, matched whole; each is a regular expression. Of one slot's values, a reply has one at a time.
"""

import re
from typing import NamedTuple

# Job -> who does it, as regular expressions; the names that follow a slash are further ones of the same.
_NAMES = {
    "system": "windows macos/mac linux/ubuntu/debian/fedora android ios",
    "shell": "bash powershell zsh fish",
    "citation style": "apa mla chicago harvard ieee vancouver bibtex",
    "docstring style": "google numpy/numpydoc sphinx/restructuredtext epytext",
    "currency": "euros?/eur (?:us\\s)?dollars?/usd (?:british\\s)?pounds?/gbp/sterling yen/jpy francs?/chf rupees?/inr",
    "tense": "past\\stense present\\stense future\\stense",
    "person": "first\\sperson second\\sperson third\\sperson",
    "data frames": "pandas polars dask pyspark",
    "plots": "matplotlib seaborn plotly altair bokeh ggplot2?",
    "web requests": "requests httpx aiohttp urllib3? axios fetch",
    "web pages": "react vue angular svelte vanilla/plain\\sjavascript jquery",
    "web servers": "flask django fastapi express",
    "tests": "pytest unittest nose doctests? jest mocha vitest",
    "deep learning": "pytorch/torch tensorflow jax keras",
    "packages": "pip conda poetry uv npm yarn pnpm",
    "formatters": "black ruff yapf autopep8 prettier",
    "databases": "postgres(?:ql)? mysql/mariadb sqlite oracle mongodb",
    "styles": "css sass/scss tailwind bootstrap",
    "records": "dataclass(?:es)? namedtuples? pydantic attrs typeddicts?",
    "text formats": "markdown html latex/tex plain\\stext rst org-mode asciidoc",
    "data formats": "json yaml xml csv toml",
    "editor": "vim?/neovim emacs vs\\s?code pycharm/intellij",
    "programs": "python javascript/js typescript/ts java rust go/golang c\\+\\+ c# ruby kotlin swift julia matlab",
    "loops": "(?:list\\s)?comprehensions? (?:plain\\s|for\\s)?loops? recursion",
    "strings": "f-strings? str\\.format %-formatting",
    "diagrams": "mermaid ascii\\s(?:art|diagrams?) graphviz plantuml",
    "lengths": "met(?:re|er)s? feet/foot/yards?",
    "small lengths": "centimet(?:re|er)s?/cm/millimet(?:re|er)s? inch(?:es)?",
    "body weight": "kilos?/kilograms?/kg pounds/lbs?/stone",
    "fluids": "lit(?:re|er)s? gallons?/pints?",
    "energy of food": "kcal/calories kilojoules?/kj",
    "waiting": "async/await promises callbacks threads?",
    "medicines": "generic(?:\\snames?)? brand(?:\\snames?)?",
    "species": "latin(?:\\snames?) common(?:\\snames?)",
    "marks in text": "italics? bold(?:face)? underlin(?:es?|ed|ing)",
    "time zone": "utc/gmt local\\stime (?:us\\s)?eastern(?:\\stime)? cet",
}


def rival_slots() -> dict[str, dict[str, str]]:
    """Job -> name -> the pattern of what it is called."""
    return {
        job: {name.split("/")[0]: name.replace("/", "|") for name in names.split()} for job, names in _NAMES.items()
    }


_OF_IT = r"(?: of (?:(?:the|a|your|my|its|any|all|every|each|long) )*\w+)?"
# "List the steps" names no list.
_NO_VERB = r"(?! (?:the|what|your|its|their|all|every|each|my|any)\b)"
_FAULTS = r"(?:mistakes?|errors?|problems?|issues?|flaws?)"
_NATURAL_LANGUAGES = (
    "english german french spanish italian portuguese dutch swedish danish norwegian finnish polish czech russian "
    "ukrainian turkish arabic hebrew hindi bengali chinese mandarin japanese korean vietnamese thai greek latin"
).split()

_EXTENT = {
    "length": {
        "short": r"short|shorter|brief|briefly|brevity|concise|concisely|terse(?:ly)?|succinct(?:ly)?|crisp|compact"
        r"|to the point|minimal|(?:one|1|a single|single)[- ](?:line|sentence|word|letter)s?|one-liners?|in a nutshell"
        r"|(?:rough |quick |bare )(?:sketch|outline|overview)|(?:just |only )?the (?:gist|essentials|bare minimum)",
        "long": r"long|longer|lengthy|detailed|in (?:more |great |full )?detail|thorough(?:ly)?|elaborate|comprehensive"
        r"|in[- ]depth|exhaustive(?:ly)?|extensive(?:ly)?|at length|full-length|descriptive|verbose|line by line"
        r"|leaving nothing out|(?:go|going|dig|digging) deep(?:er)?",
    },
    "how many": {
        "one": r"(?:only |just )?(?:one|a single|the best|the one|your favou?rite)|single",
        "several": r"several|multiple|many|various|a (?:few|couple of|choice of|range of)",
    },
    "turns": {
        "singly": r"(?:one|a single \w+)(?: \w+)? at a time|one by one|one after the other"
        r"|in (?:small )?(?:parts|stages)",
        "together": r"(?:all )?(?:at once|together|in one go)|everything in one",
    },
    "code shown": {
        "whole": r"(?:the )?(?:whole|full|entire|complete) (?:file|program|script|code|function|class)",
        "diff": r"diffs?|patch(?:es)?|(?:only |just )?(?:the )?(?:changed|relevant|affected)"
        r" (?:lines?|parts?|functions?)",
    },
    "sentences": {"complete": r"(?:complete|full|whole) sentences", "keywords": r"keywords|telegram style|note form"},
    "corrections": {
        "all": rf"(?:every|each|all)(?: the| my)?(?: \w+)? {_FAULTS}",
        "big ones": rf"(?:big|main|major|serious|important|worst) {_FAULTS}",
    },
}
_MANNER = {
    "register": {
        "formal": r"formal|formally|professional|strictly professional|official|businesslike",
        "casual": r"casual|casually|informal|informally|friendly|relaxed|chatty|laid-back|colloquial(?:ly)?",
    },
    "criticism": {
        "blunt": r"blunt(?:ly)?|direct|harsh(?:ly)?|brutal(?:ly)?|merciless|ruthless|unsparing|strict(?:ly)?|tough"
        r"|honest(?:ly)?|frank(?:ly)?|hard on me",
        "gentle": r"gentl[ey]|kind(?:er|ly)?|encouraging|soft|tactful|diplomatic|nicer|sugar-?coat(?:ing)?|lenient"
        r"|easy on me|supportive",
    },
    "mood": {
        "humour": r"humou?r|humou?rous|funny|jok(?:es?|ing)|witty|playful|silly|puns?|light-?hearted"
        r"|sarcas(?:m|tic)",
        "serious": r"serious|seriously|sober|matter-of-fact|dry|no-nonsense|deadpan|factual|grave|solemn",
    },
    "energy": {
        "lively": r"enthusiastic|excited|energetic|cheerful|upbeat|lively|bubbly|breezy",
        "calm": r"calm|neutral|sober|detached|restrained|matter-of-fact|unemotional",
    },
    "pace": {"slow": r"slow(?:ly|er)?|patient(?:ly)?", "fast": r"fast|quick(?:ly|er)?|speed(?:y| up)?|faster"},
    "expertise": {
        "beginner": r"(?:absolute |complete )?(?:beginner|novice|newbie|layman|layperson|child|kid)s?"
        r"|(?:i'm |i am )five|five[- ]year[- ]old",
        "expert": r"experts?|advanced|specialists?|experienced|graduate[- ]level|senior",
    },
    "opinion": {
        "neutral": r"impartial(?:ly)?|balanced|both sides|unbiased|without (?:taking sides|judging)",
        "own": r"(?:your|an) (?:own |honest |personal )?(?:opinion|view|take)|opinionated"
        r"|take (?:a side|sides|a stand)",
    },
    "certainty": {
        "hedged": r"hedg(?:e|es|ing)|qualif(?:y|ied|iers?|ications?)|cautious(?:ly)?",
        "sure": r"confident(?:ly)?|assertive(?:ly)?|definite(?:ly)?|with conviction|commit to",
    },
    "initiative": {
        "asks": r"ask (?:me|for (?:my )?(?:permission|confirmation|approval))|check (?:in )?with me|consult me"
        r"|confirm with me|wait for (?:me|my \w+)",
        "acts": r"decide (?:(?:it |that )?(?:for )?yourself|on your own)"
        r"|use your (?:own )?judge?ment|(?:just )?go ahead|without asking|carry on"
        r"|make (?:an? |reasonable |your own )?(?:assumptions?|guess(?:es)?|decisions?)",
    },
}
_FORM = {
    "layout": {
        "bullets": rf"bullets?|bullet(?:ed)?[- ](?:points?|lists?)|bulleted|lists?{_NO_VERB}|outlines?|nested points",
        "prose": r"prose|(?:plain |full |running )?(?<!own )paragraphs?|narrative"
        r"|(?:running|connected|continuous|flowing) (?:text|piece)",
    },
    # In "end the proof with a recap" it is the recap that comes last.
    "position": {
        "first": rf"first|(?:at|in) the (?:very )?(?:beginning|start|top){_OF_IT}|up ?front"
        r"|(?:begin(?:ning)?|start(?:ing)?|open(?:ing)?|lead(?:ing)?)(?: \w+){0,3}? with|begin(?:ning)?|start",
        "last": rf"last|(?:at|in) the (?:very )?(?:end|bottom){_OF_IT}|afterwards"
        r"|(?:finish(?:ing)?|end(?:ing)?|clos(?:e|ing)|conclud(?:e|ing)|wrap up)(?: \w+){0,3}? with|finish",
    },
    "shape of a thing": {
        "table": r"tables?|tabular|grid", "list": rf"(?:bullet(?:ed)?[- ])?(?:lists?{_NO_VERB}|points|bullets)",
        "prose": r"prose|(?<!own )paragraphs?|sentences", "chart": r"charts?|diagrams?|plots?|graphs?",
    },
    "list marks": {
        "numbers": r"numbers|number(?:ed|ing)?", "dashes": r"dashes|hyphens|asterisks",
        "letters": r"letter(?:s|ed)|roman numerals?",
    },
    "code placing": {"blocks": r"code[- ]?blocks?|fenced", "inline": r"inline"},
    "reference place": {
        "text": r"(?:inline|in the text|in brackets|in parentheses)", "apart": r"footnotes?|endnotes?|bibliography",
    },
}  # fmt: skip
_CONTENT = {
    "help": {
        "hints": r"hints?|nudges?|clues?|guiding questions", "solutions": r"(?:full |complete |worked )?solutions?",
    },
    "practice": {"theory": r"theory|theoretical|background", "practice": r"practical|hands-on|practice"},
    "words": {
        "simple": r"(?:simple|simpler|easy|plain|everyday) (?:words|language|terms|english)|layman'?s terms",
        "technical": r"technical (?:words|language|terms|vocabulary)|jargon|terminology",
    },
    "examples": {
        "real": r"realistic|real-world|real-life|lifelike|concrete",
        "placeholders": r"foo|placeholders?|dummy \w+|abstract",
    },
    "verbatim": {"quoted": r"quot(?:e|ing) the (?:original|passage|text)|verbatim|word for word",
        "paraphrased": r"paraphras\w+"},
    "translation": {
        "literal": r"literal|literally|word for word|close to the original", "free": r"free|freely|idiomatic(?:ally)?",
    },
    "dependencies": {
        "none": r"standard library|built-?ins|(?:no|without) dependencies|from scratch",
        "third parties": r"(?:third[- ]party|external|existing|popular) (?:packages?|librar\w+|dependencies)",
    },
}  # fmt: skip
_NOTATION = {
    "spelling": {
        "british": r"british|uk (?:spelling|english)|australian", "american": r"american|us (?:spelling|english)",
    },
    "naming": {
        "snake_case": r"snake[_ ]?case|(?:with )?underscores", "camelCase": r"camel[- ]?case",
        "PascalCase": r"pascal[- ]?case", "kebab-case": r"kebab[- ]?case",
    },
    "indentation": {"tabs": r"tabs?", "spaces": r"(?:(?:two|four|2|4) )?spaces?"},
    "quotes": {"single": r"single[- ]quot(?:es?|ed)", "double": r"double[- ]quot(?:es?|ed)"},
    "case": {
        "upper": r"upper[- ]?case|capitals|capital letters|all caps|capitali[sz]ed",
        "lower": r"lower[- ]?case|small letters", "title": r"title case", "sentence": r"sentence case",
    },
    "voice": {"passive": r"passive(?: voice)?", "active": r"active(?: voice)?"},
    "paradigm": {"functional": r"functional", "objects": r"object[- ]oriented|oop", "procedural": r"procedural"},
    "option names": {"short": r"short (?:options?|flags?)", "long": r"long (?:options?|flags?)"},
    "units": {"metric": r"metric", "imperial": r"imperial|us customary"},
    "weights": {"grams": r"grams?|kilograms?|millilit(?:re|er)s?", "cups": r"cups?(?: and spoons)?|ounces|spoons"},
    "weighing": {"weight": r"by weight", "volume": r"by volume"},
    "temperature": {"celsius": r"celsius", "fahrenheit": r"fahrenheit", "kelvin": r"kelvin"},
    "distance": {"kilometres": r"kilomet(?:re|er)s?|km", "miles": r"miles"},
    "clock": {"24 hours": r"24[- ]hours?", "12 hours": r"12[- ]hours?|am and pm"},
    "numbers": {"fractions": r"(?:exact )?fractions?", "decimals": r"decimals?", "percentages": r"percent(?:ages?)?"},
    "digits": {"words": r"numbers? (?:as|in) words|spell(?:ed)? out numbers?", "digits": r"digits|numerals"},
    "decimal mark": {"point": r"decimal points?", "comma": r"decimal commas?"},
    "formulas": {"LaTeX": r"latex", "plain": r"plain text|unicode"},
    "dates": {
        "day first": r"dd/mm/yyyy|dd\.mm\.yyyy|day first", "month first": r"mm/dd/yyyy|month first",
        "ISO": r"iso(?: 8601)?(?: format)?|yyyy-mm-dd",
    },
    "language": {name: rf"(?<!british )(?<!american ){name}" for name in _NATURAL_LANGUAGES},
}  # fmt: skip

# Adjectives, each with its comparative, that are opposites of whatever they are said of.
_OPPOSITES = {
    f"{one.split('|')[0]} or not": {"one": one, "other": other}
    for one, other in (
        (r"eas(?:y|ier)", r"hard(?:er)?|difficult|challenging|tricky"),
        (r"simple|simpler|basic", r"complex|complicated|sophisticated"),
        (r"happy|cheerful", r"sad|tragic|gloomy"),
        (r"optimistic|positive", r"pessimistic|negative"),
        (r"modern|recent|new(?:er|est)?", r"old(?:er|est)?|classic(?:al)?|traditional"),
        (r"cheap(?:er)?|affordable", r"expensive|premium|luxur(?:y|ious)"),
        (r"explicit(?:ly)?", r"implicit(?:ly)?"),
        (r"relative", r"absolute"),
        (r"ascending|increasing", r"descending|decreasing"),
        (r"alphabetical(?:ly)?", r"chronological(?:ly)?"),
        (r"horizontal(?:ly)?", r"vertical(?:ly)?"),
        (r"singular", r"plural"),
        (r"exact(?:ly)?|precise(?:ly)?", r"approximate(?:ly)?|rough(?:ly)?|rounded|ballpark"),
        (r"synchronous(?:ly)?", r"asynchronous(?:ly)?"),
        (r"immutable", r"mutable"),
        (r"mild(?:er)?", r"spicy|spicier|hot"),
        (r"general(?:ly)?|generic", r"specific(?:ally)?"),
        (r"wide(?:r)?|broad(?:er)?", r"narrow(?:er)?"),
        (r"separate(?:ly)?", r"combined|merged|joined"),
        (r"nested", r"flat"),
        (r"visible|visibly", r"hidden|collapsed"),
        (r"common|popular|well-known", r"rare|unusual|obscure|lesser-known"),
        (r"safe(?:r)?|conservative", r"risky|riskier|bold|daring"),
    )
}

SLOTS: dict[str, dict[str, str]] = {
    **_EXTENT,
    **_MANNER,
    **_FORM,
    **_CONTENT,
    **_NOTATION,
    **_OPPOSITES,
    **rival_slots(),
}

ADJECTIVES = frozenset(_OPPOSITES)
"""Slots whose values belong to the name of a thing: "nested lists" are some of all lists."""

OF_ANY_PART = frozenset({"length", "how many", "case", "position", *_OPPOSITES})
"""Any part of an answer has these: short names and long answers go together."""

OF_A_THING = frozenset({"shape of a thing", "code placing"})
"""Answers have several at a time; one thing, such as "comparisons", has one."""

OF_THE_WHOLE = frozenset(_MANNER)
"""The whole of an answer has these, unless a thing is named: "be playful, crack a joke" is as general as "be sober"."""


_FEW = r"one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|sixty|eighty"
_DIGITS = {word: str(number) for number, word in enumerate(_FEW.split("|")[:12], start=1)}
_NUMBER = rf"\d+|(?:(?:a|{_FEW}) )?(?:hundred|thousand)|{_FEW}|several|many|a few"

_ANY = {
    slot: re.compile("|".join(rf"(?P<v{n}>\b(?:{cue})\b)" for n, cue in enumerate(values.values())), re.IGNORECASE)
    for slot, values in SLOTS.items()
}
_CALLED = re.compile(r"\b(?:call|address) me (?:as |by )?(?:my )?(?P<value>[\w.-]+)", re.IGNORECASE)
_COUNT = re.compile(rf"\b(?P<value>{_NUMBER})\s+(?P<unit>[a-z]{{3,}})", re.IGNORECASE)


class Chosen(NamedTuple):
    """The (slot, value) pairs that a text names, and the text without their names; `bare`: without adjectives, too."""

    values: tuple[tuple[str, str], ...]
    rest: str
    bare: str


def chosen(text: str) -> Chosen:
    """What `text` chooses. "No nested lists" is not about all lists, so that adjectives stay in the rest."""
    named: list[tuple[tuple[str, str], tuple[int, int]]] = []
    for slot, pattern in _ANY.items():
        names = tuple(SLOTS[slot])
        named += [((slot, names[int(match.lastgroup[1:])]), match.span()) for match in pattern.finditer(text)]
    named += [(("name", match["value"].lower()), match.span()) for match in _CALLED.finditer(text)]
    for match in _COUNT.finditer(text):
        number = match["value"].lower()
        named.append(((_number_of(match["unit"]), _DIGITS.get(number, number)), match.span("value")))
    values = tuple(dict.fromkeys(value for value, _ in named))
    rest = _without(text, [span for (slot, _), span in named if slot not in ADJECTIVES])
    return Chosen(values, rest, _without(text, [span for _, span in named]))


def _number_of(unit: str) -> str:
    return f"number of {unit.lower().rstrip('s')}"


def _without(text: str, spans: list[tuple[int, int]]) -> str:
    """The text with blanks at these places, which may overlap."""
    left = list(text)
    for start, end in spans:
        left[start:end] = " " * (end - start)
    return "".join(left)
