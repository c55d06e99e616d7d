"""The registry of checkers. A new checker is one function in a file of this package:

    @checker("haiku")
    def haiku(document: Document, situation: Situation) -> Judgement: ...

A preference in data/preferences.yaml names it as its `style`; data/checkers.yaml has examples of both verdicts.
"""

from collections.abc import Callable

from pum.bench.checkers.echoes import without_echoes
from pum.bench.markdown import Document, parse
from pum.bench.types import Situation, Verdict
from pum.core.registry import Registry

# True: satisfied, False: violated, None: not applicable, since the reply lacks what is judged.
Judgement = bool | None
Checker = Callable[[Document, Situation], Judgement]

CHECKERS: Registry[Checker] = Registry("checker", "pum.bench.checkers")
checker = CHECKERS.register
_VERDICTS = {True: Verdict.SATISFIED, False: Verdict.VIOLATED, None: Verdict.NOT_APPLICABLE}


def check(style: str, reply: str, situation: Situation) -> Verdict:
    """The verdict on `reply`; InputError, with the nearest name, for a style without a checker.

    A reply that is satisfied only by what it repeats of its instructions is not.
    """
    judge = CHECKERS[style]
    judgement = judge(parse(reply), situation)
    if judgement and (rest := without_echoes(reply, style)) != reply:
        judgement = judge(parse(rest), situation)
    return _VERDICTS[judgement]
