"""How people react to an answer, beyond set phrases: who is spoken to, what is judged, and how.

Each pattern is built of the same parts: an opening ("hm, wait"), something at hand ("that", "your second equation", "step
4") or the assistant, and a judgement in any of the words for it. What stands before the verb decides: "that doesn't
follow" opens with something that only the last answer can be, "f does not follow" does not. They are for messages as
short as reactions are; the statement of a task may say any of it about somebody else.
"""

from pum.feedback.cues import N_T, any_of

_OPENING = (
    r"^(?:(?:ok(?:ay)?|h?m+|hm+|er+m?|u[mh]+|well|oh|a+h+|so|but|and|wait|sorry|look|hey|actually|no+|nope|nah|yes|right"
    r"|also|then|now|still|thanks|thank you|close|almost|nearly|unfortunately|honestly|sorry to \w+(?: a \w+)?"
    r"|(?:i'm )?(?:pretty|quite|fairly|not) sure|i(?:'m)? (?:think|guess|believe|afraid)|(?:it )?(?:looks|seems)(?: like)?)"
    r"(?:\s*[,.!:]\s*|\s+))*"
)
_THING = (
    r"(?:answer|result|code|program|output|solution|fix|function|proof|derivation|reply|explanation|example|query|date"
    r"|figure|number|value|link|formula|equation|line|step|sum|sign|total|recipe|quote|source|name|translation|sentence"
    r"|paragraph|script|command|regex|test|table|list|year|dose|dosage|graph|plot|constant|page|button)s?"
)
_YOURS = rf"(?:your (?:\w+ ){{1,3}}?|the (?:\w+ ){{0,2}}?{_THING}(?: (?:that )?you \w+)? |(?:step|line|part|point|option) \w+ )"
_AT_HAND = rf"(?:(?:that|this|it|those|these)(?: {_THING})?(?: |(?='s|'re))|{_YOURS})"
_YOU = r"(?:you|u)(?:'ve| have)?"

SAID_EARLIER = any_of(
    r"i (?:keep|kept) (?:\w+ ){0,3}?(?:say|ask|tell|repeat|remind|writ|mention)\w*",
    r"i (?:\w+ )?remember (?:asking|saying|telling|writing|mentioning)|i (?:\w+ )?(?:made|thought i (?:made|was)) (?:it |\w+ )?clear",
    r"(?:do|must|should|will) i (?:(?:really|always|still) )?have to (?:ask|say|repeat|tell|remind)|have(?:n't| not)? i (?:\w+ )?(?:asked"
    r"|told|said)",
    r"(?:did|had|have)(?:n't|nt| not)? we (?:\w+ )?(?:settled?|agreed?|decided?|discuss\w*|said|say|have)|we (?:had|have|'ve had)"
    r" (?:a deal|this|that|an agreement)|we(?:'ve| have) had (?:this|that)",
    r"(?:from|in|per|read|follow|see|with|to) (?:\w+ ){0,3}?my (?:\w+ )?(?:first|earlier|last|previous|original|initial|instructions?"
    r"|rules?|wish(?:es)?|requests?)",
    r"^my (?:(?:first|earlier|last|previous|original|initial) \w+|instructions?|rules?|wish|request)"
    r" (?:was|were|is|says?|said|asked|clearly)",
    r"(?:don't|do not|not|never|ignore|ignored|ignoring|forget|forgot) (?:\w+ )?(?:read(?:ing)?|follow(?:ing)?"
    r"|listen(?:ing)?(?: to)?)? ?(?:my|the) (?:\w+ )?(?:instructions?|rules?|wish(?:es)?|requests?)",
    r"(?<!you remember )what i (?:said|wrote|asked|told|requested)|what (?:has )?happened to \w+ing|broken record",
    r"you(?:'re| are| were) (?:supposed|meant) to|you promised|(?:the|our|my) (?:rule|deal|agreement)(?: \w+)? (?:was|is)\b",
    r"(?<=, )remember\s*\?*$|even though i|although i (?:\w+ )?(?:asked|wanted|said|told)",
    r"^(?:oh |come on,? |please,? )*(?:not|yet|once) (?:again|another|more)|(?:went|slipped|fell|gone|are|go|going) back to|doing (?:it|that|this) again",
)
"""The user recalls what was said or agreed before."""

