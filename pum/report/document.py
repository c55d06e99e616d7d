"""What every page of ours is wrapped in: legible on a phone, by day and by night, and nothing to be fetched."""

from html import escape

_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
"""Browsers refuse everything that would have to be fetched, and say so."""

_STYLE = """
:root { color-scheme: light dark; --ink: #1a1a1a; --paper: #fff; --faint: #667; --line: #d8d8e0; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8e8ec; --paper: #17181c; --faint: #a3a3b2; --line: #3a3b44; } }
body { margin: 0 auto; max-width: 54rem; padding: 1rem; color: var(--ink); background: var(--paper);
       font: 1rem/1.55 system-ui, sans-serif; overflow-wrap: break-word; }
h1 { font-size: 1.7rem; line-height: 1.2; } h2 { margin-top: 2.5rem; border-bottom: 1px solid var(--line); }
nav ul { columns: 16rem; padding-left: 1.2rem; } a { color: inherit; }
figure { margin: 1.5rem 0; } img { max-width: 100%; height: auto; background: #fff; border-radius: 4px; }
figcaption, caption { color: var(--faint); font-size: .9rem; text-align: left; padding-bottom: .4rem; }
.table { overflow-x: auto; margin: 1.5rem 0; } table { border-collapse: collapse; font-size: .82rem; }
th, td { padding: .25rem .6rem; border-bottom: 1px solid var(--line); text-align: left; }
th { vertical-align: bottom; } td { max-width: 22rem; }
td.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
"""


def document(title: str, body: str) -> str:
    """A whole page; `body` is HTML."""
    return "\n".join(
        [
            '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
            '<link rel="icon" href="data:,">',
            f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>",
            body,
            "</main>\n</body>\n</html>\n",
        ]
    )
