"""The words in which people talk about the form of an answer, the words of tasks that look like them, and the verbs."""

import re


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _pattern(*alternatives: str) -> re.Pattern:
    return re.compile(r"(?<!\w)(?:" + "|".join(alternatives) + r")(?!\w)", re.IGNORECASE)


_AMOUNT = (
    r"(?:\d+|an?|one|two|three|four|five|six|ten|few|several|single|short|full|long|complete|fewer"
    r"|at most|max(?:imum)?)"
)

FORM = _pattern(
    r"bullets|bullet[- ]?(?:points?|lists?|form|style|format)|bullet-pointed|bulleted|numbered|(?:in|as|into|with"
    r"|use|using|no|avoid|more"
    r"|a) (?:an? )?(?:\w+ )?(?:table|list)s?",
    r"tables?(?: of)?|tabular|columns side by side|markdown|headings?|headers?|subheadings?|bold|italics?|latex"
    r"|mathjax|ascii|diagrams?",
    rf"{_AMOUNT}[- ](?:\w+ )?(?:sentence|line|word|paragraph|bullet)s?|sentences|paragraphs?|prose|wall of text"
    rf"|one-liners?",
    r"(?:single|one|separate|fenced|whole|own) (?:code )?blocks?|code[- ]?(?:block|fence|chunk)s?|(?:small|short"
    r"|little) (?:chunks|pieces)",
    r"(?:bash|shell|console) blocks?|language tags?|(?:block|snippet|fence)s? with (?:its|the|their) language"
    r"|syntax highlighting|snippets?|high[- ]level|code only"
    r"|only code|in (?:\w+ )?chunks|copy-?past(?:e|eable|ing)",
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
    r"(?:upper|lower)[- ]case|capitalised|capitalized|big-?o|(?:time|space|runtime) complexity|qed|footnotes?"
    r"|citations?"
    r"|line breaks?|blank lines?|white ?space|em[- ]dash(?:es)?|parenthes[ei]s|semicolons?|abbreviations?|acronyms?"
    r"|sign-?offs?|greetings?|headlines?|columns?|check-?lists?|cheat ?sheets?|assume (?:that )?(?:i|i'm) \w+"
    r"|treat me|talk (?:less|more)|(?:write|sound|talk|speak|explain|act) like|skimm?able|be (?:an? (?:bit"
    r"|little) )?(?:less|more) \w+|running text|dialogues?|mermaid|horizontal rules?|code fences?|backticks?"
    r"|dollar signs?|strikethrough|push back|(?:go|dig) deeper|no text around|the diff|per answer"
    r"|tick[- ]?box(?:es)?|check-?box(?:es)?|(?:two|three|separate) lists|everyday \w+"
    r"|gently|bluntly|directly|honestly|frankly|politely|plainly|warmly|(?:sure|certain|confident) you are"
    r"|scannable|readable",
    r"(?:like|as if|as though) (?:i'm|i am|i was|i were|i'd|you're|you are|(?:a|an) (?:\w+ )?(?:child|kid|pro"
    r"|expert|beginner|\d+))|in passing|piece by piece"
    r"|one (?:thing|point|item|idea|question|step|part|section|piece)? ?at a time|line by line|one by one"
    r"|bit by bit|side by side"
    r"|(?:straight|right) (?:away|to)|in (?:your|my) own words|at my level|for (?:dummies|beginners|a beginner"
    r"|an expert)",
    r"without (?:\w+ly )?(?:asking|confirming|checking (?:back|in|with)|explaining|lecturing|repeating"
    r"|apologi[sz]ing|hedging"
    r"|commenting|restating|any (?:explanation|comment|text|preamble|further|extra)\w*|(?:the|an) explanation|text"
    r"|commentary)",
    r"exact (?:line|place|step|spot|point)|exactly where|nothing (?:else|more)|as (?:we|i|you) go|(?:stop|without"
    r"|before) asking|nothing but|no (?:working|explanation|commentary"
    r"|preamble|intro|essay|text|fuss|frills)|walls? of|dense|rambling|self-contained|active voice|second person",
    r"passive voice|first person|friendly|emojis?|exclamation marks?|hedg\w+|filler|fluff|preamble|pleasantr\w+"
    r"|chit[- ]?chat|small talk",
    r"intros?|introductions?|disclaimers?|apolog\w+|compliments?|tl;?dr|summar(?:y|ies|ise|ize|ising|izing)"
    r"|recap|outro|boilerplate",
    r"(?:final )?answer (?:comes? )?first|first line|first sentence|up ?front|(?:british|american|us"
    r"|uk) (?:spelling|english)"
    r"|metric(?: units)?|units",
    r"(?:in|to) (?:german|french|spanish|italian|english|dutch|portuguese|chinese|japanese|polish|russian|turkish)",
    r"(?:less|fewer|more) (?:text|code|words|prose|talk|talking|theory|explanations?|details?|examples?)"
    r"|(?:each|every) (?:operation|line)",
    r"pros and cons|trade-?offs?|uppercase|lowercase keywords|all caps|capital letters|(?:in|as) capitals|(?:pick"
    r"|recommend"
    r"|choose|commit to) (?:just |only |a )?(?:single )?one|bash|monospace|(?:call|address|refer to) me"
    r"|clarifying questions?|confirmation|(?:12|24)[- ]hour (?:times?|format|clock)|(?:two|four|\d)[- ]spaces"
    r"|(?:several|a few|two|three|five|\d) (?:recommendations|suggestions|options|alternatives)",
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
    r"misconceptions?|misunderstandings?|terms?|terminology|understanding|bugs?|plans?|phases?|corrections?|rewrites?"
    r"|basics|essentials|facts|gist|diff|changes|changed|workings?|calculations?|arithmetic|proofs?|theorems?"
    r"|lemmas?|theory"
    r"|evidence|history|motivation|opinions?|verdict|uncertainty|confidence|risks?|drawbacks|downsides|benefits"
    r"|advantages"
    r"|warnings?|notes?|remarks?|feedback|criticism|praise|encouragement|empathy|sympathy|jokes?|humou?r|links?"
    r"|types|dependencies"
    r"|flags?|key (?:point|idea|takeaway|insight|term)s?|takeaways?|speech|small print|nitpicks?|style|logic|idioms"
    r"|sections?|blocks?|lists?|points?|numbers|approach(?:es)?|strategy|goals?|prerequisites?|variables?"
    r"|functions?|pitfalls?"
    r"|checks?|sanity check|follow-?ups?|questions|topics?|sense|guess(?:es)?|purpose|ways|selection|choices?"
    r"|rows?|real[- ]world|real[- ]life|scenario|situation|story|metaphors?|patterns?",
    r"(?:practi[cs]e|sample|similar|extra) (?:problem|question|exercise|task)s?",
    r"loops?|for-loops?|comprehensions?|early returns|ifs|recursion|callbacks|promises|globals|lambdas?|one-letter"
    r"|print statements"
    r"|logging|dataclasses|indentation|tabs|spaces|quotes|braces|language|json|yaml|csv|html|diff|script|methods"
    r"|spelling|grammar"
    r"|version|idea|recap|hypothesis|file ?names?|decimals|fractions|which one|sorry|dates|celsius|findings?"
    r"|memory|bottlenecks?|gotchas?|assert(?:ion)?s?|severity|parts|fahrenheit|sentences?|deeper|slower"
    r"|var|const|let|the wrong|corrected|correctness|multiplication|result",
    r"details?|texts?|tests?|(?:most )?important (?:thing|point|part|bit)s?|main (?:thing|point|idea|message)s?"
    r"|bottom line|context|background|picture|analog(?:y|ies)|notation|symbols?|maths?|docs"
    r"|documentation|method|problems|good|wrong",
)
"""Words of answers that tasks use as well: a sign of form only beside another sign."""

