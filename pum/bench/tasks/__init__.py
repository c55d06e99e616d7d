"""Datasets of tasks, and the graders that judge replies to them.

Start with `datasets` (the two registries; a new dataset is one file here) and `grading` (is a reply right?).
`collection` builds, writes and reads tasks, `wrong_answers` finds a plausible wrong answer to each. The datasets are in
`programming`, `procedural`, `competition`, `multiple_choice`, `facts`; the rest reads answers, programs, formulas and
statements.
"""
