"""Does a reply have the style that a preference asks for? Each checker parses its structure, then looks for cues.

Start with `checking` (the registry; a new checker is one function in a file here). `passages` finds a reply's parts,
`cue_words` has the words that signal them; checkers lie by what they look at: `layout`, `code_style`, `subject_matter`,
`conversation`, `followup_extras`, and `msc_styles` for the users of MultiSessionCollab.
"""
