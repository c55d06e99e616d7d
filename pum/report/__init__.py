"""The paper as one page with its tables for LaTeX, single sessions as pages, and the numbers in the README.

`contents` reads data/report.yaml, which says what the page holds, in which order, under which captions; start there.
`numbers` are what its sentences quote from the results; `readable` turns a table of results into words; `page` fills
the templates, `latex` writes the tables. Reads results and figures, and makes none.
"""