ORDER = _pattern(
    r"first|then|before|after(?:wards)?|at the (?:end|start|top|bottom|beginning)|below|above|on top|instead of"
    r"|rather than|straight away",
    r"as you (?:go|do)|from \w+ to \w+|by (?:severity|importance|relevance|topic)|\w+ by \w+|(?:,|and) not|just"
    r"|not(?= (?:an?|the|\w+s|one|two|three|four|five|ten|at|all)\b)|over(?= \w+)|both|along with|together with|never"
    r"|ahead of|prior to|up to|per|apart from|except|exact(?:ly)?|explicitly|clearly|right (?:at|after|away)"
    r"|separately|only|not (?:just|only)|without|along ?side|next to|accompanied|at most|no more than"
    r"|under|max(?:imum)?|followed by|as well as|minimum",
)

TASK = _pattern(
    r"(?:as|in|to) (?:an? )?(?:\w+ )?(?:integers?|fractions?|decimals?|percent\w*|simplest form|lowest terms"
    r"|interval notation|the form)",
    r"in terms of|nearest|decimal places|letter of|single (?:integer|number|letter)|comma[- ]separated|(?:a"
    r"|de)scending(?: order)?",
    r"returns? (?:the|an?|true|false|none|all|each)|returning|prints?|given (?:an?|the|that|two|this|any|\w+\s*=)"
    r"|(?:long|short|small|larg|great)er (?:result|string|number|path|list)|(?:an)?other (?:example|one|way"
    r"|method|answer|solution|hint)|(?:second|third|fourth|fifth|next|previous|missing) (?!attempt|check|opinion"
    r"|way|method|time|to\b|line|person"
    r"|step\b.*first)\w+|more examples?(?!,? (?:less|fewer|and))|an? (?:integer|fraction|decimal|number|float"
    r"|string|boolean|matrix)|called|with columns|(?:row|rows|column) (?:in|into|of) (?!a table|it)|(?:as|for) (?:your"
    r"|the) final answer|(?:single|one) word|include units|"
    r"follow (?:these|the following)|your output|(?:only|just) (?:with )?(?:an?|the) (?:\w+ )?(?:name|word|text"
    r"|letter|number|fraction|value|expression)|examples of|how to run",
)
"""What tasks ask of a result: the form of a value, not of an answer."""

