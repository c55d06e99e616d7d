"""The turns of phrase in which people ask, wish, forbid and complain. Each is matched at the start of a clause."""

import re

_REPLY = (
    r"(?:answers?|repl(?:y|ies)|responses?|explanations?|messages?|outputs?|code(?: blocks?)?|comments?"
    r"|summar(?:y|ies)|tone|solutions?|proofs?|examples?|text|formatting|docs|commands|names|keywords|formulas"
    r"|equations|steps|bullets|tables)"
)
SUBJECT = rf"(?:(?:your|the|any|all|every|each|my)\s+)*(?:\w+\s+)?{_REPLY}"
_FILLERS = (
    r"(?:(?:also|perhaps|maybe|possibly|just|really|at least|instead|rather|kindly|simply|either|always|now|then)\s+)*"
)

ASKING = re.compile(rf"^(?:can|could|would|will|may)\s+(?:you|u)\s+{_FILLERS}(?P<rest>\S.*)$", re.IGNORECASE)
ASKING_US = re.compile(
    r"^(?:can|could|may|shall)\s+(?:we|i)\s+(?:also\s+|just\s+)?(?P<verb>get|have|see|stick|keep|use"
    r"|do)\s+(?P<rest>\S.*)$",
    re.IGNORECASE,
)
LETS = re.compile(r"^let'?s\s+(?P<verb>have|stick|keep|use|get|see)\s+(?P<rest>\S.*)$", re.IGNORECASE)
MIND = re.compile(r"^(?:(?:would|do)\s+you\s+)?mind\s+(?P<rest>\w+ing\b.*)$", re.IGNORECASE)
ASKING_SUBJECT = re.compile(rf"^(?:can|could|would)\s+(?P<subject>{SUBJECT})\s+(?P<rest>\S.*)$", re.IGNORECASE)
SHOULD = re.compile(
    rf"^(?P<subject>you|{SUBJECT})\s+(?:should(?:'ve|\s+have)?|ought\s+to|must|need\s+to|has\s+to|have\s+to"
    rf"|had\s+better)\s+(?P<rest>\S.*)$",
    re.IGNORECASE,
)
_I = (
    r"^i(?:'d| would| do|'m| am)?\s+(?:(?:really|much|also|strongly|generally|usually|definitely|would|only"
    r"|just|still|very much|truly)\s+)*"
)
WISH = re.compile(
    rf"{_I}(?:like|love|prefer|want|need|appreciate|rather|wish|wanting|enjoy|favou?r)\s+(?!(?:how|this"
    rf"|the way)\b)(?P<rest>\S.*)$",
    re.IGNORECASE,
)
UNWISH = re.compile(
    r"^i\s+(?:really\s+)?(?:(?:do not|don't|dont|no longer|never|would not|wouldn't)\s+(?:really\s+)?(?:want"
    r"|like|need|wish|enjoy|care for)|"
    r"hate|dislike|can't stand|cannot stand|can't bear|am tired of|'m tired of|am sick of)\s+(?P<rest>\S.*)$",
    re.IGNORECASE,
)
PRIZED = re.compile(
    r"^(?:it\s+(?:would|'d|is|helps|will)|it'd|it's)\s*(?:be\s+)?(?:(?:so|really|very|much|more)\s+)*(?:nice"
    r"|great|good|helpful|lovely|better|"
    r"easier|best|ideal|cool|useful|important|help)?\s*(?:(?:to|for)\s+me\s+)?(?:me\s+)?(?:a lot\s+)?(?:if|when"
    r"|that)\s+(?P<rest>\S.*)$",
    re.IGNORECASE,
)
WELCOME = re.compile(
    r"^(?P<rest>\S.*?)\s+would\s+(?:help|suit|work better|(?:be|have been)\s+(?:(?:so|much|really"
    r"|very)\s+)?(?:nice|great|good|helpful|lovely|better|useful|appreciated|ideal|easier(?:\s+to\s+\w+)?))\b.*$",
    re.IGNORECASE,
)
MY_PREFERENCE = re.compile(
    r"^my\s+(?:\w+\s+)?(?:preference|wish|style|rule)\s+(?:is|would be)\s+(?P<rest>\S.*)$", re.IGNORECASE
)
ANNOYING = re.compile(
    r"^i\s+find\s+(?P<rest>.+?)\s+(?:annoying|distracting|tiring|irritating|noisy|useless|unhelpful|hard to read)$",
    re.IGNORECASE,
)
SAID = re.compile(
    r"^(?:i(?:'ve| have)?\s+(?:(?:already|specifically|clearly|just|also|always)\s+)?(?:said"
    r"|asked(?:\s+you)?(?:\s+for)?|told\s+you|mentioned|requested|wanted|(?:was\s+)?(?:hop|expect)(?:ing"
    r"|ed)(?:\s+for)?|would\s+have\s+liked)"
    r"|(?:didn't|did not)\s+i\s+(?:say|ask(?:\s+for)?|mention)|we\s+(?:had\s+)?agreed(?:\s+on)?"
    r"|remember(?:\s+to)?|forget what i said about)"
    r"\s+(?:that\s+)?(?:i\s+(?:wanted|want|prefer|like|need|preferred|don't want)\s+)?(?P<rest>\S.*)$",
    re.IGNORECASE,
)
RECALLED_QUESTION = re.compile(
    r"^(?:i|didn't i|did not i)\b.{0,30}?\basked?\s+(?:you\s+)?(?:about|how|why|what|which|who|where|when|whether|if"
    r"|(?:an?|the|my|this|that|one|two|some)\s+(?:\w+\s+)?questions?)\b",
    re.IGNORECASE,
)
"""What the user asked about, not what for."""