REPEATED = any_of(
    r"again|still|yet another|once more|another \w+\?|every (?:single )?time|(?:second|third|fourth|\d(?:nd|rd|th)) time"
    r"|i (?:\w+ )?(?:said|asked|told)|(?:\w+ )?times now",
)
"""Something goes on: a complaint, beside a word for the form of answers."""

MISSED = any_of(
    _OPENING + _AT_HAND + r"(?:still |also |just |even |only |actually |really )*(?:(?:does|did|do|is|was|are|can|could|will|would|has|have)"
    + N_T + r"|cannot|can't|won't|never|no longer)\b(?! (?:to )?(?:matter|worry|hurt|bad))",
    _OPENING + _AT_HAND + r"(?:still |also |just |even |only |actually |always )*(?:fail|crash|contradict|miss|lack|ignore|drop"
    r"|raise|throw|break|delete|hang|overflow|loop|disagree|differ|forget)(?:s|es)?(?! (?:out|us|me the)\b)",
    _OPENING + _AT_HAND + r"(?:is |was |are |were |'s |'re |has |seems? |looks? |returns? |gives? |prints? |uses? |must be |would be )?"
    r"(?:still |also |all |a bit |far |ten times |way |slightly |the |an? |by )*(?:wrong|incorrect|off by|off\b|mistaken|dead|broken|missing"
    r"|false|outdated|impossible|inconsistent|backwards|upside down|reversed|swapped|nonsense|too (?:high|low|big|small|large|salty"
    r"|many|few|much|early|late))",
    r"\bthe (?:wrong|opposite|other) (?:order|way|file|sign|person|one|column|thing|unit|year|answer|way (?:a)?round)"
    rf"|(?:^|(?<=, ))but (?:the|it|that|this|you|your) .{{0,50}}?(?:{N_T}|wrong|missing|off\b|dead|incorrect|error)",
    rf"{_OPENING}{_YOU} (?:(?:still|also|just|even|only|actually|again|never) )*(?:\w+ed|left|swapped|forgot|took|wrote|put|lost"
    r"|gave|got|went|did|mixed|mis\w+)\b(?<!saved)(?<!helped)(?<!nailed)(?<!solved)(?<!explained)(?<!answered)(?<!managed)(?<!fixed)",
    r"\b(?:should|was|were|is|are|does|did|would|could)n't (?:that|this|it|there|the|they) .{1,60}\?$",
    r"how (?:can|could) .{1,60} be .{1,40}\?$",
    r"my (?:\w+ )?\w+ (?:(?:always|still|only) )?(?:says?|thinks?|claims?|insists?|marked|gets?|got|gave) (?:that )?(?:it|this|that|you|-?\d|something else)\b"
    r"|my (?:calculator|compiler|(?:text)?book|answer key|notes|solution|own \w+) (?:says|gives|shows|has|disagrees|differs)",
    r"^(?:hm+,? )?the (?:text)?(?:book|key|answer key|manual|solutions?|docs|documentation|website) (?:says?|gives?|has|shows?|lists?)\b",
    r"i (?:(?:just|only|also|then) )?(?:plugged|checked|tried|ran|tested|typed|entered|pasted|counted|compared|looked|did|computed|calculated"
    r"|verified)\b.{0,60}?(?:but|and|,) .{0,40}?(?:nothing|no\b|not\b|\w+n't|differ\w*|instead|\d|fail\w*|error|wrong|crash\w*)",
    r"^(?:\w+, )?(?:i (?:keep |only |still )?(?:get|got|am getting)|got|getting) (?:only )?-?\d",
    r"i was(?:n't| not) (?:asking|talking|looking)|i (?:asked|wanted|meant|was asking|was talking) (?:about|for|[a-z]\s*$|the)",
    r"expected (?:output|result|answer|value)|(?:there|here)(?:'s| is| are| seems? to be| must be) (?:an? )?(?:\w+ )?(?:slip|mistake|error|typo"
    r"|bug|gap|contradiction)s? (?:in|on|at|with) ",
    r"^(?:doesn't|does not|didn't|won't|can't|still doesn't) \w+|^(?:still )?(?:fails|crashes|breaks)\b|half of it works",
    r"(?:mark|grade|score|count)(?:ed|s)? (?:it|this|that|me)(?: down)?(?: as)? (?:wrong|incorrect|false|down)",
)
"""What is at hand is said to fail, or the user finds something else."""

