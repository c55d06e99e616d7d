"""Tables as LaTeX, to \\input; they want the packages booktabs, graphicx and longtable."""

from pum.analysis.tables import latex_text
from pum.report.readable import ReadableTable

# Of a page: its rows at \footnotesize, the letters of a line at \small; letters from which cells, headings are broken.
_ROWS, _LETTERS, _LONG_CELL, _LONG_HEADING = 40, 95, 34, 14
_GAP = 3


def latex_table(table: ReadableTable, caption: str, name: str) -> str:
    """On one page where it fits, over several otherwise; \\label{tab:report-NAME}: tab:NAME is the analysis's own."""
    head = " & ".join(map(_heading, table.headings, table.numeric)) + r" \\"
    body = [" & ".join(map(latex_text, row)) + r" \\" for row in table.rows]
    title = rf"\caption{{{latex_text(caption)}}}\label{{tab:report-{name}}}"
    columns = f"{{{_columns(table)}}}"
    if len(body) > _ROWS:
        lines = _long(title, columns, head, body, len(table.headings))
    else:
        tabular = [
            rf"\begin{{tabular}}{columns}", r"\toprule", head, r"\midrule", *body, r"\bottomrule", r"\end{tabular}",
        ]  # fmt: skip
        # Shrunk to the page only if wider: \resizebox would blow up the narrow ones.
        if _width(table) > _LETTERS:
            tabular = [r"\resizebox{\textwidth}{!}{%", *tabular[:-1], tabular[-1] + "}"]
        lines = [r"\begin{table}[t]", r"\centering", title, r"\small", *tabular, r"\end{table}"]
    return "\n".join(lines) + "\n"


def _long(title: str, columns: str, head: str, body: list[str], count: int) -> list[str]:
    follows = rf"\multicolumn{{{count}}}{{l}}{{\emph{{(continued)}}}} \\"
    head = [r"\toprule", head, r"\midrule"]
    return [
        r"\begingroup\footnotesize\setlength{\tabcolsep}{4pt}",
        rf"\begin{{longtable}}{columns}",
        title + r" \\",
        *head, r"\endfirsthead", follows, *head, r"\endhead", r"\bottomrule", r"\endlastfoot",
        *body,
        r"\end{longtable}",
        r"\endgroup",
    ]  # fmt: skip


def _columns(table: ReadableTable) -> str:
    widths = _widths(table)
    texts = [r"p{0.26\textwidth}" if width > _LONG_CELL else "l" for width in widths]
    return "".join("r" if number else text for number, text in zip(table.numeric, texts, strict=True))


def _heading(text: str, number: bool) -> str:
    """On two lines if it is long: columns are to be as wide as what stands in them."""
    first, second = _halves(text)
    return (
        rf"\shortstack[{'r' if number else 'l'}]{{{latex_text(first)}\\{latex_text(second)}}}"
        if second
        else latex_text(first)
    )


def _halves(text: str) -> tuple[str, str]:
    """At the space nearest to the middle; all in the first if short, or one word."""
    spaces = [place for place, sign in enumerate(text) if sign == " "]
    if len(text) <= _LONG_HEADING or not spaces:
        return text, ""
    middle = min(spaces, key=lambda place: abs(2 * place - len(text)))
    return text[:middle], text[middle + 1 :]


def _widths(table: ReadableTable) -> list[int]:
    headings = [max(map(len, _halves(heading))) for heading in table.headings]
    return [max(wide, *map(len, column)) for wide, column in zip(headings, zip(*table.rows, strict=True), strict=True)]


def _width(table: ReadableTable) -> int:
    """In letters."""
    return sum(min(width, _LONG_CELL) + _GAP for width in _widths(table))
