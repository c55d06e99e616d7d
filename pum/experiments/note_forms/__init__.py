"""Which note form does a real model follow? The comparison that docs/preregistration.md describes.

plan     draws preferences and occasions, and lists the prompts to compare
memory   the notes that `rag` finds for a person who holds a preference
play     asks the served model, and records every reply

`pum.analysis.note_forms` reads the replies. Start with `play.compare`; `make noteforms` runs it.
"""
