"""The benchmark: simulated users who bring tasks and hold preferences, and what judges the replies they get.

Start with `types` (tasks, preferences, situations) and `users.simulator` (what a user is).

- `catalogue`, `profiles`, `session_planner`: which preferences there are, who holds which, who is asked what and when.
- `tasks`: datasets and their graders. `checkers`: does a reply meet a preference? `users`: who asks and reacts.
- `agent`: the agent that answers by rules, without a language model.
- `review`, `accuracy_judge`: is the catalogue complete, can the judge judge? `multisessioncollab`: the published users.
"""
