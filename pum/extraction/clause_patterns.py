"""The turns of phrase in which people ask and wish. Each is matched at the start of a clause."""

import re

_REPLY = (
    r"(?:answers?|repl(?:y|ies)|responses?|explanations?|messages?|outputs?|code(?: blocks?)?|comments?"
    r"|summar(?:y|ies)|tone|solutions?|proofs?|examples?|text|formatting|docs|commands|names|keywords|formulas"
    r"|equations|steps|bullets|tables|docstrings?|headings?|caveats|warnings|diagrams|charts|lists|dates|numbers"
    r"|definitions?|conclusions?|hints?|headlines?"
    r"|(?:first|last|final|opening|closing) (?:line|sentence|paragraph|word))"
)

SUBJECT = rf"(?:(?:your|the|any|all|every|each)\s+)*(?:\w+\s+)?{_REPLY}"

_FILLERS = (
    r"(?:(?:also|perhaps|maybe|possibly|just|really|at least|instead|rather|kindly|simply|either|always|now|then)\s+)*"
)

ASKING = re.compile(
    rf"^(?:(?:(?:do you think|i (?:was|am) wondering (?:if|whether)|any chance(?: that)?|maybe|perhaps)\s+)?"
    rf"(?:can|could|would|will|may)\s+(?:you|u),?|(?:you|u)\s+(?:could|might|may)|(?:any chance"
    rf"|i wonder if)\s+(?:you|u)\s+(?:can|could)"
    rf"|do you think\s+(?:you|u)\s+(?:can|could)|i (?:was|am) wondering (?:if|whether)\s+(?:you|u)\s+(?:can|could)"
    rf"|(?:is|would) it (?:be )?possible(?: for (?:you|u))? to|how about|(?:can|could|wo|why (?:do|ca"
    rf"|wo))n't you(?: ever)?"
    rf"|would it (?:kill|hurt)(?: you)? to|would it be too much to(?: ask(?: for| to))?|i(?:'d"
    rf"| would)? ask(?: that)? you(?: to)?)"
    rf"\s+{_FILLERS}(?P<rest>\S.*)$",
    re.IGNORECASE,
)

ALLOWING = re.compile(
    rf"^(?:(?:you|u)\s+(?:can|may|could)|feel free to|it(?:'s| is) (?:fine|ok|okay) to"
    rf"|go ahead and)\s+{_FILLERS}(?P<rest>\S.*)$",
    re.IGNORECASE,
)
"""Leave to drop something is a wish to be without it."""

ASKING_US = re.compile(
    r"^(?:can|could|may|shall)\s+(?:(?:we|i)\s+(?:also\s+|just\s+|please\s+)?(?P<verb>get|have|see)"
    r"|we\s+(?:also\s+|just\s+|please\s+)?(?P<ours>stick|keep|use|do|drop|skip|lose|ditch|avoid"
    r"|remove))\s+(?P<rest>\S.*)$",
    re.IGNORECASE,
)

LETS = re.compile(r"^let'?s\s+(?P<verb>have|stick|keep|use|get|see)\s+(?P<rest>\S.*)$", re.IGNORECASE)

MIND = re.compile(r"^(?:(?:would|do)\s+you\s+)?mind\s+(?P<rest>(?:to\s+\w+|\w+ing)\b.*)$", re.IGNORECASE)

ASKING_SUBJECT = re.compile(
    rf"^(?:can|could|would)\s+(?P<subject>this|that|it|{SUBJECT})\s+(?P<rest>\S.*)$", re.IGNORECASE
)

SHOULD = re.compile(
    rf"^(?P<subject>you|{SUBJECT})\s+(?:should(?:'ve|\s+have)?|ought\s+to|must|need\s+to|has\s+to|have\s+to"
    rf"|had\s+better)\s+(?P<rest>\S.*)$",
    re.IGNORECASE,
)

_I = (
    r"^i(?:'d| would| could| do|'m| am)?\s+(?:(?:really|much|also|strongly|generally|usually|definitely|would|only"
    r"|just|still|very much|truly)\s+)*"
)

WISH = re.compile(
    rf"(?:{_I}(?:like|love|prefer|want|need|appreciate|rather|wish|wanting|enjoy|favou?r|expect|insist on|ask for|after"
    rf"|(?:looking|asking|hoping) for|do with|(?:a )?(?:big |huge )?fan of|all for|be (?:grateful|happ(?:y|ier)"
    rf"|glad|thankful) (?:for|with|(?=if)))"
    rf"|^(?:all|what|the (?:only |main )?thing)\s+(?:that\s+)?i(?:'d| would|'m| am)?\s+(?:(?:really|actually|ever"
    rf"|only|just)\s+)*"
    rf"(?:want|need|like|love|prefer|care about|after|asked for)(?:\s+to\s+(?:see|have|know|get))?(?:\s+(?:here"
    rf"|from you))?\s+(?:is|are|was))"
    rf"\s+(?!(?:how|this|the way)\b)(?P<rest>\S.*)$",
    re.IGNORECASE,
)

LEARNING = re.compile(
    r"^i\s+(?:(?:usually|always|tend to|really|generally|can)\s+)*(?:learn|understand|follow|remember|work|think"
    r"|read|absorb|grasp)\s+"
    r"(?:\w+\s+)?(?:much\s+|far\s+|way\s+|a lot\s+)?(?:better|best|faster|more easily|easier|quicker)\s+"
    r"(?:with|from|by|through|in|when|if)\s+(?P<rest>\S.*)$",
    re.IGNORECASE,
)

