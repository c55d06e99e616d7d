"""The phrases by which a user's message is read as a reaction to the last answer."""

import re


def _any(*alternatives: str) -> re.Pattern:
    return re.compile(r"(?<!\w)(?:" + "|".join(alternatives) + r")(?!\w)", re.IGNORECASE)


_N_T = r"(?:n't|nt| not)"
_LAST_ANSWER = (
    r"(?:that|this|it|(?:your|the)\s+(?:\w+\s+)?(?:answer|result|code|program|output|solution|fix|function"
    r"|proof|derivation|reply|"
    r"explanation|example|query))"
)

_THE_ANSWER = rf"(?:{_LAST_ANSWER}|(?:this|that) (?:answer|result|solution))"

DOUBLE_NEGATIVE = _any(
    r"not (?:too |so |at all )?bad(?: at all)?",
    r"no (?:problems?|complaints?|objections?|issues?)(?: at all| with (?:that|this|it|the rest))",
    r"(?<!\w)nothing (?:is )?(?:wrong|missing)(?: with (?:that|this|it))?",
    r"(?:could|can)" + _N_T + r" (?:be|ask for) (?:any )?(?:better|more)",
)
"""Praise, or peace, in the words of blame."""

RESTATED = _any(
    r"(?:as|like) i (?:\w+ )?(?:said|asked|mentioned|told you|wrote|requested)",
    r"i(?:'ve| have)? (?:(?:already|specifically|clearly|repeatedly|explicitly|just|believe i) )*(?:asked"
    r"|told) (?:you )?(?:for|to|twice|(?:that )?i|already)\b(?! help)",
    r"i(?:'ve| have)? (?:(?:already|specifically|clearly|repeatedly|explicitly|believe i) )*(?:told you"
    r"|mentioned|requested|said (?:no|that i|i|please|always|to)|asked you)",
    r"i said (?:\w+ ){0,2}(?:text|tables?|bullets?|sentences?|short|first|steps?|words|only|lists?)",
    r"did" + _N_T + r" i (?:\w+ )?(?:say|ask|mention|tell)",
    r"i (?:thought|believe) (?:we|i) (?:had )?(?:agreed|said|mentioned)|as (?:we )?agreed|we (?:had )?agreed"
    r"|i believe i",
    r"how (?:many times|often) (?:do|must|should) i",
    r"you(?:'re| are)? (?:still|again) (?:us|do|ignor|forget|writ|giv|add|put)\w+",
    r"you (?:keep|kept) (?:on )?\w+ing|you never (?:listen|do what|follow)|you (?:always|again) (?:forget|ignore)",
    r"you(?:'ve| have)? (?:again |completely )?ignored (?:what i|my)",
    r"(?:that's|that is|this is|it's)" + r" not the (?:format|style|form|length|language) (?:that )?i",
    r"(?:still|again) (?:too (?:long|short|wordy|verbose|many|much)|no\b)|(?:for the )?(?:second|third) time"
    r"|same problem as|not in \w+ again",
    r"(?:sorry|hate|have|had|don't (?:want|like)|do not (?:want|like)|without wanting) to repeat"
    r" (?:myself|this|that|it)|repeating myself|i repeat\b",
    r"i(?:'ve| have| had| did)? (?:(?:already|did|just|also|specifically|clearly|really) )*"
    r"(?:said|say|told|tell|asked|ask|mentioned|mention|requested|request)(?: you)? "
    r"(?:(?:for|about) )?(?:(?:this|that|it|so|as much|the same) )?(?:before|already|earlier|previously|last time"
    r"|once|twice|at the (?:very )?(?:start|beginning)|in my (?:\w+ )?(?:message|request)|(?:\w+ ){1,2}times)",
    r"i(?:'ve| have)? already (?:said|told you|asked(?: you)? for|mentioned) (?:this|that|it|so)",
    r"(?:we|we've|we have) (?:have )?(?:already )?(?:talked|spoke|spoken|went|gone|been) (?:about|over|through)"
    r" (?:this|that|it)(?=\s*(?:[.,!:;]|$|before|already|earlier))",
    r"we(?:'ve| have)? (?:already )?discussed (?:this|that|it)",
    r"(?:remind you of|reminder of) (?:something|what|the thing) (?:that )?i",
    r"you(?:'ve| have)? forgot(?:ten)?(?: (?:it|this|that))? (?:again|once (?:more|again))(?=\s*(?:[.,!:;]|$))",
    r"^(?:the )?same (?:thing|issue|story|complaint|request|remark) (?:again|as before|once more)",
    r"^again\s*[.!]",
    r"^(?:remember to|once (?:more|again)\s*[:,]|again\s*[:,]|again no)",
)
"""The user says again what was said before."""

