"""The report: the paper as one page, its tables for LaTeX, single sessions as pages, and the numbers in the README.

`contents` reads data/report.yaml, which says what the page holds, in which order, under which captions; start there.
`numbers` finds the numbers that sentences quote; `readable` turns a table of results into words; `page` fills the
templates; `latex` writes the tables. Nothing here makes results or figures.
"""
