"""How often a model follows notes, by the form in which they stand in its prompt; from recorded replies."""

from collections.abc import Iterable, Mapping

import pandas as pd
from scipy.stats import binomtest

from pum.analysis.statistics import bootstrap_mean
from pum.bench.checkers.checking import check
from pum.bench.tasks.grading import VerdictStore, grade
from pum.bench.types import Preference, Situation, Task, Verdict
from pum.calibration.fit import proportion
from pum.core.validation import FrozenModel

RESAMPLES = 10_000
BASE = "system"
"""The form that the others are compared with."""
_CELL = ["system", "about", "wording", "notes", "form"]


class FormReply(FrozenModel):
    """One reply of the comparison; its key names preference, round and condition (`pum.experiments.note_forms.plan`).

    `prompt`: a digest of the messages. `noted`: the ids of the noted preferences, in order. `answers_task`: the reply
    must solve the task. `cut`: it ended at the limit of tokens.
    """

    key: str
    form: str
    notes: int
    wording: str
    about: str
    system: str
    focus: str
    number: int
    prompt: str
    noted: list[str]
    task: str
    tags: list[str]
    answers_task: bool
    reply: str
    prompt_tokens: int
    completion_tokens: int
    cut: bool


def best_forms(
    replies: Iterable[FormReply], catalogue: Mapping[str, Preference], tasks: Mapping[str, Task]
) -> tuple[str, ...]:
    """The two forms beside BASE in which most single notes were followed; of equal ones the first by name."""
    followed: dict[str, int] = {}
    for it in replies:
        if (it.notes, it.about, it.wording, it.system) == (1, "focus", "action", "graded") and it.form != BASE:
            verdict = _verdict(it, catalogue[it.focus], tasks)
            followed[it.form] = followed.get(it.form, 0) + (verdict is Verdict.SATISFIED)
    return tuple(sorted(followed, key=lambda form: (-followed[form], form))[:2])


def form_table(
    replies: Iterable[FormReply],
    catalogue: Mapping[str, Preference],
    tasks: Mapping[str, Task],
    verdicts: VerdictStore | None = None,
) -> pd.DataFrame:
    """A row per condition; its `outcome` depends on what was played.

    `followed`: the checker of the note that applies is satisfied; a reply to which it does not apply does not count as
    following. `acted_on`: the only note does not apply, and its checker is satisfied all the same; without notes (form
    `none`) it is the same checker. `solved`: a task with the notes that `rag` finds.

    `count` of `of`, with Wilson's 95% interval; `gained` and `lost` against BASE on the same occasions, McNemar's exact
    p, and the difference with a 95% bootstrap interval over preferences. `noted_followed` of `noted`: all noted
    preferences that apply; `wrong_acted_on` of `wrong`: those that do not. `solved` of `tasks` that the replies had to
    solve, `cut` replies, and the mean numbers of tokens.
    """
    played = sorted((it for it in replies if it.about != "first_turn"), key=lambda it: it.key)
    unnoted = {(it.focus, it.number): it for it in played if it.notes == 0 and it.system == "graded"}
    for it in [it for it in played if it.about == "other" and it.form == BASE]:
        if silent := unnoted.get((it.focus, it.number)):
            played.append(silent.model_copy(update={"about": "other", "noted": it.noted}))
    seen = pd.DataFrame([_seen(it, catalogue, tasks, verdicts) for it in played])
    rows = []
    for cell, of in seen.groupby(_CELL, sort=True) if len(seen) else ():
        row = dict(zip(_CELL, cell, strict=True))
        rows.append({**row, **_counted(of), **_paired(of, _base(seen, row)), **_totals(of)})
    return pd.DataFrame(rows)


_OUTCOMES = {"focus": "followed", "other": "acted_on", "task": "solved"}


def _seen(
    it: FormReply, catalogue: Mapping[str, Preference], tasks: Mapping[str, Task], verdicts: VerdictStore | None
) -> dict:
    tags = frozenset(it.tags)
    noted = [catalogue[id_] for id_ in it.noted if catalogue[id_].style]
    applying = [preference for preference in noted if preference.when.matches(tags)]
    wrong = [preference for preference in noted if not preference.when.matches(tags)]
    focus = _verdict(it, catalogue[it.focus], tasks)
    found = {
        "followed": focus is Verdict.SATISFIED,
        "acted_on": _satisfied(it, wrong, tasks),
        "solved": it.answers_task and grade(tasks[it.task], it.reply, verdicts),
    }
    return {
        **{name: getattr(it, name) for name in _CELL}, "focus": it.focus, "number": it.number,
        "outcome": bool(found[_OUTCOMES[it.about]]),
        "not_applicable": it.about == "focus" and focus is Verdict.NOT_APPLICABLE,
        "noted_followed": _satisfied(it, applying, tasks), "noted": len(applying),
        "wrong_acted_on": found["acted_on"], "wrong": len(wrong),
        "solved": found["solved"], "tasks": it.answers_task,
        "cut": it.cut, "completion_tokens": it.completion_tokens, "prompt_tokens": it.prompt_tokens,
    }  # fmt: skip


def _satisfied(it: FormReply, preferences: Iterable[Preference], tasks: Mapping[str, Task]) -> int:
    return sum(_verdict(it, preference, tasks) is Verdict.SATISFIED for preference in preferences)


def _verdict(it: FormReply, preference: Preference, tasks: Mapping[str, Task]) -> Verdict:
    return check(str(preference.style), it.reply, Situation(tasks[it.task], frozenset(it.tags)))


def _base(seen: pd.DataFrame, row: Mapping[str, object]) -> pd.DataFrame:
    """What a condition is compared with: BASE with as many notes, in the same words; for one without notes, the fewest
    that were played."""
    like = {**row, "form": BASE, "system": "graded", "notes": row["notes"] or (3 if row["about"] == "task" else 1)}
    return seen[(seen[_CELL] == pd.Series(like)[_CELL]).all(axis=1)]


def _counted(of: pd.DataFrame) -> dict:
    count, about = int(of.outcome.sum()), of.about.iloc[0]
    rate, low, high = proportion(count, len(of))
    return {
        "outcome": _OUTCOMES[about], "count": count, "of": len(of), "not_applicable": int(of.not_applicable.sum()),
        "rate": rate, "low": low, "high": high,
    }  # fmt: skip


def _paired(of: pd.DataFrame, base: pd.DataFrame) -> dict:
    both = of.merge(base[["focus", "number", "outcome"]], on=["focus", "number"], suffixes=("", "_base"))
    if both.empty:
        return dict.fromkeys(("gained", "lost", "p", "difference", "difference_low", "difference_high"))
    change = both.outcome.astype(int) - both.outcome_base.astype(int)
    gained, lost = int((change > 0).sum()), int((change < 0).sum())
    estimate = bootstrap_mean(change.groupby(both.focus, sort=True).mean().to_numpy(), RESAMPLES, "note forms")
    return {
        "gained": gained, "lost": lost, "p": binomtest(gained, gained + lost).pvalue if gained + lost else 1.0,
        "difference": estimate.mean, "difference_low": estimate.low, "difference_high": estimate.high,
    }  # fmt: skip


def _totals(of: pd.DataFrame) -> dict:
    names = ("noted_followed", "noted", "wrong_acted_on", "wrong", "solved", "tasks", "cut")
    means = {f"mean_{name}": of[name].mean() for name in ("completion_tokens", "prompt_tokens")}
    return {name: int(of[name].sum()) for name in names} | means
