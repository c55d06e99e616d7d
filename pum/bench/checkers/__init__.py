"""Checkers: does a reply have the style that a preference asks for? Each parses the reply, then looks for cue words.

Start with `checking`, the registry; a new checker is one function in this package. `passages` finds parts of a reply,
`cue_words.yaml` lists the words that signal them, and `echoes` takes out what only repeats a preference. The checkers
are grouped by what they look at: `layout`, `code_style`, `subject_matter`, `conversation`, and `msc_styles` for the
users of MultiSessionCollab.
"""
