"""Simulated users, who bring tasks, judge replies and ask for their preferences.

Start with `simulator`: the base class, its input, and the registry. `verifiable` is a user by rules; `llm_user` is
played by a language model. To add a user simulator, write one file in this package and register the class under the
name that a study's `user` setting uses:

    @USERS.register("silent")
    class SilentUser(UserSimulator): ...
"""
