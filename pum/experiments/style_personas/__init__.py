"""The rule-based environment of VARS' Appendix C, played with this project's assistant, memory and learner.

`personas` has the simulated users with their hidden styles, the tasks, the scoring rule, and a rule-based agent.
`play` plays the paper's three systems and puts the published numbers beside the results. No language model takes part,
so every run gives the same bytes. Start with `play.style_persona_table`.
"""
