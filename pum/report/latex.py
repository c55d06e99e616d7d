"""Tables of the report as LaTeX, to \\input; they want the packages booktabs, graphicx and longtable."""

import pandas as pd

from pum.analysis.tables import latex_table, latex_text
from pum.report.readable import ReadableTable

# Of a page: its rows at \footnotesize, the letters of a line at \small; letters from which cells, headings are broken.
_ROWS, _LETTERS, _LONG_CELL, _LONG_HEADING = 40, 95, 34, 14
_GAP = 3


def latex_item(table: ReadableTable, caption: str, name: str) -> str:
    """On one page where it fits, over several otherwise; \\label{tab:report-NAME}: tab:NAME is the analysis's own."""
    headings = [_halves(heading) for heading in table.headings]
    widths = [
        max(max(map(len, heading)), *map(len, cells))
        for heading, cells in zip(headings, zip(*table.rows, strict=True), strict=True)
    ]
    columns = "".join(
        "r" if number else r"p{0.26\textwidth}" if width > _LONG_CELL else "l"
        for width, number in zip(widths, table.numeric, strict=True)
    )
    frame = pd.DataFrame([[latex_text(cell) for cell in row] for row in table.rows])
    frame.columns = [_heading(*halves, number) for halves, number in zip(headings, table.numeric, strict=True)]
    arguments = (frame, columns, caption, f"tab:report-{name}")
    if len(frame) > _ROWS:
        long = latex_table(*arguments, environment="longtable", position=None, position_float=None)
        return "\\begingroup\\footnotesize\\setlength{\\tabcolsep}{4pt}\n" + long + "\\endgroup\n"
    # Shrunk to the page only if wider: \resizebox would blow up the narrow ones.
    wide = sum(min(width, _LONG_CELL) + _GAP for width in widths) > _LETTERS
    begin, end = ("\\resizebox{\\textwidth}{!}{%\n", "}") if wide else ("", "")
    text = latex_table(*arguments).replace(r"\begin{tabular}", "\\small\n" + begin + r"\begin{tabular}")
    return text.replace(r"\end{tabular}", r"\end{tabular}" + end)


def _halves(heading: str) -> tuple[str, str]:
    """At the space nearest to the middle; all in the first if short, or one word."""
    spaces = [place for place, sign in enumerate(heading) if sign == " "]
    if len(heading) <= _LONG_HEADING or not spaces:
        return heading, ""
    middle = min(spaces, key=lambda place: abs(2 * place - len(heading)))
    return heading[:middle], heading[middle + 1 :]


def _heading(first: str, second: str, number: bool) -> str:
    """On two lines if it is long: columns are to be as wide as what stands in them."""
    if not second:
        return latex_text(first)
    return rf"\shortstack[{'r' if number else 'l'}]{{{latex_text(first)}\\{latex_text(second)}}}"
