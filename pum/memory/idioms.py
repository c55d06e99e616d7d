"""What can only be said to somebody who answers: "how about a table?", "you sound stiff", "tell me when I'm wrong".

Read where a clause is no plain order or wish. Each turn of phrase speaks of answers by itself, or beside a word for a
form, so that nothing else has to tell it from a task.
"""

import re
from collections.abc import Callable

from pum.memory.complaint_patterns import OPPOSITES
from pum.memory.lexicon import FORM, RELATED
from pum.memory.reading import Kind, Reading
from pum.memory.verbs import MANNER_VERBS, base_form
from pum.memory.wording import negative, verb_phrase, wanting

_VERB = "|".join(sorted(MANNER_VERBS | {"be", "agree", "argue", "disagree", "sound", "translate", "optimize"}))
_VERY = (
    r"(?:(?:just|really|so|too|very|a bit|a little|rather|quite|way|far|much|always|all|kind of|sort of|getting)\s+)*"
)
_TONE = (
    r"(?:formal|informal|casual|cold|cheerful|stiff|robotic|verbose|wordy|chatty|long|short|brief|terse|dry|vague|polite"
    r"|pushy|preachy|technical|academic|abstract|dense|detailed|complicated|complex|simple|salesy|corporate|enthusiastic"
    r"|apologetic|patroni[sz]ing|condescending|cautious|defensive|repetitive|generic|flowery|dramatic|curt|soft|harsh)"
)
_BAD = (
    r"(?:annoying|distracting|confusing|childish|patroni[sz]ing|condescending|irritating|tiring|tiresome|noisy|useless"
    r"|unhelpful|pointless|off-putting|ugly|cluttered|overkill|silly|cringe|hard to (?:read|follow|scan)|a lot to read"
    r"|a waste(?: of (?:time|space))?)"
)
_SITUATION = r"(?:when(?:ever)?|if|as soon as|before|each time|every time|unless|where)"


def _wanted(rest: str) -> str:
    return wanting(re.sub(r"^(?:for|of|to see|to have)\s+", "", rest, flags=re.IGNORECASE))


def _as_answer(rest: str) -> str:
    return f"put the answer {rest}"


def _less(tone: str) -> str:
    return OPPOSITES.get(tone.lower(), f"be less {tone.lower()}")


def _stop_doing(rest: str) -> str:
    return f"do not {verb_phrase(rest)}"


def _not_placed(rest: str) -> str:
    return f"do not put everything {rest}"


def _included(rest: str) -> str:
    return f"include {rest}"


def _used(rest: str) -> str:
    return f"use {rest}"


def _as_said(rest: str) -> str:
    return rest


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(rf"^(?:(?:and|but|so|also|please|just|maybe|always)\s+)*(?:{text})$", re.IGNORECASE)


