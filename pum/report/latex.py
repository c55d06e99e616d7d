"""Tables of the report as LaTeX, to \\input; they need the packages booktabs, graphicx and longtable."""

import pandas as pd

from pum.report.readable import ReadableTable

# A page's rows at \footnotesize, and a line's letters at \small; longer cells and headings than these are broken.
_ROWS, _LETTERS, _LONG_CELL, _LONG_HEADING = 40, 95, 34, 14
_GAP = 3
_SPECIAL = str.maketrans(
    {sign: rf"\{sign}" for sign in "&%$#_{}"}
    | {"~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "\\": r"\textbackslash{}"}
    | {"<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}", "−": "$-$", "—": "---"}
)


def latex_item(table: ReadableTable, caption: str, name: str) -> str:
    """A table with \\label{tab:report-NAME}: on one page if it fits, otherwise over several."""
    headings = [_halves(heading) for heading in table.headings]
    widths = [
        max(max(map(len, heading)), *map(len, cells))
        for heading, cells in zip(headings, zip(*table.rows, strict=True), strict=True)
    ]
    columns = "".join(
        "r" if number else r"p{0.26\textwidth}" if width > _LONG_CELL else "l"
        for width, number in zip(widths, table.numeric, strict=True)
    )
    frame = pd.DataFrame([[_escaped(cell) for cell in row] for row in table.rows])
    frame.columns = [_heading(*halves, number) for halves, number in zip(headings, table.numeric, strict=True)]
    arguments = (frame, columns, caption, f"tab:report-{name}")
    if len(frame) > _ROWS:
        long = _latex(*arguments, environment="longtable", position=None, position_float=None)
        return "\\begingroup\\footnotesize\\setlength{\\tabcolsep}{4pt}\n" + long + "\\endgroup\n"
    # Only for wide tables, because \resizebox would enlarge narrow ones.
    wide = sum(min(width, _LONG_CELL) + _GAP for width in widths) > _LETTERS
    begin, end = ("\\resizebox{\\textwidth}{!}{%\n", "}") if wide else ("", "")
    text = _latex(*arguments).replace(r"\begin{tabular}", "\\small\n" + begin + r"\begin{tabular}")
    return text.replace(r"\end{tabular}", r"\end{tabular}" + end)


def _escaped(text: str) -> str:
    return text.translate(_SPECIAL)


def _latex(table: pd.DataFrame, columns: str, caption: str, label: str, **options: object) -> str:
    """A table with booktabs rules whose headings and cells are LaTeX already; `options` go to `Styler.to_latex`."""
    form = {"position": "t", "position_float": "centering", "hrules": True, **options}
    styler = table.style.hide(axis="index")
    return styler.to_latex(column_format=columns, caption=_escaped(caption), label=label, **form)


def _halves(heading: str) -> tuple[str, str]:
    """Split a heading at the space nearest to its middle; short ones and single words stay whole."""
    spaces = [place for place, sign in enumerate(heading) if sign == " "]
    if len(heading) <= _LONG_HEADING or not spaces:
        return heading, ""
    middle = min(spaces, key=lambda place: abs(2 * place - len(heading)))
    return heading[:middle], heading[middle + 1 :]


def _heading(first: str, second: str, number: bool) -> str:
    """A heading, on two lines if it is long, so that it does not widen its column."""
    if not second:
        return _escaped(first)
    return rf"\shortstack[{'r' if number else 'l'}]{{{_escaped(first)}\\{_escaped(second)}}}"
