"""The words in which people talk about the form of an answer, and the words of tasks that look like them."""

import re


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _pattern(*alternatives: str) -> re.Pattern:
    return re.compile(r"(?<!\w)(?:" + "|".join(alternatives) + r")(?!\w)", re.IGNORECASE)


MANNER_VERBS = _words(
    "abbreviate acknowledge add address admit annotate answer apologise apologize ask assume attach avoid be begin "
    "bold bullet "
    "call capitalise capitalize cite close comment commit compress condense confirm consult cut declare define "
    "describe display "
    "divide double-check draw drop elaborate end ensure expand explain favour favor finish fit follow format get "
    "give go group "
    "have hedge highlight illustrate include indent introduce keep label lay lead leave limit link list lose "
    "maintain make mark "
    "mention minimise minimize name number offer omit open order organise organize own paste pick present prefer "
    "prefix "
    "propose provide put quote recap recommend reduce repeat rephrase reply report respect respond restate restrict "
    "rewrite say "
    "separate sign simplify skip shorten show speak spell split start state stay stick structure suggest summarise "
    "summarize "
    "surround switch tag talk tell trim tone try type uppercase use verify walk warn wrap write choose remember "
    "remind hand point "
    "refer render produce supply stop place break bring deliver document emphasise emphasize justify praise flatter "
    "lecture "
    "check motivate relate sketch identify isolate diagnose "
    "reformat restructure rearrange reword redo catch prioritise prioritize append prepend"
)
"""Verbs with which one tells somebody how to answer. Verbs of tasks only ("compute", "sort") are left out."""

CONDUCT_VERBS = _words(
    "apologise apologize hedge confirm assume acknowledge admit own commit flatter praise lecture repeat restate "
    "ask warn "
    "double-check recommend"
)
"""Verbs that are about the conversation itself, so that no word for a form needs to follow."""

_IRREGULAR = {
    "gave": "give", "kept": "keep", "wrote": "write", "began": "begin", "said": "say", "told": "tell", "left": "leave",
    "led": "lead", "drew": "draw", "chose": "choose", "made": "make", "spoke": "speak", "went": "go", "was": "be",
    "were": "be", "are": "be", "is": "be", "has": "have", "had": "have", "came": "come", "got": "get", "comes": "come",
    "does": "do", "did": "do", "stuck": "stick", "showed": "show", "shown": "show", "written": "write", "given": "give",
    "sorted": "sort", "being": "be",
}  # fmt: skip


def base_form(word: str) -> str:
    """The bare verb of an inflected one, as far as the known verbs tell: "ended" -> "end", "using" -> "use"."""
    lower = word.lower()
    if lower in _IRREGULAR:
        return _IRREGULAR[lower]
    for ending in ("ing", "ed", "es", "s"):
        if lower.endswith(ending) and len(lower) > len(ending) + 1:
            stem = lower[: -len(ending)]
            undoubled = stem[:-1] if stem[-1] == stem[-2:-1] else stem
            for candidate in (stem, stem + "e", undoubled):
                if candidate in MANNER_VERBS:
                    return candidate
    return lower


_AMOUNT = (
    r"(?:\d+|an?|one|two|three|four|five|six|ten|few|several|single|short|full|long|complete|fewer"
    r"|at most|max(?:imum)?)"
)
CONTENT_VERBS = _words("give show tell explain list describe define write make add provide check name number")
"""Verbs that ask for content as often as for a manner, even with a "please"."""

