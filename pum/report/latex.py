"""Tables as LaTeX, to \\input; they want the package booktabs."""

import pandas as pd

from pum.report.cells import shown

_SPECIAL = str.maketrans(
    {c: rf"\{c}" for c in "&%$#_{}"} | {"~": r"\textasciitilde{}", "^": r"\^{}", "\\": r"\textbackslash{}"}
)


def latex_table(table: pd.DataFrame, caption: str, name: str) -> str:
    numeric = [pd.api.types.is_numeric_dtype(table[column]) for column in table]
    rows = [list(table.columns), *([shown(value) for value in row] for row in table.itertuples(index=False))]
    head, *body = (" & ".join(str(cell).translate(_SPECIAL) for cell in row) + r" \\" for row in rows)
    lines = [
        r"\begin{table}[t]",
        r"\centering",
        rf"\caption{{{caption.translate(_SPECIAL)}}}",
        rf"\label{{tab:{name}}}",
        rf"\begin{{tabular}}{{{''.join('r' if number else 'l' for number in numeric)}}}",
        r"\toprule",
        head,
        r"\midrule",
        *body,
        r"\bottomrule",
        r"\end{tabular}",
        r"\end{table}",
    ]
    return "\n".join(lines) + "\n"
