"""The simulated agent: a chat model without a language model, for experiments that run on a laptop.

`offline.OfflineAgent` is the model; start there. `instruction_parser` finds in the messages which request is open and
what was asked for, `curves` says how likely a style is followed and a task is solved, and `writer` writes the reply
from the texts in data/replies, which `replies` reads and checks. `code`, `hints` and `renaming` rewrite Python programs
in another style.
"""
