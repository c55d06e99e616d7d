"""Datasets of tasks, and the graders that judge replies to them.

Start with `datasets` (the two registries; a new dataset is one file here) and `grading` (is a reply right?).
`collection` builds, writes and reads the tasks of a study; `wrong_answers` finds a plausible wrong answer to each.
Datasets: `programming`, `procedural`, `competition`, `multiple_choice`, `facts`. The other modules help the graders:
`answers`, `programs`, `formulas` and `statements` read replies; `comparisons` compares answers, and `equality_child`
formulas, in a process of its own.
"""