CONTRADICTED = any_of(r"^(?:(?:no+|nope|nah|er+m?|wait)(?: no+)*\s*[,.!]|no+ (?:no|wait)\b|nah\b|actually,?)\s*(?!(?:thanks?|worries|problem|need|rush|sure|ok|it's (?:ok|fine|good))\b).{3,}[^?]$")
"""A statement that opens by contradicting."""

AT_SEA = any_of(
    r"no (?:\w+ )?(?:clue|idea) (?:what|how|why|where|which)|(?:can't|cannot|can not|can|couldn't|don't|dont|do not) (?:really |quite )?see (?:it\b"
    r"|why|how|where the)",
    r"too (?:advanced|hard|difficult|fast|complicated|complex|abstract|technical|quick) for me|(?:above|over|beyond) my (?:head|level|pay)"
    r"|(?:all )?greek to me|wrap my (?:head|mind|brain)|my (?:head|brain) (?:is|hurts)|hard (?:for me )?to follow|slow down",
    r"(?:which|what|who) .{0,30}(?:do you mean|are you (?:talking|referring|getting)|you(?:'re| are) (?:talking|referring|getting)|you mean)",
    r"where (?:did (?:the|that|this|those|your|\S+)|does (?:the |that |this |your )?(?:\d\S*|\w|factor|term|minus|plus|sign|constant|formula|number)) .{0,40}?(?:come|came) from|(?:why|how|what|where) (?:on earth|the heck|the hell|in the world)",
    r"how (?:did|do) (?:you|u|we) (?:get|go|jump|arrive|come)\b(?=.{0,30}(?:from|to|there|that|this|it|at|\d))",
    r"you (?:jumped|skipped|went|are going|go|rushed) (?:ahead|too fast|too quickly|over)",
    r"^(?:wait|sorry|hm+|um+|er+|ok|so|eh|huh)?[\s,?]*(?:what|huh|eh|pardon|excuse me|how so|how come|why)?\s*\?{2,}$"
    r"|^(?:wait|sorry|um+|er+|ok)[\s,]+what\s*\??$|^(?:huh|eh|pardon)\b|^\?+$",
    r"i(?:'m| am|m|'ve| have| was| got| get)? (?:\w+ )?(?:lost|stuck|gone|baffled|confused|puzzled|bewildered)\b(?= ?(?:[.,!?]|$|rn\b|here\b|now\b|there\b|when you|(?:at|by|with|in|on|from) (?:the|your|this|that|step|line)\b))",
    r"i thought i (?:understood|got|had|followed)|d(?:o|id)?n'?t (?:really )?und?\w*st\w*|(?:didn't|did not|doesn't|hasn't) click|not following",
    r"trouble (?:following|understanding|seeing|with)|you say (?:both|one)|how does (?:that|this|it) (?:answer|help|follow)",
    r"(?:go|run|walk me) (?:over|through) (?:that|this|it|the) .{0,20}(?:again|once more)|break (?:that|this|it) down",
)
"""The user is lost."""

_GOOD = (
    r"(?:great|awesome|perfect|nice|cool|brilliant|excellent|beautiful|wonderful|amazing|fantastic|lovely|good|super|superb|neat"
    r"|helpful|clear|useful|impressive|clever|elegant|gold|genius|handy|fast|quick|smart|fun|funny|fascinating"
    r"|spot on|right|correct|the one|the best|better)"
)
DELIGHTED = any_of(
    r"(?:^|(?<=[,.!] ))(?:(?:ok|many|great|much|and) )*(?:thanks|thx|ty|tysm|cheers|thank (?:you|u)|merci|gracias|danke|much appreciated|appreciated|bless you)"
    r"(?=\s*(?:[,.!]|$|beaucoup|for|so|a lot|again|very))|(?:thanks|thank you|thx|cheers|appreciated)[\s!.]*$",
    rf"{_OPENING}(?:(?:that|this|it|you|u)(?:'s| is| was|'re| are| were|re)? )(?:(?:really|very|so|just|absolutely|quite|super|pretty|an?|such an?"
    rf"|actually|exactly|even) )*{_GOOD}\b(?! (?:question|if|to|for (?:the|a)|but|way to))",
    r"(?:that|this|it|you|u|which)(?:'ve| have|'s| has)?(?: really| just| totally| finally)? (?:did it\b|fixed|solved|saved|helped|helps|nailed|clears?|cleared|clarifie[sd]"
    r"|answers? (?:my|the)|settles?|rock\b|made my|does the (?:trick|job)|did the (?:trick|job))|really helped|saved (?:me|my)",
    r"^(?:ok |oh |a+h+,? )*(?:now )?i (?:get|got|see|understand)(?: it)?(?: now)?\s*(?:[.!]|$)|(?:now i (?:see|get|understand)|i get it now)",
    r"makes (?:(?:perfect|total|more|much more|complete|so much) )?sense(?! to\b)|^spot on|^well (?:done|explained|put|said)",
    r"(?:i|my \w+|she|he|they|everyone)(?: really| just)? (?:loves?|loved|adores?|likes?|enjoyed)(?: the| this| that| it| your)",
    r"all (?:the |my )?tests (?:now )?pass|works? (?:now|again|first time|perfectly)|no (?:more )?errors? (?:any ?more|now|left)"
    r"|^finally (?:someone|somebody|an?)|exactly what|couldn't (?:be|have) (?:\w+ )*(?:happier|better|it better)",
    r"^" + _GOOD + r"[\s!.]*$",
    r"(?:would|could)(?:n't| not)? (?:never )?have (?:thought|guessed|found)|never would have",
)
"""The user is content: it worked, it is understood, it is liked."""

