"""Tables as CSV and JSON for machines and LaTeX for the paper."""

import json
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from pum.analysis.style import HIGHER_IS_BETTER, OUTCOMES, label

_SHORT = {
    "enforcements": "Enforcements",
    "success": r"Success (\%)",
    "timeout": r"Timeout (\%)",
    "user_tokens": "User tokens",
    "agent_tokens": "Agent tokens",
}
_SPECIAL = str.maketrans(
    {sign: rf"\{sign}" for sign in "&%$#_{}"}
    | {"~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "\\": r"\textbackslash{}"}
    | {"<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}", "−": "$-$", "—": "---"}
)
_PERCENT = frozenset({"success", "timeout"})
_DECIMALS = {"enforcements": 2, "success": 1, "timeout": 1, "user_tokens": 0, "agent_tokens": 0}


def write_csv(table: pd.DataFrame, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    table.to_csv(path, index=False, lineterminator="\n", float_format="%.6g")


def write_json(metrics: dict, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(metrics, indent=1) + "\n", encoding="utf-8")


def write_main_latex(table: pd.DataFrame, path: Path, caption: str, name: str) -> None:
    """Means with 95% intervals in brackets, arrows for the better direction, and session counts."""
    arrows = {outcome: r"$\uparrow$" if outcome in HIGHER_IS_BETTER else r"$\downarrow$" for outcome in OUTCOMES}
    head = " & ".join(["Method", *(f"{_SHORT[o]} {arrows[o]}" for o in OUTCOMES), "Sessions"])
    body = [
        " & ".join(
            [label(row.method), *(_cell(row, outcome) for outcome in OUTCOMES), f"{row.finished}/{row.scheduled}"]
        )
        + r" \\"
        for row in table.itertuples(index=False)
    ]
    lines = [
        r"\begin{table}[t]",
        r"\centering",
        rf"\caption{{{latex_text(caption)}}}",
        rf"\label{{tab:{name}}}",
        rf"\begin{{tabular}}{{l{'r' * (len(OUTCOMES) + 1)}}}",
        r"\toprule",
        head + r" \\",
        r"\midrule",
        *body,
        r"\bottomrule",
        r"\end{tabular}",
        r"\end{table}",
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def readable(table: pd.DataFrame) -> pd.DataFrame:
    """The same numbers for a person: `mean [low, high]`."""
    columns = {
        _SHORT[outcome].replace("\\", ""): [_cell(row, outcome) for row in table.itertuples(index=False)]
        for outcome in OUTCOMES
    }
    counts = [f"{row.finished}/{row.scheduled}" for row in table.itertuples(index=False)]
    return pd.DataFrame({"Method": table.method.map(label), **columns, "Sessions": counts}).set_index("Method")


def beside(table: pd.DataFrame, rows: str, columns: str, names: Mapping[str, str], digits: int = 1) -> pd.DataFrame:
    """For a person: cells `ours (published)`, of a table with these two columns; `names`: what to call measures."""

    def cell(ours: float, published: float) -> str:
        texts = [f"{value:.{digits}f}" for value in (ours, published) if pd.notna(value)]
        return texts[0] + (f" ({texts[1]})" if len(texts) > 1 else "") if texts else ""

    shown = table.assign(cell=[cell(row.ours, row.published) for row in table.itertuples(index=False)])
    order = {key: list(dict.fromkeys(table[key])) for key in (rows, columns)}
    grid = shown.pivot(index=rows, columns=columns, values="cell").loc[order[rows], order[columns]].fillna("")
    return grid.rename(
        index=lambda name: names.get(name, label(name)), columns=lambda name: names.get(name, label(name))
    )


def dashed(table: pd.DataFrame) -> pd.DataFrame:
    """For a person: a dash where there is no number, as where nothing differed and so nothing was tested."""
    return table.astype(object).where(table.notna(), "—")


def latex_text(text: str) -> str:
    """Plain text for LaTeX: what means something there, or is another sign in its oldest fonts, is written out."""
    return text.translate(_SPECIAL)


def _cell(row: object, outcome: str) -> str:
    scale = 100 if outcome in _PERCENT else 1
    mean, low, high = (scale * getattr(row, f"{outcome}_{part}") for part in ("mean", "low", "high"))
    digits = _DECIMALS[outcome]
    return f"{mean:.{digits}f} [{low:.{digits}f}, {high:.{digits}f}]"