BACK_REFERENCE = re.compile(
    r"^(?:(?:for|about|of|on|to|you)\s+)*"
    r"(?:(?:this|that|it|so|these|those|them|as much|something|the same(?:\s+thing)?|one\s+thing)\b[\s,]*)?"
    r"(?:(?:before(?:hand)?|already|earlier|previously|again|once|twice|thrice|repeatedly|now|just|too|to you"
    r"|yesterday|today|(?:\w+\s+){1,2}times?|(?:\w+\s+){1,2}ago|all along"
    r"|(?:at|in|from|since)\s+(?:the|my|our|your)\s+(?:very\s+)?(?:\w+\s+)?"
    r"(?:start|beginning|outset|messages?|requests?|questions?|turn|chat|conversation|session))\b[\s,]*)*$",
    re.IGNORECASE,
)
"""Behind "I said": nothing but a pointer to what was said and when."""

OUTCOME = re.compile(
    r",?\s+(?:and|but|yet)\s+(?:then\s+|still\s+|instead\s+)?(?:i\s+)?(?:got|received|was given|am getting"
    r"|this is|that was|it was|it is|it's|here(?:'s| is)"
    r"|you\s+(?:gave|wrote|sent|made|used|still|did|didn't|put|answered))\b.*$",
    re.IGNORECASE,
)
"""What came of a wish: "and got an essay"."""

OMITTED = re.compile(
    r"^(?:you|u)(?:'ve|\s+have)?\s+(?:(?:always|again|still|just|also|keep|kept"
    r"|once again)\s+)*(?:forgot(?:ten)?(?:\s+about)?|forget|forgetting|missed|"
    r"skipped|left\s+out|omitted|ignored(?:\s+my\s+(?:request|wish|preference)\s+for)?)\s+(?P<rest>\S.*)$",
    re.IGNORECASE,
)
DID_NOT = re.compile(
    r"^(?:you|u)\s+(?:did not|didn't|didnt|do not|don't|never|haven't)\s+(?:even\s+)?(?P<rest>\S.*)$", re.IGNORECASE
)
KEEP_DOING = re.compile(
    r"^(?:you|u)\s+(?:(?:keep|kept)(?:\s+on)?|are\s+still|always|'re\s+still|still)\s+(?P<rest>\w+ing\b.*)$",
    re.IGNORECASE,
)
LACKING = re.compile(
    rf"^(?:there(?:'s| is| are| were| was)\s+(?:still\s+)?no|{SUBJECT}\s+(?:had|has|have|lacks|contained)\s+no"
    rf"|still\s+no|where(?:'s|\s+(?:are|is))|"
    r"(?:i\s+)?(?:still\s+)?(?:don't|do not|didn't|can't)\s+see\s+(?:any|a|the)|again\s+no)\s+(?P<rest>\S.*)$",
    re.IGNORECASE,
)
MISSING = re.compile(
    r"^(?P<rest>(?:the|your|some|any)?\s*[\w -]{3,40}?)\s+(?:is|are|was|were)\s+(?:still\s+|again\s+)?missing\b",
    re.IGNORECASE,
)
MOMENT = re.compile(r"(?:,?\s+(?:again|here|there|this time|at all|anywhere|yet|in (?:it|this|that)))+$", re.IGNORECASE)
STOP = re.compile(
    r"^(?:stop|quit|cease|refrain\s+from|avoid|no\s+more|enough\s+with|no)\s+(?P<rest>\S.*)$", re.IGNORECASE
)
DO_NOT = re.compile(
    r"^(?:please\s+)?(?:do\s+not|don't|dont|never|not\s+to|no\s+need\s+to|you\s+don't\s+(?:need"
    r"|have)\s+to)\s+(?:ever\s+)?(?P<rest>\S.*)$",
    re.IGNORECASE,
)
LEAVE_OUT = re.compile(
    r"^(?:skip|drop|omit|leave\s+out|lose|cut\s+out|spare\s+me|ditch|cut\s+down\s+on|remove)\s+(?P<rest>\S.*)$",
    re.IGNORECASE,
)
TOO = re.compile(
    r"^(?:(?:this|that|it|your\s+\w+)\s*(?:is|was|are|'s)\s+)?(?:still\s+)?(?:way\s+|far\s+|much\s+"
    r"|a bit\s+)?too\s+(?P<what>long|wordy|short|verbose|much\s+\w+|many\s+\w+|chatty|formal|technical)\b",
    re.IGNORECASE,
)
OPPOSITES = {
    "long": "keep it shorter", "wordy": "be less wordy", "verbose": "be less verbose", "short": "give longer answers",
              "chatty": "be less chatty", "formal": "be less formal", "technical": "be less technical"}  # fmt: skip
FRAGMENT = re.compile(
    r"\b(?:please|only|at most|or (?:less|fewer)|max|maximum|first|less|more|fewer|enough|under|instead"
    r"|no longer than|and nothing else)\b",
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
