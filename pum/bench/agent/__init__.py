"""The simulated agent: a chat model without a language model, for experiments on a laptop.

Start with `offline.OfflineAgent`, which implements the chat model. `instruction_parser` finds the open request and the
user's instructions in the messages. `curves` gives the probabilities that a style is followed and that a task is
solved. `writer` writes the reply from the texts in data/replies, which `replies` reads and checks. `code` and
`renaming` rewrite Python programs in another style.
"""
