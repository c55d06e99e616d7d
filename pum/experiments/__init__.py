"""Experiments that are more than one method in one study. Each package plays one; notebooks show its results.

learner_study    does learning matter? Learners, controls and oracles compared; sweeps and ablations
memory_contract  does the memory keep its promises? This project's memory and other libraries' under the same probes
note_forms       which form of notes does a real model follow?
external         what a memory hears, keeps and finds on benchmarks that others made
style_personas   a published rule-based environment, played again
throughput       how fast sessions are played, offline and with a served model

Start with `learner_study.play`.
"""