# (turn of phrase, kind, what its group says to do, whether that must name a form or a part of answers)
_IDIOMS: tuple[tuple[re.Pattern[str], Kind, Callable[[str], str], bool], ...] = (
    (
        _pattern(
            r"(?:how about|what about|any chance (?:of|for)|(?:could|can|may|might) (?:i|we) (?:have|get|see|ask for|ask you for)"
            r"|i(?:'d| would) be (?:happier|better off) with|i (?:read|follow|learn|understand|remember) (?:\w+ )?better"
            r" (?:when|if) there (?:are|is)|(?:it's|it is) (?:\w+ ){0,2}(?:easier|better|clearer|nicer)(?: for me)?"
            r" (?:to (?:read|follow|scan|understand|have)|with|when there(?:'s| is| are)))\s+(?P<what>\S.*)"
        ),
        "request", _wanted, True,
    ),
    (
        _pattern(r"(?:could|can|may) (?:i|we) (?:have|get|see) (?:that|this|it|them|those|the answer) (?P<what>(?:as|in|with)\s.*)"),
        "request", _as_answer, True,
    ),
    (
        _pattern(
            r"(?:what happened to|where(?:'s| is| are| did)) (?P<what>(?:the|your|my|all the)\s.+?)(?: go)?"
            r"|(?:i (?:lose track|get lost|can't follow|cannot follow|struggle)|(?:it(?:'s| is) )?(?:hard|difficult|impossible)"
            r" (?:for me )?to (?:follow|read|understand|scan)) without (?P<lost>\S.*)"
            r"|(?:the|your) (?:code|answers?|repl(?:y|ies)|output|examples?|explanations?|proofs?)"
            r" (?:needs?|lacks?|could use|wants?|(?:is|are) missing) (?P<lacked>\S.*)"
        ),
        "complaint", _included, False,
    ),
    (
        _pattern(rf"i find (?P<what>\S.*?) {_VERY}{_BAD}|(?P<thing>\S.*?) (?:is|are|gets?) {_VERY}{_BAD}"
                 r"|(?P<culprit>\S.*?) (?:annoys?|bothers?|distracts?|confuses?|irritates?|tires?) me(?: a lot| so much)?"
                 r"|what (?:i (?:can't stand|hate|dislike|don't like|don't want|don't need)|annoys me|bothers me)(?: most)? (?:is|are)"
                 r" (?P<named>\S.*)"),
        "wish", negative, True,
    ),
    (
        _pattern(rf"(?:(?:can|could|would|will) (?:you|u) )?(?P<what>(?:make|keep) (?:the|your) (?:answers?|repl(?:y|ies)|responses?|messages?"
                 rf"|explanations?) \S.*|be {_VERY}(?:less|more) \w+)|(?:(?:your|the) )?next (?:answer|reply|one|message) (?P<form>(?:in|as|with)\s.*)"
                 r"|i(?:'d| would) (?P<advice>(?:cut|drop|skip|keep|lose|use|leave)\s.*) if i were you"),
        "request", lambda rest: _as_answer(rest) if re.match(r"in|as|with", rest) else rest, False,
    ),
    (
        _pattern(rf"(?:you(?:'re|r| are)(?: being)?|you sound|(?:that|this|it) sounds?|your (?:tone|answers?|repl(?:y|ies)"
                 rf"|messages?) (?:is|are|sounds?|feels?))(?: (?:way|far|a bit|a little|much|so|rather|still))* (?:too|so) (?P<what>{_TONE})(?: for (?:me|my taste))?"
                 rf"|you(?:'re| are) being (?P<being>{_TONE})|(?:a bit|a little|bit|rather|way)(?: too)? (?P<tone>{_TONE}) for (?:me|my taste)"
                 rf"|why (?:are you|is (?:this|that|it|your tone)|so)(?: (?:always|so|still|all))+ (?P<why>{_TONE})"),
        "complaint", _less, False,
    ),
    (_pattern(r"i can(?:'t|not) read (?:all |through )?(?:this|that|all this|all that)"), "complaint", lambda _: "keep it shorter", False),
    (_pattern(r"not (?:so|too|that|quite so) (?P<what>(?:many|much|long|short|fast|formal|deep|detailed)\b.*)"), "fragment",
     lambda rest: f"do not use so {rest}", False),
    (_pattern(r"(?:it(?:'d| would| is|'s) )?(?:be )?(?:good|nice|great|useful|helpful|handy|important)(?: for me)? to (?:know|hear|be told|learn)"
              r" (?P<what>(?:how|what|why|where|when|which|whether|if) (?:you|your|sure)\b.*)"), "wish", lambda rest: f"say {rest}", False),
    (_pattern(r"why (?:so many|so much|all these|all the) (?P<what>\S.*)"), "complaint", negative, True),
    (_pattern(r"why is everything (?P<what>(?:in|as)\s.*)"), "complaint", _not_placed, True),
    (_pattern(r"you (?:sound|read|talk|write) like (?P<what>\S.*)"), "complaint", lambda rest: f"do not sound like {rest}", False),
    (
        _pattern(r"(?:you|u) (?:gave|wrote|used|put|added|made) (?:me )?(?P<what>\S.*?) again"),
        "complaint", negative, True,
    ),
    (
        _pattern(rf"(?:you|u) (?:do not|don't|dont|needn't|need not|shouldn't)(?: (?:always|really|ever))?(?: (?:have|need) to)?"
                 rf"(?: (?:always|keep))? (?P<what>(?:{_VERB})\b.*)|no need (?:for you )?to (?P<task>\S.*)"),
        "prohibition", _stop_doing, False,
    ),
    (_pattern(r"no need for (?P<what>(?!now\b|that\b|it\b|this\b)\S.*)"), "prohibition", negative, False),
    (_pattern(r"(?:do not|don't|dont|stop|never)(?: just)? (?P<what>(?:agree|agreeing|argue|arguing|flatter|mother)\b.*)"),
     "prohibition", _stop_doing, False),
    (
        _pattern(r"(?:(?:can|could|would|will) you )?(?P<what>(?:talk|speak|write|explain|treat|address)(?: (?:it|this|things))?(?: (?:to|with))?"
                 r"(?: (?:me|it|us))? (?:like|as if|as though)\s.*)"),
        "request", _as_said, False,
    ),
    (
        _pattern(rf"(?P<what>(?:tell|warn|correct|ask|stop|interrupt|remind)(?: me| us)?(?: \w+)?,? {_SITUATION} (?:you|i|something|anything)\b.*"
                 rf"|(?:say|admit|disagree|push back|speak up)(?: so)?(?: with me)?,? {_SITUATION} (?:you|i)\b.*"
                 r"|(?:say|write) (?:\"[^\"]*\"|[\ue000-\uf8ff]) (?:instead of|rather than)\s.*"
                 r"|(?:pick|choose|decide) for me(?: .*)?)"),
        "imperative", _as_said, False,
    ),
    (
        _pattern(r"(?P<what>show (?:me )?(?:your|all|all the|all your|every|each) (?:work|working|steps?|workings|reasoning)"
                 r"|cut to the chase|get to the point|lighten up(?: .*)?|loosen up(?: .*)?|tone (?:it|that) down(?: .*)?"
                 r"|(?:double|sanity)[- ]check your .*|say (?:what|where|when) you (?:changed|assumed|rounded|guessed).*"
                 r"|(?:explain|list|mark|highlight|note|tell me) what you(?:'ve)? (?:changed|assumed|left out|added|removed)\b.*)"),
        "imperative", _as_said, False,
    ),
    (_pattern(r"(?:just|only|simply) (?P<what>(?:(?:the|an?|one|plain|bare) )?(?:\w+ )?\w+)"), "fragment",
     lambda rest: f"give only {rest}", True),
    (_pattern(r"(?P<what>(?:less|fewer|more) [\w-]+(?: [\w-]+)?(?:(?:,| and|,? but) (?:less|fewer|more|no) [\w-]+(?: [\w-]+)?)+"
              r"|fewer [\w-]+(?: [\w-]+)?)"), "fragment", _used, False),
    (
        _pattern(r"(?:i|we) (?:always |only |both )?(?:use|write|prefer|spell|name|work with|work in) (?P<what>\S.*?),?"
                 r" (?:(?:so )?(?:should|must|do) you|(?:so )?(?:please )?(?:match|follow|stick to|do|keep to) (?:that|it|this)(?: too)?)"
                 r"|(?:my|our) (?:\w+ ){1,3}(?:says|wants|requires|asks for) (?P<rule>\S.*?),? (?:so )?(?:please )?(?:match|follow|stick to)"
                 r" (?:that|it|this)"),
        "wish", _used, False,
    ),
    (
        _pattern(r"(?P<what>\S.*?) (?:is|are) (?:my (?:limit|max(?:imum)?)|(?:plenty|enough|the most i read|all i can take)(?: for me)?)"),
        "wish", lambda rest: f"keep answers within {rest}", False,
    ),
    (
        _pattern(r"(?:it )?(?:really )?(?:helps|would help|'d help)(?: me)?(?: (?:really|quite))?(?: a lot| so much| most| more)? (?:if|when) (?P<what>\S.*)"),
        "wish", lambda rest: f"have {rest}" if not rest.lower().startswith("you ") else verb_phrase(rest[4:]), True,
    ),
    (
        _pattern(r"(?P<what>(?:every|each|any) [\w ]{2,40}? you (?:give|hand|send|show|write|post|make)(?: me| us)?"
                 r" (?:comes?|gets?|has|needs?|starts?|ends?|must|should)\b.*)"),
        "should", lambda rest: f"make sure that {rest}", False,
    ),
)  # fmt: skip

