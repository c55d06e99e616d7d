"""Extraction: which preferences does a user's message contain, and under which condition does each hold?

Start with `rules.RuleExtractor`, which reads a message without a model. `trained` adds a classifier
(`preference_classifier`) for sentences that the rules cannot read, and is the default; `llm` asks a language model.
`quotations` keeps people's own words: a trained `detector` gives the `units` of a message tags, and `detector_training`
trains it on what `labels` makes of labelled messages.
`scope` tells global preferences from conditional ones. `dropout` misses a share of the messages on purpose.

The other modules are the rules' English grammar: `clause_split`, `conditions`, `clauses`, `clause_patterns`, `phrases`
and `relevance`.
"""
