"""The rule-based environment of VARS' Appendix C: personas with a style, no language model, the same bytes always."""