FORM = _pattern(
    r"bullets?(?:[- ]?points?|[- ]?lists?)?|bulleted|numbered|(?:in|as|into|with|use|using|no|avoid|more"
    r"|a) (?:an? )?(?:\w+ )?(?:table|list)s?",
    r"tables?(?: of)?|tabular|columns side by side|markdown|headings?|headers?|subheadings?|bold|italics?|latex"
    r"|mathjax|ascii|diagrams?",
    rf"{_AMOUNT}[- ](?:\w+ )?(?:sentence|line|word|paragraph|bullet)s?|sentences|paragraphs?|prose|wall of text"
    rf"|one-liners?",
    r"(?:single|one|separate|fenced|whole) (?:code )?blocks?|code[- ]?(?:block|fence|chunk)s?|(?:small|short"
    r"|little) (?:chunks|pieces)",
    r"(?:bash|shell|console) blocks?|language tags?|syntax highlighting|snippets?|high[- ]level|code only"
    r"|only code|in chunks",
    r"snake[_ ]?case|camel[_ ]?case|pascal[_ ]?case|pep ?-?8|type[- ](?:hint|annotation)s?|doc-?strings?"
    r"|(?:inline |code )?comments?",
    r"concise(?:ly)?|brief(?:ly)?|short(?:er)?|terse|succinct(?:ly)?|verbose|verbosity|wordy|chatty|compact"
    r"|crisp|lengthy|long-winded",
    r"shortly|long(?:er)? (?:answer|version|explanation|repl)\w*|detailed|less detail|more detail|in (?:great "
    r"|more )?detail|to the point",
    r"step[- ]by[- ]step|(?:each|every|per) (?:\w+ )?step|numbered steps?|number the steps|the steps"
    r"|steps one by one|one step",
    r"jargon|plain (?:english|language|words|text)|simple (?:words|terms|language|english)|layman\S*|tone"
    r"|formal(?:ly)?|informal|casual(?:ly)?",
    r"passive voice|first person|friendly|emojis?|exclamation marks?|hedg\w+|filler|fluff|preamble|pleasantr\w+"
    r"|chit[- ]?chat|small talk",
    r"intros?|introductions?|disclaimers?|apolog\w+|compliments?|tl;?dr|summar(?:y|ies|ise|ize|ising|izing)"
    r"|recap|outro|boilerplate",
    r"(?:final )?answer (?:comes? )?first|first line|first sentence|up ?front|(?:british|american) spelling"
    r"|metric(?: units)?|units",
    r"(?:in|to) (?:german|french|spanish|italian|english|dutch|portuguese|chinese|japanese|polish|russian|turkish)",
    r"(?:less|fewer|more) (?:text|code|words|prose|talk|talking|theory|explanations?|details?|examples?)"
    r"|(?:each|every) (?:operation|line)",
    r"pros and cons|trade-?offs?|uppercase|lowercase keywords|all caps|capital(?: letter)?s|(?:pick|recommend"
    r"|choose|commit to) (?:just |only |a )?(?:single )?one|bash|monospace|clarifying questions?|confirmation",
)
"""Plain signs of an answer's form."""

RELATED = _pattern(
    r"examples?|intuition|explanations?|reasoning|reasons?|why|steps?|definitions?|formulas?|formulae"
    r"|derivations?|complexity",
    r"options?|alternatives?|recommendation|edge cases?|exercises?|problems? to practi[cs]e|diagnosis|causes?"
    r"|fix|solution|hints?",
    r"answers?|repl(?:y|ies)|responses?|messages?|output|code|commands?|conclusion|result|assumptions?|claim"
    r"|qed|limitations?|caveats?",
    r"exceptions?|error handling|imports?|naming|names?|constants?|const|let|f-strings?|keywords?|clauses?"
    r"|version|sources?|references?",
    r"lines?|words?|parts?|rules?|operations?|components?|interact\w*|parameters?|mistakes?|errors?|frustration"
    r"|feelings?|question",
    r"details?|text|tests?|context|background|picture|analog(?:y|ies)|notation|symbols?|maths?|docs"
    r"|documentation|method|problems|good|wrong",
)
"""Words of answers that tasks use as well: a sign of form only beside another sign."""

