"""Memory methods: they choose what goes into the prompt beside the conversation, and learn from the user's reaction.

Start with `method`: the base class `Method`, the registry, and `build_method`. Each method is a file of its own:

- The six that are compared: `vanilla`, `contextual`, `reflection`, `all_memory`, `rag` and `rag_vector`.
- `oracle`: their upper bound, which knows the user's true preferences.
- `controls`: variants that isolate one part of a method.
"""