RESTATED_FORM = _any(
    r"you(?:'ve| have)? (?:again |still |just )?(?:forgot(?:ten)?|ignored|skipped|left out|omitted|missed|dropped)",
    r"you (?:did|do|have)" + _N_T,
    r"why (?:are|is) there still|i (?:specifically |clearly |originally )?wanted|i asked (?:you )?for",
    r"(?:^|, )(?:that i|i) (?:requested|asked)|stick to .{1,40} i (?:requested|asked)",
)
"""Blame that is about the form when a word for it stands beside, and about the content otherwise."""

CORRECTION = _any(
    r"^(?:no|nope|wrong|incorrect|false)(?=\s*[,.!:;]|\s*$)|^wrong \w+, i",
    _THE_ANSWER + r"(?:'s| is| was| seems| looks)? (?:still |all |also |completely |just |simply )?(?:wrong|incorrect"
    r"|mistaken|broken|false|off by)",
    _LAST_ANSWER
    + r"(?:'s| is| was| does| did| do)?(?: still)?"
    + _N_T
    + r" (?:(?:quite|really|even|at all) )?(?:right|correct|working|work|what i|true|solve|answer|compile|run"
    r"|pass|it\b)",
    _LAST_ANSWER
    + r" (?:does|did|do)"
    + _N_T
    + r" (?:match|fit|equal|(?:agree|tally) with) (?:the|my|our|what) (?:\w+ )?(?:solutions?|answers?|results?|keys?"
    r"|(?:text)?book|values?|output|one|i\b)",
    r"the (?:answer|result) (?:is not|isn't) -?\d\S*",
    _LAST_ANSWER + r" (?:can(?:'t|not| not)) be (?:right|correct|true)",
    _LAST_ANSWER + r" (?:still |always |just )?(?:fails|crashes|gives (?:me )?(?:the wrong|an error|a wrong)|throws)",
    r"i(?:'ve| have)? (?:just )?(?:ran|tried|run|tested) (?:it|this|that|your \w+) .{0,40}(?:fail|crash|error"
    r"|wrong|does" + _N_T + ")\\w*",
    r"i (?:get|got|am getting|'m getting) (?:an? |the )?(?:\w+ )?(?:\w*error|exception|\S+(?:,| and"
    r"| but)? not\b|different (?:result|answer)|wrong)",
    r"(?:do|don't|do not) (?:think|believe) (?:that's|that is|this is|it's|it is|that was"
    r"|your \w+ is) (?:the )?(?:right|correct)",
    r"are you sure\b|not convinced",
    r"you(?:'ve| have)? (?:made (?:an? )?(?:\w+ )?(?:mistake|error)|misread|misunderst\w+|missed|overlooked"
    r"|mixed up|miscalculated|mis\w+ed|got .{1,30} wrong)",
    r"you forgot|think you(?:'ve| have)? (?:misunderst|made|missed|mis)\w*",
    r"there(?:'s| is| are) (?:an? |still (?:an? )?|some )?(?:\w+ )?(?:errors?|mistakes?|bugs?) in (?:your"
    r"|the (?:answer|code|derivation|proof|solution)|that(?=\s*(?:[.,!;]|$)))",
    r"(?:the|this) (?:result|answer)(?:'s| is) (?:\w+ )?off(?=\s*(?:[.,!;]|$))",
    r"(?:it|still|code)(?:'s| is)? not working|error same|same error|i meant\b",
    _LAST_ANSWER
    + r" (?:is|was)"
    + _N_T
    + r" (?:(?:very|really|so|that|particularly) )?(?:good|great|helpful|useful|perfect)",
    r"not (?:very |really |so )?(?:helpful|useful)",
)
"""The answer's content is said to be wrong."""

