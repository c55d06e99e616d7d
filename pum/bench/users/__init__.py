"""Simulated users. `simulator` has the base class and the registry; `verifiable` plays by rules, `llm_user` by a model.

A new one is one file here, with a class that is registered under the name that a study's `user` gives:

    @USERS.register("silent")
    class SilentUser(UserSimulator): ...
"""
