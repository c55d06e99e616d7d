"""Tables as CSV and JSON for machines, as LaTeX for papers, and as data frames of text for a person."""

import json
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from pum.analysis.style import HIGHER_IS_BETTER, OUTCOMES, label

# Outcome -> short heading, factor, decimals.
_SHORT = {
    "enforcements": ("Enforcements", 1, 2),
    "success": ("Success (%)", 100, 1),
    "timeout": ("Timeout (%)", 100, 1),
    "user_tokens": ("User tokens", 1, 0),
    "agent_tokens": ("Agent tokens", 1, 0),
}
_SPECIAL = str.maketrans(
    {sign: rf"\{sign}" for sign in "&%$#_{}"}
    | {"~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "\\": r"\textbackslash{}"}
    | {"<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}", "−": "$-$", "—": "---"}
)


def write_csv(table: pd.DataFrame, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    table.to_csv(path, index=False, lineterminator="\n", float_format="%.6g")


def write_json(metrics: dict, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(metrics, indent=1) + "\n", encoding="utf-8")


def write_main_latex(table: pd.DataFrame, path: Path, caption: str, name: str) -> None:
    """Means with 95% intervals in brackets, arrows for the better direction, and session counts."""
    shown = readable(table).reset_index().map(latex_text)
    arrows = {
        heading: r" $\uparrow$" if outcome in HIGHER_IS_BETTER else r" $\downarrow$"
        for outcome, (heading, *_) in _SHORT.items()
    }
    shown.columns = [latex_text(heading) + arrows.get(heading, "") for heading in shown]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(latex_table(shown, f"l{'r' * (len(OUTCOMES) + 1)}", caption, f"tab:{name}"), encoding="utf-8")


def latex_table(table: pd.DataFrame, columns: str, caption: str, name: str, **options: object) -> str:
    """With booktabs' rules. Headings and cells are LaTeX already, `columns` says how they are set, `name` is the label;
    `options` as those of `Styler.to_latex`."""
    form = {"position": "t", "position_float": "centering", "hrules": True, **options}
    return table.style.hide(axis="index").to_latex(
        column_format=columns, caption=latex_text(caption), label=name, **form
    )


def latex_text(text: str) -> str:
    """Plain text for LaTeX: what means something there, or is another sign in its oldest fonts, is written out."""
    return text.translate(_SPECIAL)


def readable(table: pd.DataFrame) -> pd.DataFrame:
    """Of `main_table`, the same numbers for a person: `mean [low, high]`."""
    columns = {
        heading: [estimate(row, outcome, factor, decimals) for row in table.to_dict("records")]
        for outcome, (heading, factor, decimals) in _SHORT.items()
    }
    counts = [f"{row.finished}/{row.scheduled}" for row in table.itertuples(index=False)]
    return pd.DataFrame({"Method": table.method.map(label), **columns, "Sessions": counts}).set_index("Method")


def estimate(row: Mapping[str, float], name: str, factor: float, decimals: int) -> str:
    """`mean [low, high]` of the columns NAME_mean, NAME_low, NAME_high; nothing where there is no mean."""
    mean, low, high = (factor * row[f"{name}_{part}"] for part in ("mean", "low", "high"))
    return "" if pd.isna(mean) else f"{mean:.{decimals}f} [{low:.{decimals}f}, {high:.{decimals}f}]"


def beside(table: pd.DataFrame, rows: str, columns: str, names: Mapping[str, str], digits: int = 1) -> pd.DataFrame:
    """For a person: cells `ours (published)`, of a table with these two columns; `names`: what to call measures."""

    def cell(ours: float, published: float) -> str:
        texts = [f"{value:.{digits}f}" for value in (ours, published) if pd.notna(value)]
        return texts[0] + (f" ({texts[1]})" if len(texts) > 1 else "") if texts else ""

    def name(key: str) -> str:
        return names.get(key, label(key))

    shown = table.assign(cell=[cell(row.ours, row.published) for row in table.itertuples(index=False)])
    order = {key: list(dict.fromkeys(table[key])) for key in (rows, columns)}
    grid = shown.pivot(index=rows, columns=columns, values="cell").loc[order[rows], order[columns]].fillna("")
    return grid.rename(index=name, columns=name)


def dashed(table: pd.DataFrame) -> pd.DataFrame:
    """For a person: a dash where there is no number, as where nothing differed and so nothing was tested."""
    return table.astype(object).where(table.notna(), "—")