SENT_BACK = _any(
    r"(?:try|do it|check) again\b|please (?:redo|recheck|correct (?:it|that|this))|redo (?:it|this|that)|recheck",
)
"""The answer is sent back: for its content, unless the message says what is wanted of its form."""

SURROUNDINGS = _any(
    r"ImportErrors?|ModuleNotFoundErrors?|PermissionErrors?|no module named|command not found|not installed"
    r"|not recogni[sz]ed as",
    r"(?:on|in|with|under) (?:my|our) (?:\w+ )?(?:machine|computer|laptop|pc|mac|server|project|environment"
    r"|setup|system|editor|ide|notebook|repo|repository|terminal|browser|windows|linux|phone)",
)
"""Trouble with the place where the answer is used. Nobody has said that the answer is wrong: it is a new question."""

PLAINLY_WRONG = _any(r"wrong|incorrect|mistake[ns]?|(?:is" + _N_T + r"|'s not) (?:right|correct)")
"""Words for a wrong answer that trouble with the place of use does not explain."""

REMARK = _any(
    r"(?:about|on|regarding) (?:how|the way) you (?:just )?"
    r"(?:answer|repl|respond|wr[io]t|put|present|format|said|laid|explain)\w*",
    r"(?:remark|comment|note|word|point|something|thing|request|wish)s? (?:about|on|regarding|concerning) (?:your|the) "
    r"(?:reply|replies|answers?|responses?|form|format|formatting|style|layout|presentation|tone)(?! of\b)",
    r"(?:(?:may|can|could) i (?:make|have)|i(?:'d| would)? (?:have|make)|i've(?: got)?) (?:an?|one|another)"
    r" (?:(?:small|little|tiny|quick|minor) )?(?:request|wish|remark)\b",
    r"^(?:one|a) (?:small |little )?(?:request|wish|remark)(?=\s*[,.:])|^change (?:one|a|some|a few) (?:\w+ )?things?",
    r"^(?:(?:no|hm+|eh|well|oh|hey|ok|sorry)\s*,\s*)*not"
    r" (?:quite(?=\s*[.,!]|\s*$)|(?:like (?:this|that)|this way|that way)(?=\s*[.,!]|\s*$))",
    r"sorry to be (?:so )?(?:particular|picky|fussy|a pain|difficult)",
    r"(?:needs|deserves) (?:another|a second) (?:try|go|attempt)"
    r"|mind (?:redoing|rewriting|rewording|reformatting)",
)
"""The user has a word to say about the form of the answer, whatever it is."""

CONFUSION = _any(
    r"(?:i|^(?:sorry,? )?(?:still )?)\s*(?:still |just |really )?(?:(?:do|did|could|am)(?:n't|nt| not)|can't"
    r"|cant|can ?not) (?:really |quite |fully )?(?:understand|get (?:it|this|that|the|why|how|what)|follow"
    r"|grasp|make sense|getting)",
    r"i(?:'m| am) (?:(?:a bit|totally|completely|so|still|now|quite) )?(?:lost|confused|puzzled|not (?:getting"
    r"|following|sure (?:i|what)))",
    r"what (?:do|did) you mean|what does (?:that|this|it) (?:even |actually )?mean|(?:you"
    r"|'ve) (?:have )?lost me|lost me",
    r"(?:that|this|it|explanation|answer)(?:'s| is| was) (?:(?:very|so|really|quite|a bit|rather"
    r"|too) )?(?:confusing|unclear)|^unclear|^huh\b|^come again|^what\s*$",
    r"(?:is|'s|are|was)"
    + _N_T
    + r" (?:(?:very|really|quite|so) )?clear (?:to me|why|how|what|at all)|makes? (?:no|zero) sense|does"
    + _N_T
    + r" make (?:any )?sense",
    r"(?:went |goes )?over my head|not sure i (?:follow|understand|get)|explain (?:that|it"
    r"|this) (?:to me )?(?:again|differently)|(?:say|put) (?:that|it|this) in other words",
)
"""The user could not follow."""

