"""The benchmark: simulated users with tasks and preferences, and the checkers and graders that judge replies.

Start with `types` (tasks, preferences, situations) and `users.simulator` (the base class of users).

- `catalogue`, `profiles`, `session_planner`: all preferences, the preferences of each user, the requests per session.
- `tasks`: datasets and their graders. `checkers`: does a reply meet a preference? `users`: user simulators.
- `agent`: the simulated agent, which replies without a language model.
- `sandbox`, `sandbox_child` and `sandbox_calls` run what a model wrote; `markdown` takes it apart.
- `multisessioncollab`: the users of a published benchmark. `external`: other benchmarks.
- `corpora`: training texts of the classifiers.
- `review` checks that the catalogue is complete; `accuracy_judge` is a language model as judge of answers.
"""
