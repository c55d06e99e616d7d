"""English words and sentences, for everything that reads users' messages.

Start with `prose`: the sentences of a message in the user's own voice, without code, quotations and pasted documents.
`words` gives the stems of a text's content words; `lexicon` lists words about the form of answers, and verbs.
`english` tells messages in other languages; `role_marks` makes a text safe to stand in a prompt.
"""