_GOOD = (
    r"(?:great|awesome|perfect|nice|cool|brilliant|excellent|beautiful|wonderful|amazing|fantastic|lovely"
    r"|good|super|superb|neat|helpful|clear|useful)"
)
PRAISE = _any(
    r"(?:^|[,.!;]\s*)(?:(?:ok|okay|great|many|good|cool|alright|yes|perfect|got it) )*(?:thanks|thx|ty|cheers"
    r"|thank (?:you|u))(?=\s*(?:[,.!;:]|$|(?:a lot|so much|very much|for|again|bye|then|you|everyone)\b))",
    r"thank (?:you|u)|thx|thanks (?:a lot|so much|a million|for (?:the|your|that))",
    r"^(?:(?:ok|yes|wow|oh|very|really|that's|quite)\s*,?\s*)*"
    + _GOOD
    + r"(?=\s*(?:[,.!;:]|$|(?:job|work|answer|explanation|one|proof|solution|example|thanks|thank|stuff)\b))",
    r"(?:that|this|it)(?:'s| is| was) (?:(?:really|very|so|just|absolutely|quite|super|pretty) )*"
    + _GOOD
    + r"(?=\s*(?:[,.!;:]|$|thanks|thank|for me|explanation|work))",
    r"exactly what i (?:needed|wanted|was looking|asked)|what i was looking for",
    r"(?<!how )(?<!why )(?:it|that|this|everything|code|program) (?:now |all )?(?:works|worked|runs|is working|ran)"
    r"(?=\s*(?:[,.!]|$|now\b|fine|like|perfectly|well|great|thank))",
    r"now it works|works (?:like a charm|fine|perfectly|great|now)",
    r"much (?:better|clearer)|well done|good job|nice work|(?:you're|you are) (?:a |the )(?:lifesaver|star|best"
    r"|genius)|^wow\b|kudos|bravo",
    r"i (?:really )?(?:love|appreciate) (?:how|the|this|that|your)|(?:that|this|it) makes (?:perfect |total "
    r"|more )?sense|that's (?:right|the right answer|correct)",
)
"""The user is pleased."""

SHIFT = _any(
    r"^(?:ok(?:ay)?,? |so,? |well,? )?(?:a |now (?:for )?(?:a )?)?(?:new|different|next|another"
    r"|unrelated) (?:topic|subject|question)(?:,?\s+please)?(?=\s*[:,.]|\s+about|\s*$)",
    r"(?:talk|chat) about (?:something|anything) (?:else|different)|(?:some|any)thing (?:totally|completely"
    r"|entirely|quite) (?:different|else|new)",
    r"(?:chang|switch)(?:e|ing) (?:of )?(?:the )?(?:topics?|subjects?)|(?:another|a (?:new|different)) (?:topic"
    r"|subject|question about)",
    r"^(?:completely |totally |entirely )?(?:unrelated|off[- ]topic)|on (?:another|a different) note"
    r"|have another question",
)
"""The user leaves the matter; what was said before is not rated."""

FOLLOWS_UP = _any(
    r"^(?:(?:ok|okay|hm+|alright|right|well|so|but|great),?\s+)*(?:and|now|next|so what|then|also|continue"
    r"|go on|carry on|keep going|what about|what if|how about|tell me more)",
    r"let(?:'s| us) (?:go on|continue|move on to the next)",
    r"^(?:(?:ok|so|and|please),? (?:next:? )?)?(?:what|why|how|which|where|when|who|can|could|would|will|is|are"
    r"|was|do|does|did|should|show|explain|tell|compare|"
    r"add|give|write|run|check|review|use|try|turn|rewrite|extend|make|prove|walk|describe)\b.{0,160}?\b(?:this"
    r"|it|its|these|those|them|your|you|"
    r"that(?=\s*(?:[?.!,]|$|(?:in|to|for|with|step|part|line|one|case|again|on|at|work)\b)))",
)
"""The user goes on from the last answer."""
