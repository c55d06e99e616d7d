"""Does a memory keep its promises? Messages go in; the probes check which of them come back in a prompt.

probes   the probes, for any memory that has the methods of `probes.Memory`
own      this project's memory as the probes see one, the messages that the probes send, and its promises, measured
compare  the same probes for other libraries' memories, and with a language model
others   adapters for those libraries; runs in an environment of its own

Start with `own.contract`.
"""
