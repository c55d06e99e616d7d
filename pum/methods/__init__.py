"""Memory methods: what goes into the prompt beside the conversation, and what is learned from the user's reaction.

Start with `method.py`: a method is a subclass of `Method`, registered under its name in a file of its own. The six that
are compared are `vanilla`, `contextual`, `reflection`, `all_memory`, `rag` and `rag_vector`; `oracle` is their ceiling.
`controls` holds what isolates one part of a method. `registry.py` builds a method from its name and settings;
`configured.py` looks both up in params.yaml. `ground_truth.py` is what oracles may ask about simulated users.
"""
