"""How well are relations of wishes and signs of reactions read? The trained readers, beside those they replace.

measure   the numbers, from labels and readings
compare   cross-validation on the development sets, the older readers there, and the sets that nobody has seen

`python -m pum.experiments.trained_readers.compare` prints all that is measured on development data; with a folder of
unseen sets, the fitted readers' numbers there.
"""