ARTIFACT = re.compile(
    r"^(?:write|draft|create|make|build|give|produce|add|have|need|want|show|use(?=\s+an?\b))\s+(?:me\s+"
    r"|us\s+)?(?:an?|the|some"
    r"|this|that)\s+"
    r"(?:\w+\s+){0,2}?(?:function|note|post|speech|caption|tweet|song|reg(?:ular )?ex(?:p|pression)?|parser|cli"
    r"|tool|plot|chart|component|decorator|endpoint|database|class|program|script|docstring for|poem|haiku|email"
    r"|letter|story|query|method"
    r"|loop|essay|"
    r"parameter|variable|game|page|app)\b(?! (?:names?|numbers?|titles?))",
    re.IGNORECASE,
)
"""The start of an order for a thing to be made."""

MATERIAL = re.compile(
    r"^(?:use|give|have|get|show|write|make|add|provide)\s+(?:me\s+|us\s+)?(?:(?:an?|the|some|any|your)\s+)?(?:\w+\s+)?"
    r"(?:(?:code|programs?|scripts?)\s+(?:(?:that|which)\s+(?:i|we|my)\b|(?:i|we)\s+can\b|to\s+\w+|for\s+(?:this"
    r"|that|it)\b)"
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
    "algebra algorithm algorithms ambiguous api apis bash broken bug bugs calculation calculations calculus chemistry "
    "code coding command commands comparison comparisons concept concepts configuration confused css debugging "
    "derivation derivations design designs docs documentation doubt email emails equation equations essay essays exam "
    "exams exercise exercises facts frustrated function functions geometry go homework html integral integrals "
    "interview interviews java javascript learning libraries library logic lookups math mathematics maths module "
    "modules physics practice probability problem problems programming project projects proof proofs puzzles python "
    "queries query question questions quiz quizzes react readme recipes refactoring reports request requests review "
    "reviews rust script scripts shell snippet snippets sql statistics structure structures stuck stuff summaries "
    "task tasks thank-you thanks things topic topics tutorials typescript unclear unsure wrong"
)
"""Words that name an occasion on which somebody asks an assistant something."""

WRITTEN_THINGS = _words(
    "bash code commands css docs documentation email emails essay essays function functions go html java javascript "
    "module modules proof proofs python queries query reports rust script scripts shell snippet snippets sql "
    "summaries tutorials typescript"
)

ASKED_THINGS = _words("lookups question questions request requests")


MANNER_VERBS = _words(
    "abbreviate acknowledge act adapt add address admit adopt align alternate annotate answer apologise apologize "
    "append apply arrange ask assess assume attach avoid back be begin bold bombard bother box break bring bullet "
    "bury call cap capitalise capitalize carry catch chain challenge check cheer choose cite clarify close coach "
    "collapse combine comment commit compare compress condense confirm consider consult contrast convert correct "
    "cover cram cut decide declare deepen default defend define deliver derive describe diagnose digress display dive "
    "divide do document double double-check draw drill drop dumb dump editorialise elaborate emphasise emphasize end "
    "ensure enumerate execute exemplify expand explain favor favour fill find finish fit fix flag flatter flood "
    "follow format frame get give gloss go greet group guess guide hand have hedge hide highlight hold hyphenate "
    "identify illustrate include indent interleave intersperse introduce isolate italicise italicize joke jump "
    "justify keep label lay lead leave lecture let limit link list locate look lose lower maintain make mark mention "
    "merge minimise minimize mix moralise moralize motivate name narrow nest nudge number offer omit open order "
    "organise organize outline output over-explain overexplain overload own pad paste patronise patronize pause "
    "pepper phrase pick pitch place point praise preach preface prefer prefix prepend present pretend prioritise "
    "prioritize proceed produce prompt propose provide punctuate push put quiz quote raise ramble rank rate rearrange "
    "recap recheck recommend redo reduce refer reflect reformat relate rely remember remind rename render repeat "
    "rephrase replace reply report respect respond restate restrict restructure return review reword rework rewrite "
    "round rush save say send separate set shape sharpen shorten show shrink sign simplify sketch skip slow sneak "
    "soften sort space speak speculate spell spew split spot stack start state stay stick stop stress structure "
    "sugar-coat sugarcoat suggest summarise summarize supply support surround switch tackle tag talk target teach "
    "tell test thank think throw tick tighten tone touch transform treat trim try turn type underline uppercase use "
    "verify waffle wait walk warn word work wrap write"
)
"""Verbs with which one tells somebody how to answer. Verbs of tasks only ("compute", "sort") are left out."""

CONDUCT_VERBS = _words(
    "acknowledge admit apologise apologize ask assume bombard bother bury challenge cheer commit confirm digress "
    "double-check dump editorialise flatter flood greet guess hedge joke lecture moralise moralize nudge over-explain "
    "overexplain overload own patronise patronize praise preach quiz ramble recommend repeat restate speculate spew "
    "sugar-coat sugarcoat thank waffle warn"
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


CONTENT_VERBS = _words(
    "add apply carry check compare convert correct define derive describe execute explain fill fix give insert list "
    "make name number provide rank rename replace review round say show sort tell test transform translate turn work "
    "write"
)
"""Verbs that ask for content as often as for a manner, even with a "please"."""
