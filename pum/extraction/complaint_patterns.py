"""The turns of phrase in which people complain and forbid. Each is matched at the start of a clause."""

import re

from pum.extraction.clause_patterns import SUBJECT

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
