"""What the assistant remembers of a user: cards, and the state around them.

Start with `card.py`, one remembered preference, and `cards.py`, a user's collection: it merges repeated preferences and
supersedes contradicted ones. `contradiction.py` decides which of these applies, with word lists and rules in
`polarity.py` and `slots.py`; `llm_contradiction.py` asks a model instead. `edit.py` changes a card and erases what it
said. `state.py` is everything known of a user, `store.py` saves it to one file per user, and `user_states.py` manages
the states of many users.
"""