_ASIDE = re.compile(r",?\s+(?:tbh|imo|imho|lol|haha|honestly|to be honest|you know|by the way|btw)$", re.IGNORECASE)
_ALWAYS = re.compile(r"^always (?P<verb>[a-z]{3,})(?P<rest>\s\S.*)$", re.IGNORECASE)
_NO_VERB = re.compile(
    r"^(?:the|an?|and|been|being|has|had|was|were|is|are|have|there|this|that|it|in|on|at|same|somebody|one|people)$",
    re.IGNORECASE,
)


def read_idiom(clause: str, whole: str) -> Reading | None:
    """The request in a clause, if it is one of those turns of phrase; `whole` is its sentence, words such as "always"
    included."""
    clause = _ASIDE.sub("", clause.strip(" .!?,"))
    for pattern, kind, action, formal in _IDIOMS:
        if match := pattern.match(clause):
            what = next((group for group in match.groups() if group), "")
            if formal and not (FORM.search(what) or RELATED.search(what)):
                continue
            said = action(what)
            return Reading(kind, said, said.startswith("do not "), idiomatic=True)
    match = _ALWAYS.match(whole.strip(" .!?,"))
    if match and not _NO_VERB.match(match["verb"]):
        return Reading("imperative", f"{base_form(match['verb'])}{match['rest']}", idiomatic=True)
    return None