HELPFUL = re.compile(
    r"^(?:i\s+(?:\w+\s+)?find\s+(?P<rest>.+?)|(?P<thing>.+?)\s+(?:really\s+)?(?:help|make|are|is"
    r"|work)s?(?:\s+it)?)\s+(?:(?:much|way|far"
    r"|a lot|really|very|so|more|the|a bit|always|usually)\s+)*(?:easier|easiest|clearer|clearest|helpful|useful"
    r"|best|better|nicer|handy|nicest|me)"
    r"(?(rest)\b.*|\s+(?:for\s+me|to\s+(?:read|follow|digest|scan)|understand|follow|see|learn|a lot|most|best)\b.*)$",
    re.IGNORECASE,
)
"""What does the user good: "I find tables easier to read", "a table is easier for me"."""

THE_BETTER = re.compile(
    r"^the\s+(?P<rest>(?:fewer|less|more)\s+\w+|shorter|simpler|briefer|longer)\b.{0,20}\bthe\s+better$", re.IGNORECASE
)

PRIZED = re.compile(
    r"^(?:i\s+(?:really\s+|always\s+)?find\s+it|it\s+(?:would|'d|is|really|helps|will)|it'd|it's"
    r"|would)\s*(?:be\s+)?(?:(?:so|really|very|much|more|most|way|far|always)\s+)*(?:nice"
    r"|great|good|clearer|helpful|helps|lovely|better|"
    r"easier|best|ideal|cool|useful|important|help)?\s*(?:(?:to|for)\s+me\s+)?(?:me\s+)?(?:a lot\s+)?(?:if|when"
    r"|that|to\s+(?:have|see|get)(?=\s+(?:an?|the|your|some|more|fewer|less)\b))\s+(?P<rest>\S.*)$",
    re.IGNORECASE,
)

WELCOME = re.compile(
    r"^(?P<rest>\S.*?)\s+(?:would\s+(?:(?:really|also)\s+)?(?:help|suit|do|work|(?:be|have been)\s+(?:(?:so|much|really"
    r"|very|more|way|far|perfectly)\s+)*(?:nice|great|good|helpful|lovely|better|useful|appreciated|ideal|perfect"
    r"|plenty|enough|fine"
    r"|welcome|easier(?:\s+to\s+\w+)?))|will\s+do|(?:is|are)\s+(?:(?:all|what)\s+i\s+(?:want|need|like|prefer|(?:a"
    r"|wa)m after)"
    r"|(?:(?:more than|quite|usually|always)\s+)?(?:plenty|enough|fine|sufficient|appreciated|welcome|preferred))"
    r"|works?\s+(?:best|better)|(?:is|are)\s+(?:(?:much|way|far|so much)\s+)?(?:easier|better)\s+for\s+me)\b.*$",
    re.IGNORECASE,
)

MY_PREFERENCE = re.compile(
    r"^my\s+(?:\w+\s+)?(?:preference|wish|style|rule)\s+(?:is|would be)\s+(?P<rest>\S.*)$", re.IGNORECASE
)

PRAISING = re.compile(
    r"^i\s+(?:(?:really|do|did)\s+)*(?:appreciate\s+(?!it\s+(?:if|when)\b|when\b|if\b)|(?:like|love"
    r"|enjoy)\s+(?:the|your|that|this)\s"
    r".*\b(?:here|there|you\s+(?:gave|used|made|wrote|picked|chose|included))$)",
    re.IGNORECASE,
)
"""Not a wish but thanks: "I appreciate the detail"."""

FRAGMENT = re.compile(
    r"\b(?:please|only|at most|or (?:less|fewer)|max|maximum|first|less|more|fewer|enough|under|instead"
    r"|no longer than|and nothing else|no more than|over|rather than|not|ideally|preferably|this time|for (?:once"
    r"|a change))\b",
    re.IGNORECASE,
)

GIVEN = re.compile(
    r"\b(?:answers?|repl(?:y|ies)|responses?|explanations?|summar\w+|examples?|definitions?|reasoning|formulas?"
    r"|intuition|complexity|"
    r"exercises?|hints?|recommendations?|steps|versions?|derivations?|diagnosis|conclusions?|detail)\b",
    re.IGNORECASE,
)

POINTING = re.compile(
    r"^(?P<verb>(?:do not\s+)?[\w-]+)\s+(?:(?:them|it|this|that|those|these)(?P<more>$|,?\s+and\s+.*|,\s.*)"
    r"|(?:(?:the answer|them|it|this|that|those|these)\s+)?"
    r"(?:so|like (?:this|that)|(?:this|that) way|the same|before|already|again|too|please)$)",
    re.IGNORECASE,
)
"""An action whose object is a bare pronoun: it means nothing outside its conversation."""

LACK = re.compile(r"^(?:include|use|give|add)\s+(?P<thing>\S.*)$", re.IGNORECASE)
"""The action made of a complaint that something is missing."""

OBJECT_PRONOUN = re.compile(
    r"^(put|format|present|write|make|keep|give me|show|structure|phrase|turn|convert|rewrite|break"
    r"|list)\s+(?:this|that|it|those|these|them)\b(?=$|,|\s+(?:in|into|as|to|with|under|more|less|an?|on|up"
    r"|down|at|below|by|for|out|below|brief|short\w*|concise\w*|simple\w*)\b)",
    re.IGNORECASE,
)
