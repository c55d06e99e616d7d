"""What people ask an assistant to make, find out or change: tasks, which look like wishes for a form of answers."""

import re

from pum.language.lexicon import ARTIFACT, ASSISTANCE, FORM, MATERIAL, TASK

_ANSWER_NOUN = (
    r"(?:answers?|repl(?:y|ies)|responses?|explanations?|output|steps?|code|solutions?|options|trade-?offs|changes"
    r"|assumptions|parameters|results?|points?|ideas?|reasoning|conclusions?|sections?|paragraphs?|lists?|tables?"
    r"|comparisons?|alternatives|commands?|docs|terms|components|keywords|imports|examples?|remarks|factors|causes"
    r"|snippets?|blocks?|formulas?|names|arguments?|headings?|derivations?|proofs?)"
)
_CONTENT_OF = re.compile(
    r"\b(?:remarks?|questions?|examples?|explanations?|definitions?|summar(?:y|ies)|lists?|tables?|derivations?"
    r"|descriptions?|overviews?"
    r"|outlines?|diagrams?|paragraphs?|sentences?|bullet points?|bullets|snippets?|proofs?|solutions?|reviews?"
    r"|docstrings?)"
    r"\s+(?:of|about|on|for|describing|comparing)\s+(?!(?:your|it|me|clarity|readability|emphasis|each|every|any"
    r"|all|both"
    r"|what\s+(?:you|changed)|how\s+you|the\s+(?:\w+\s+)?"
    + _ANSWER_NOUN
    + r"|the\s+(?:pros|key|main|whole)|"
    + _ANSWER_NOUN
    + r"|code|functions?|text|context|prose|length|at\s+most|(?:more|less|fewer)\s+than|\d+|no|one|two|three)\b)",
    re.IGNORECASE,
)
_ON_MATERIAL = re.compile(
    r"^(?:do not )?(?:summari[sz]e|translate|explain|describe|check|list|define|compare|answer|rewrite|rephrase|shorten"
    r"|format|reformat|correct|fix|review|improve|simplify|convert|sort|expand|turn|make|read|complete|condense"
    r"|annotate"
    r"|comment|document|split|write|put)\s+(?:me\s+|up\s+)?(?:(?:the\s+(?:\w+\s+){0,2}?(?:(?:below|above)(?! each"
    r"| every| the)|article"
    r"|sentence|string|text|array"
    r"|paragraph|passage|essay|letter|e-?mail|list into|equation|expression|numbers?|words?)\b)"
    r"|(?:this|these|those|that|my|our|the (?:following|above|attached))\s+paragraph"
    r"|(?:this|these|those|that|my|our|the (?:following|above|attached))\s+(?!(?:\w+\s+)?(?:mistakes?|errors?"
    r"|english|spelling|grammar|terms|wording)\b|(?:"
    + _ANSWER_NOUN
    + r"|way|format|style|kind|sort|is|as|in|into|to|with|imports|comments)\b)\w+)",
    re.IGNORECASE,
)
_IN_MATERIAL = re.compile(
    r"\b(?:to|into|in|inside|for|from|of|on|with)\s+(?:(?:this|my|our|that|these|those|his|her|their"
    r"|the (?:following|above))\s+"
    r"(?:\w+\s+){0,2}(?:function|class|method|script|file|program|app|website|page|documents?|doc|essay|paper|cv|resume"
    r"|thesis|article|letter|e-?mail|presentation|slides?|report|book|blog|homework|spreadsheet|database|game"
    r"|story|poem"
    r"|boss|team|teacher|clients?|friends?|wife|husband|kids?|colleagues?|profile|portfolio|company|loop|dataset"
    r"|data)\b"
    r"|the (?:\w+ ){1,3}(?:above|below)(?=$|[,.?!)])|(?:word|excel|powerpoint|google docs)\b)",
    re.IGNORECASE,
)
_CONTENT_QUESTION = re.compile(
    r"^explain\b.*\bagain$|^let me know\b|^add\s.*\bto (?:this|my)\s|^use the (?:\w+ ){0,2}(?:below|above"
    r"|following|fact)\b"
    r"|^(?:do not )?(?:explain|describe|tell|show|say|define|list|summari[sz]e|name|give|check|find|see)\s+"
    r"(?:(?:briefly|shortly|quickly|concisely|in detail|me|us|again)\s+)*"
    r"(?:what|how|why|who|where|when|whether|if|which|(?:the )?difference|the concept|about)\s+"
    r"(?!.*\b(?:you|your|i|i'm|i'd|each|every|before|first|then|instead|rather|changed|and why|and how)\b)\w+",
    re.IGNORECASE,
)
_PREMISE = re.compile(
    r"^(?:assume(?!\s+(?:that\s+)?(?:i|i'm)\b)|suppose|consider|say (?:you|there|that|we|i))\b", re.IGNORECASE
)
_QUOTED_ANSWER = re.compile(
    r"^(?:format|express|give|state|write|provide) (?:your|the) (?:final )?answers?:? (?:like|as(?: follows"
    r"|:))(?=\W)|^(?:answer|solve|complete|do)\s+(?:the|this|these)\s+(?:following|above|next|below)\b",
    re.IGNORECASE,
)
_THING_MADE = re.compile(
    r"^show that\b|^(?:compare|contrast|sort)\s+(?!(?:it|them|those|these)\b)|^do not (?:be|use) (?:a |an "
    r"|the )?(?:calculator|prime|equal|zero|negative|empty)\b"
    r"|^(?:do not )?return (?:true|false|none|the|an?|all|each)\b|^(?:make|keep|have) the (?:\w+ )?(?:button"
    r"|screen|page|app|menu|image|window|sidebar|website)\b|^(?:do|does|did)\s+(?:you|i|we|they|it\s+have|these"
    r"|those|the|my)\b|^let\s+(?!me\b|us\b|your\b|the\s+(?:answer|reply|response|code))"
    r"|^(?:find|locate)\b(?!.*\b(?:where|exact|line)\b)|^(?:have|keep|use|make|put|give)\s+(?:my|his|her|our"
    r"|their)\s+(?:\w+\s+)?(?:function|program|app|script|button|page|class"
    r"|method|loop|website|game|user|form|server|list|array|string|file|boss|teacher|team|client)\b",
    re.IGNORECASE,
)


def is_task(action: str, standing: bool, request_type: bool) -> bool:
    """Asks for a value, a thing or help. `standing`: said to hold from now on, as tasks are not."""
    if ARTIFACT.match(action) or ASSISTANCE.match(action) or _THING_MADE.match(action) or _QUOTED_ANSWER.match(action):
        return True
    if standing or (_PREMISE.match(action) and not request_type):
        return not standing
    return bool(TASK.search(action) or (MATERIAL.match(action) and not FORM.search(action)))


def asks_for_content(action: str) -> bool:
    """Names what to speak about, or the user's own material to work on."""
    if action.startswith("do not "):
        return bool(_IN_MATERIAL.search(action))
    return bool(
        _CONTENT_OF.search(action)
        or _ON_MATERIAL.match(action)
        or _IN_MATERIAL.search(action)
        or _CONTENT_QUESTION.match(action)
    )
