"""The verbs with which people tell somebody how to answer."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


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