REWORKED = any_of(
    r"(?:please|pls|can (?:you|u|we|i)|could (?:you|u|we|i)|would you|may i|any chance|i'd|i would|easier|better|but|rewrite|rephrase|put|make|redo)\b.{0,60}?"
    r"\b(?:this|that|it|them|those|these|you to)(?= (?:in|as|into|like|without|with|easier|more|less|shorter|simpler|better|to|use|how)\b|\s*[,.!?]|$)",
)
"""Beside a word for the form of answers: the last one had better be another."""

STANDING = any_of(
    r"from now on|from here on|next time|(?:in|for) (?:the )?future|loosen up|tone (?:it|this|that) down|easier (?:to read|for me)"
    r"|simpler words|too (?:much|many) (?:detail|text|words|information)|a bit (?:too )?(?:dry|long|short|formal|technical|dense|stiff)"
)
"""A word about answers to come, or about how this one reads."""

LEFT_BEHIND = any_of(
    r"^(?:(?:ok|okay|so|oh|right|well|and),? )*(?:anyway|anyhow|by the way|btw|side ?note|that reminds me|before i forget|speaking of|apropos"
    r"|leaving (?:that|this|it)|changing|switching|scratch that|random|unrelated|off[- ]topic|enough (?:of|about|with|\w+ for)"
    r"|put (?:that|this|it)|back to|(?:totally |completely |very )?(?:different|new|another|other|unrelated) (?:thing|matter|topic|subject|question|one)"
    r"|never ?mind (?:that|this|all|the)|forget (?:that|this|about)|on (?:to )?(?:an?|another|a different) (?:other |different |new )?(?:note|matter|subject|topic)"
    r"|moving on to (?:something|another|an?))\b",
    r"let(?:'s| us)(?: just)? (?:(?:drop|leave|stop|forget|park)(?! it (?:there|at))|talk about|do something)|(?:some|any)thing (?:totally |completely |entirely |quite )?(?:else|unrelated"
    r"|different|more urgent)|(?:another|a different|a new|new) (?:field|matter|subject|topic|area)\b|more urgent",
)
"""The user turns to something else."""

BUILDS_ON = any_of(
    r"(?:also|too|as well|instead|else|this time)(?= |\s*[?.!,]|$)|one more|(?:\w+ )?more (?:like|examples?)|what's next|next step|the same \w+"
    r"|^(?:let's|let us|alright|ok(?:ay)?|now)\b.{0,20}\b(?:do|part|question|exercise|step|next)\b",
    r"the (?:\w+ )?(?:answer|proof|result|solution|code|function|method|formula|argument|condition|idea|option)(?= (?:change|look|work|be|do|mean|if|when)|\s*[?.!,]|$)"
    r"|the (?:first|second|third|last|next|previous|other|fourth) \w+(?= (?:do|mean|work|be|change)|\s*[?.!,]|$)",
    r"(?:shorter|simpler|faster|better|cheaper|easier|different|other|another|quicker) (?:proof|way|method|solution|one|answer|approach|reason|example)s?",
    r"^i(?:'ve| have)? (?:\w+ )?(?:installed|chose|picked|took|did|done|finished|started|bought|added|ran)\b",
)
"""What can only be understood together with the last answer."""
