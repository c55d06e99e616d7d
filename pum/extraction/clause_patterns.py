"""The turns of phrase in which people ask, wish, complain and forbid. Each is matched at the start of a clause."""

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


ABUNDANCE = re.compile(
    r"^why\s+(?:is|are)\s+there\s+(?:always\s+)?(?!no\b)(?P<rest>\S.*)$"
    r"|^(?P<thing>.{3,80}?)\s+(?:is|are)\s+(?:(?:really|so|just|very)\s+)*(?:driving\s+me|annoying|distracting"
    r"|tiring|irritating"
    r"|killing\s+me|too\s+much|unreadable|hard\s+to\s+read)\b.*$",
    re.IGNORECASE,
)
"""A complaint that something is there: "why is there a comment on every line"."""

HABIT = re.compile(
    r"^(?:you|u)\s+(?P<rest>(?!are\b|were\b|can\b|should\b)\w+\s.*?)\s+(?:all the time|every (?:single )?time"
    r"|again and again|constantly)$",
    re.IGNORECASE,
)
"""What the assistant is blamed for doing always."""

NEEDLESS = re.compile(
    r"^(?:must you|do you (?:(?:really|always) )?(?:have|need) to|why (?:do|must|are) you(?: (?:always|keep"
    r"|still))+(?: have to)?)\s+"
    r"(?:(?:always|keep|still)\s+)*(?P<rest>\S.*)$",
    re.IGNORECASE,
)
"""A question that is a reproach: "must you always start with a compliment?"."""

UNWISH = re.compile(
    r"^i\s+(?:really\s+)?(?:(?:do not|don't|dont|no longer|never|would not|wouldn't)\s+(?:really\s+)?(?:want"
    r"|like|need|wish|enjoy|care\s+(?:for|about))|"
    r"(?:just\s+|absolutely\s+)?(?:hate|dislike|loathe|detest)|(?:can't|cannot|can not)\s+(?:stand|bear|read"
    r"|follow|deal\s+with|keep\s+up\s+with)|(?:didn't|did\s+not|never)\s+(?:ask(?:ed)?\s+for|request(?:ed)?)"
    r"|have\s+no\s+(?:use|need|time|patience)\s+for|(?:can|could)\s+(?:really\s+)?do\s+without)\s+(?P<rest>\S.*)$"
    r"|^i(?:\s+am|'m)\s+(?:(?:so|really|getting)\s+)?(?:tired of|sick of|fed up with|done with"
    r"|allergic\s+to|not\s+(?:(?:really\s+)?(?:a\s+)?(?:big\s+|huge\s+)?fan of|interested in|into|keen on|fond of"
    r"|looking for))\s+(?P<other>\S.*)$"
    r"|^i(?:'d| would)\s+(?:really\s+)?(?:rather|prefer)\s+not\s+(?:to\s+)?(?:have|see|get|read)\s+(?P<spared>\S.*)$",
    re.IGNORECASE,
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
    r"|(?:an?|the|my|this|that|one|two|three|four|five|ten|some|several|many|\d+)\s+(?:\w+\s+)?questions?)\b",
    re.IGNORECASE,
)
"""What the user asked about, not what for."""

BACK_REFERENCE = re.compile(
    r"^(?:(?:for|about|of|on|to|you)\s+)*"
    r"(?:(?:this|that|it|so|these|those|them|as much|something|the same(?:\s+thing)?|one\s+thing)\b[\s,]*)?"
    r"(?:(?:before(?:hand)?|already|earlier|previously|again|once|twice|thrice|repeatedly|now|just|too|as well|to you"
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
    r"|seem to(?: have)?|have|once again)\s+)*(?:forgot(?:ten)?(?:\s+about)?|forget|forgetting|missed|"
    r"skipped|left\s+out|omitted|ignored(?:\s+my\s+(?:request|wish|preference)\s+for)?)\s+(?P<rest>\S.*)$",
    re.IGNORECASE,
)

DID_NOT = re.compile(
    r"^(?:you|u)\s+(?:did not|didn't|didnt|do not|don't|never|haven't)\s+(?:even\s+)?"
    r"(?!(?:have|need)\s+to\b)(?P<rest>\S.*)$",
    re.IGNORECASE,
)

KEEP_DOING = re.compile(
    r"^(?:you|u)\s+(?:(?:keep|kept)(?:\s+on)?|are\s+still|always|'re\s+still|still)\s+(?P<rest>\w+ing\b.*)$",
    re.IGNORECASE,
)

LACKING = re.compile(
    rf"^(?:there(?:'s| is| are| were| was)\s+(?:still\s+)?no(?!\s+(?:error|message|output|problem|solution|answer"
    rf"|reason|need|way"
    rf"|rule|question|bug|difference|such|real|point))|why\s+(?:is|are)\s+there\s+(?:still\s+)?no"
    rf"|(?:this|that|it|(?:the|your)\s+[\w ]{{2,25}}?|{SUBJECT})\s+(?:still\s+)?(?:(?:had|has|have|contained)\s+no"
    rf"|lack(?:s|ed)?|(?:is|are|was)\s+missing(?=\s+(?:the|an?|some|any)\b)|could use)"
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
    r"^(?:stop(?:\s+with)?|quit|cease|refrain\s+from|avoid|no\s+more|enough\s+(?:with|of)|no(?!,|\s+(?:idea"
    r"|problem|worries|doubt|matter|one|wonder|clue|thanks?|luck|two|it|i|that|this|you|no|later)\b)"
    r"(?:\s+need\s+for)?|without"
    r"|(?:please\s+)?(?:don't|do\s+not|dont)\s+(?:bother|worry)(?:\s+(?:with|about|to))?|go\s+(?:easy|light)\s+on"
    r"|i\s+said\s+no|there(?:'s| is)\s+no\s+need\s+(?:for|to))\s+(?P<rest>\S.*)$",
    re.IGNORECASE,
)

DO_NOT_FORGET = re.compile(
    r"^(?:(?:please\s+)?(?:do\s+not|don't|dont|never)\s+(?:ever\s+)?forget"
    r"|remember)\s+(?:about\s+)?(?P<verb>to\s+)?(?P<rest>\S.*)$",
    re.IGNORECASE,
)

DO_NOT = re.compile(
    r"^(?:please\s+)?(?:do\s+not|don't|dont|never|not\s+to|no\s+need\s+to|you\s+don't\s+(?:need"
    r"|have)\s+to)\s+(?:ever\s+)?(?P<rest>\S.*)$",
    re.IGNORECASE,
)

LEAVE_OUT = re.compile(
    r"^(?:skip|drop|omit|leave\s+out|leave\s+off|lose|cut(?:\s+out)?(?=\s+(?:the|your|all|any))|spare\s+me|ditch"
    r"|cut\s+down\s+on|remove"
    r"|get\s+rid\s+of|hold|do\s+without|do\s+away\s+with)\s+(?P<rest>\S.*)$",
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
