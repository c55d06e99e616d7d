"""Words that signal the role of a part of a reply. They apply to prose only, never to code."""

import re


def _cue(*words: str, boundaries: bool = True) -> re.Pattern[str]:
    """Any of the alternatives, as whole words, in any case."""
    alternatives = "|".join(words)
    return re.compile(rf"\b(?:{alternatives})\b" if boundaries else f"(?:{alternatives})", re.IGNORECASE)


ANSWER = re.compile(
    r"\banswer\b[ \t]*(?:\([^)\n]{1,40}\))?(?:[ \t]+is)?[*_ \t]*:|\banswer[ \t]+is\b|\\boxed\{", re.IGNORECASE
)
STEP_LABEL = re.compile(r"(?:step\s+(?:\d+|one|two|three|four|five)\b|\d+[.)]\s)", re.IGNORECASE)
SEQUENCE = _cue("first(?:ly)?", "second(?:ly)?", "third(?:ly)?", "then", "next", "after that", "finally", "lastly")
FORMULA = re.compile(
    r"\$[^$\n]*[=+*/^<>\\-][^$\n]*\$|\$\$|\\\[|\\\(|\\d?frac|\b\w+(?:\([^()\n]*\))?\s*[=≈]\s*[-\w(\\]"
    r"|\d\s*[-+*/×÷^·]\s*\(?\d|\d!|\bP\([^)]+\)"
)
CAUSE = _cue(
    "because", "since", "therefore", "thus", "hence", "consequently", "the reason", "reasons? (?:is|are|for)",
    "which means", "this means", "that means", "as a result", "that'?s why", "that is why", "this is why", "due to",
    "leads? to", "results? in", "comes down to", "owing to", "follows from", "given that", "for this reason",
    "ensures?", "so that", "otherwise",
)  # fmt: skip
SO = re.compile(r"(?:,|;|\u2014|^)\s*so\b", re.IGNORECASE)
INTUITION = _cue(
    "intuition", "intuitively", "intuitive", "the (?:key |core |main |basic |big |central |whole )?idea",
    "in plain (?:words|terms|english)", "in everyday (?:words|terms)", "in simple terms",
    "at (?:its |the )?(?:heart|core)",
    "think (?:of|about) (?:it|this|that|the|a|an|what|how)", "big picture", "mental model", "analogy",
)  # fmt: skip
PICTURE = _cue(
    "(?<!can )(?<!only )imagine", "picture (?:a|an|the|this|yourself|it|two|three|someone)",
    "think of (?:a|an|tossing|flipping|rolling|drawing|it like|it as|yourself)",
    "(?:suppose|say|pretend) (?:that )?(?:you|we|your|someone|a friend)(?:'re|'ve| are| have| were| had|"
    " hold| toss| flip| roll| pull| draw| keep| play| ask| walk| own)?", "in (?:everyday|real|daily) life", "everyday",
    "real[- ]world", "(?:it is|it's|this is|that is|that's) (?:a bit |a lot |much |just )?like", "much like",
    "as if you", "you(?:'re| are) (?:sitting|standing|playing|holding|at)",
)  # fmt: skip
DEFINITION_LABEL = _cue("definitions?", "formal(?:ly)?", "what (?:it|this|is|a|an)\\b.*", "in a nutshell")
DEFINITION = re.compile(
    r"\bdefinitions?\b|\bformally\b|\b(?:is|are) defined (?:as|to|by)\b|\brefers? to\b|\bis the (?:name|term) for\b"
    r"|\b(?:is|are) (?:an? |the |any )\w+|\bmeans (?:that|the|an?)\b|\bdescribes\b",
    re.IGNORECASE,
)
FORMAL_DEFINITION = re.compile(r"\bdefinitions?\b|\bformally\b|\b(?:is|are) defined (?:as|to|by)\b", re.IGNORECASE)
EXAMPLE = _cue("examples?", "for instance", "e\\.g", "say,?", "concretely", "to illustrate", "illustration")
EDGE_CASES = _cue(
    "edge[- ]cases?", "corner cases?", "special cases?", "boundary (?:cases?|conditions?)", "degenerate",
    "limiting cases?", "pitfalls?", "exceptions?", "watch out", "caveats?", "at the extremes?", "where it breaks",
)  # fmt: skip
OPERATION = re.compile(
    r"\b(?:add(?:s|ed|ing)?\b|squar(?:e|ing) (?:both|each)|tak(?:e|ing) (?:the )?(?:\w+ )?(?:root|log)"
    r"|complet(?:e|ing) the square"
    r"|mov(?:e|ing) |quadratic formula|zero[- ]product|clear(?:ing)? (?:the )?(?:fractions?|denominators?)"
    r"|plug(?:ging)? "
    r"|(?:subtract|divid|multipl|factori[sz]|factor(?:ed|ing|s)?\b"
    r"|expand|distribut|collect|combin|substitut|isolat|rearrang"
    r"|cancel|cross-multipl|transpos|group(?:ed|ing|s)?\b|eliminat)\w*)",
    re.IGNORECASE,
)
RULE = _cue(
    "(?:power|chain|product|quotient|sum|difference|constant(?: multiple)?|reverse power|exponential|"
    "logarithm(?:ic)?|l'h[oô]pital'?s|substitution|trapezoidal|leibniz) rules?", "integration by parts", "by parts",
    "[uU]-sub(?:stitution)?", "substitution", "linearity", "partial fractions?", "fundamental theorem",
    "trig(?:onometric)? (?:identit(?:y|ies)|substitution)", "standard integrals?",
    "antiderivative of (?:the )?(?:sine|cosine|exponential)", "mean value theorem", "squeeze theorem",
    "implicit differentiation", "(?:half|double)-angle (?:formula|identity)",
)  # fmt: skip
ACKNOWLEDGES = _cue(
    "frustrat\\w*", "annoy\\w*", "i hear you",
    "i (?:completely |totally |really |can )?(?:understand|see|get) (?:it|that|how|why|your|this)", "that sounds",
    "sounds (?:like|really|very|tough)",
    "sorry (?:to hear|that you|that this|this has|this is|you're|you are|it has|it's been)", "being stuck", "stuck on",
    "(?:tough|rough (?:one|time|going|patch)|maddening|aggravating|exasperating|a pain|no fun|headache)",
    "can be (?:really |quite |very )?(?:tricky|tiring|confusing)",
)  # fmt: skip
OWNS = re.compile(
    r"\bmy (?:mistake|error|bad|apolog)|\b(?:was|is) my (?:mistake|error|fault)"
    r"|\bI (?:made|introduced) (?:a|an|the|some) (?:\w+ ){0,2}(?:mistake|error|slip)"
    r"|\bI was (?:wrong|mistaken|incorrect)|\bI (?:got|had) (?:it|that|this|the \w+) wrong"
    r"|\bmy (?:earlier|previous|last|first|original) (?:\w+ ){1,2}(?:was|is|were|contained|had) (?:wrong"
    r"|incorrect|mistaken|off|not right|an? )"
    r"|\b(?:sorry|apolog\w+) (?:for|about) (?:\w+ ){0,3}"
    r"(?:mistake|error|slip|oversight|mix-?up|wrong|incorrect|miscalculation)"
    r"|\bI (?:miscalculated|misread|miscounted|slipped)",
    re.IGNORECASE,
)
PLEASANTRY = re.compile(
    rf"{ACKNOWLEDGES.pattern}|{OWNS.pattern}|\byou(?:'re| are) (?:absolutely |quite |completely )?right"
    rf"|\bthank(?:s| you)\b|\bgood catch"
    r"|\b(?:great|good|nice|interesting) question|^\W*(?:sure|certainly|of course|absolutely|okay|got it"
    r"|happy to help|no problem)\b"
    r"|\blet(?:'s| us| me) (?:get|sort|fix|work|look|take|solve|go|start|straighten|try|have|break|tackle|dive|walk)\b"
    r"|\bhere(?:'s| is| are) (?:the|a|your|my|another)\b[^.]*[:.]$",
    re.IGNORECASE,
)
CONFIRMS = re.compile(
    r"\b(?:please )?confirm\b|\bshall (?:i|we)\b|\bshould i\b|\bwould you like\b|\bdo you want\b"
    r"|\bdo you mind\b|\bdid you want\b|\bis (?:that|this) (?:ok|okay|fine|alright|what you|right)"
    r"|\bdoes (?:that|this) (?:\w+ )?(?:work|sound|look|match|suit|fit)"
    r"|\bok(?:ay)? to (?:proceed|go ahead)|\bmay i (?:proceed|go ahead|start)",
    re.IGNORECASE,
)
ASKS_LEAVE = re.compile(
    r"\bplease confirm\b|\bjust to confirm\b|\bbefore i (?:start|proceed|begin|go ahead)"
    r"|\blet me know (?:if|whether|when) (?:i should|you(?:'d| would) like me to|you want me to|that|this)"
    r"|\bwaiting for your (?:go-ahead|confirmation)|\bonce you (?:confirm|give)",
    re.IGNORECASE,
)
RECOMMENDS = re.compile(
    r"\bI(?:'d| would)? (?:strongly |personally )?(?:recommend|suggest|advise|go (?:with|for)|choose|pick"
    r"|use|start with|lean)|\bmy (?:recommendation|suggestion|advice|pick|vote)\b"
    r"|\brecommendation\b|\b(?:go|stick|(?:just|should|could) start) with\b"
    r"|\bthe (?:best|better|safest|simplest|right) (?:choice|option|approach|bet|route)\b[^.]*\bis\b"
    r"|\byou should (?:use|go|choose|pick|take|keep)",
    re.IGNORECASE,
)
OFFER = re.compile(
    r"\blet me know\b|\banything else\b|\bfeel free\b"
    r"|\bhappy to (?:help with|explain|walk|go|answer|show)"
    r"|\bif you (?:have|need|want|would like|'d like|ever)|\bany (?:more|other|further) (?:questions|help)"
    r"|\bdon't hesitate|\breach out|\bwould you like|\bi can also|\bnext, (?:you|we)|\bhere to help",
    re.IGNORECASE,
)
COMPONENTS = _cue("components?", "parts", "modules?", "building blocks?", "pieces", "layers?", "services")
INTERACTIONS = re.compile(
    r"\binteract\w*|\bdata ?flows?\b|\b(?:work|fit|come|play|go)(?:s|ing)? together\b|\bcommunicat\w*"
    r"|\b(?:work)?flow\b|\bhow (?:it|they|the \w+) (?:all )?(?:connect|talk|work|relate|cooperate)"
    r"|\brequest path\b|\bhands? (?:\w+ ){0,3}(?:to|over)\b|\bpasses? (?:\w+ ){0,4}to\b|\bputting it (?:all )?together",
    re.IGNORECASE,
)
PARAMETERS = _cue("parameters?", "arguments?", "params", "args", "options", "inputs?")
MARKETING = _cue(
    "powerful", "seamless(?:ly)?", "cutting[- ]edge", "world[- ]class", "revolutionary", "effortless(?:ly)?",
    "blazing(?:ly)?", "state[- ]of[- ]the[- ]art", "game[- ]chang\\w+", "best[- ]in[- ]class", "unparalleled",
    "next[- ]generation", "supercharge\\w*", "lightning[- ]fast", "amazing", "incredibl[ey]", "unleash\\w*",
    "enterprise[- ]grade", "delightful", "awesome", "ultimate", "stunning",
)  # fmt: skip
TIME_IN_WORDS = _cue(
    "(?:constant|linear|logarithmic|quadratic|cubic|exponential|linearithmic|amortized constant)[- ]time",
    "runs in (?:constant|linear|logarithmic|quadratic)",
)  # fmt: skip
DIAGNOSIS = re.compile(
    rf"{CAUSE.pattern}|\b(?:causes?|problems?|issues?|culprits?|faults?|bugs?|errors?)\b|\bfails?\b|\bgoes wrong\b"
    rf"|\bhappens?\b|\bbreaks?\b",
    re.IGNORECASE,
)
REPAIR = re.compile(
    r"\b(?:to (?:fix|solve|resolve|repair) (?:it|this|that|the)|the fix|a fix|fixed (?:code|version)"
    r"|corrected (?:code|version)|fix:|solution:)"
    r"|\b(?:change|replace|swap|switch|rename|rewrite|move) [^.]{1,60}\b(?:to|with|by|for|into|so)\b"
    r"|\binstead,? (?:use|write|call|try)|\buse [^.]{1,40} instead"
    r"|\byou (?:should|can|could|need to|must|have to) (?:change|replace|use|add|remove|call|write|move"
    r"|fix|update)|\btry (?:changing|replacing|using|adding|removing)",
    re.IGNORECASE,
)
WHERE = re.compile(
    r"\bwhere\b|\blocation\b"
    r"|\b(?:on|in|at) (?:the )?(?:\w+ )?(?:line|function|loop|condition|branch|method|return|comparison"
    r"|statement|expression)|\bline \d+|\bthe (?:bug|issue|problem|error) (?:is|sits|lives|lies|hides|comes)",
    re.IGNORECASE,
)
WHY = re.compile(rf"\bwhy\b|\b(?:root )?cause\b|\bexplanation\b|{CAUSE.pattern}|{SO.pattern}", re.IGNORECASE)
FIX = re.compile(
    r"\bfix(?:ed|es|ing)?\b|\bcorrect(?:ed|ion)\b|\bsolution\b|\bchange [^.]{1,60}\bto\b|\breplace\b"
    r"|\bshould (?:be|read)\b|\binstead\b",
    re.IGNORECASE,
)
CLAIM = re.compile(
    r"\bclaims?\b|\btheorem\b|\bproposition\b|\bstatement\b"
    r"|\bwe (?:want|need|wish|will|are going) to (?:show|prove)|\bto (?:show|prove)\b|\bwhat we(?:'re| are) proving",
    re.IGNORECASE,
)
SKETCH = re.compile(
    r"\bsketch\b|\boutline\b|\b(?:proof )?(?:idea|strategy|plan)\b|\bapproach\b|\broadmap\b",
    re.IGNORECASE,
)
PROOF = re.compile(
    r"^(?:\W|\d)*(?:the |full |formal |complete |detailed |actual |rigorous )*proof\b(?! (?:sketch|idea"
    r"|outline|strategy|plan))",
    re.IGNORECASE,
)
RECAP = re.compile(
    r"\brecap\b|\bsummary\b|\bconclusion\b|\bin (?:short|summary|conclusion)\b"
    r"|\bto (?:sum up|summari[sz]e|recap|conclude)\b|\bthis completes\b|\bq\.?e\.?d\b|\btakeaway",
    re.IGNORECASE,
)
EXERCISE = re.compile(
    r"\b(?:practi[cs]e|similar|follow-up|extra|another|bonus) (?:\w+ )?(?:problem|question|exercise|task"
    r"|one|puzzle)|\bexercise\b|\btry (?:this|it yourself|these|another|your hand|the following|one)"
    r"|\byour turn\b|\b(?:now )?you try\b|\bfor practi[cs]e\b|\bpractice\b",
    re.IGNORECASE,
)
TASK_WORD = re.compile(
    r"\?"
    r"|\b(?:find|solve|compute|evaluate|determine|calculate|simplify|integrate|differentiate|prove|show"
    r"|sort|work out|decide|name|give|list|what|how many|who)\b",
    re.IGNORECASE,
)