ORDER = _pattern(
    r"first|then|before|after(?:wards)?|at the (?:end|start|top|bottom|beginning)|below|above|on top|instead of"
    r"|rather than|straight away",
    r"as you (?:go|do)|only|not (?:just|only)|without|along ?side|next to|accompanied|at most|no more than"
    r"|under|max(?:imum)?|followed by|as well as|minimum",
)
TASK = _pattern(
    r"(?:as|in|to) (?:an? )?(?:\w+ )?(?:integers?|fractions?|decimals?|percent\w*|simplest form|lowest terms"
    r"|interval notation|the form)",
    r"in terms of|nearest|decimal places|letter of|single (?:integer|number|letter)|comma[- ]separated|(?:a"
    r"|de)scending(?: order)?",
    r"returns?|returning|prints?|given|\w*er (?:result|string|number|path|list)|another (?:example|one|way"
    r"|method)|more examples?|called|with columns|(?:row|rows|column) (?:in|into|of)|(?:as|for) (?:your"
    r"|the) final answer|(?:single|one) word|include units|"
    r"follow (?:these|the following)|your output|(?:only|just) (?:with )?(?:an?|the) (?:\w+ )?(?:name|word|text"
    r"|letter|number|fraction|value|expression)|examples of|how to run",
)
"""What tasks ask of a result: the form of a value, not of an answer."""

ARTIFACT = re.compile(
    r"^(?:write|draft|create|make|build|give|produce|add|have|need|want|show)\s+(?:me\s+|us\s+)?(?:an?|the|some"
    r"|this|that)\s+"
    r"(?:\w+\s+){0,2}?(?:function|class|program|script|docstring for|poem|haiku|email|letter|story|query|method"
    r"|loop|essay|"
    r"parameter|variable|game|page|app)\b",
    re.IGNORECASE,
)
"""The start of an order for a thing to be made."""

MATERIAL = re.compile(
    r"^(?:use|give|have|get|show|write|make|add|provide)\s+(?:me\s+|us\s+)?(?:(?:an?|the|some|any|your)\s+)?(?:\w+\s+)?"
    r"(?:(?:code|programs?|scripts?)\s+(?:(?:that|which)\s+(?:i|we|my)\b|(?:i|we)\s+can\b|to\s+\w+|for\s+(?:this|that|it)\b)"
    r"|(?:solution|answer|proof|explanation|example)\s+(?:for|of|to)\s+(?:this|that|it)\b)",
    re.IGNORECASE,
)
"""The start of an order for the content itself, for a purpose of the moment: "code to run", "a solution to this"."""

ASSISTANCE = re.compile(
    r"^(?:use|have|get)\s+(?:(?:an?|the|some|any|your|more|little|bit|of|quick|small|helping)\s+)*"
    r"(?:help|hand|assistance|support|advice|favou?r|opinion|time|moment|minutes?|seconds?)"
    r"(?=$|[,.!?]|\s+(?:with|to|on|for|in|from|of|here|today|now)\b)",
    re.IGNORECASE,
)
"""What is left of "I need some help with ...": a request for attention, not for a manner."""

SITUATIONS = _words(
    "question questions query queries problem problems task tasks exercise exercises topic topics code coding "
    "python sql javascript "
    "typescript java rust go proof proofs script scripts math maths mathematics email emails function functions "
    "essay essays bug bugs "
    "debugging homework documentation docs comparison comparisons request requests stuff things algebra calculus "
    "statistics "
    "probability logic geometry physics programming concept concepts structure structures library libraries command "
    "commands module "
    "modules api apis review reviews design designs project projects html css shell bash "
    "snippet snippets equation equations integrals puzzles chemistry recipes summaries reports tutorials learning "
    "broken wrong "
    "unclear unsure doubt stuck ambiguous lookups facts"
)
"""Words that name an occasion on which somebody asks an assistant something."""

WRITTEN_THINGS = _words(
    "code python sql javascript typescript java rust go proof proofs script scripts email emails function functions "
    "essay essays "
    "documentation docs query queries html css shell bash snippet snippets module modules summaries reports "
    "tutorials commands"
)
ASKED_THINGS = _words("question questions request requests lookups")
