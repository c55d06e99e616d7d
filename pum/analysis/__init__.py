"""Tables and figures from the results in `results/`. Nothing here runs an experiment.

`sessions` reads runs into one table, a row per session; start there. `statistics` has estimates, intervals and tests;
`style` the names and colours of methods; `tables` writes tables.

Each other module answers one question: `main_results`, `oracle_headroom`, `factors` (sweeps and ablations),
`published`, `overlap`, `extraction`, `simulation_fidelity` (calibration and checkers included), `note_forms`,
`throughput`. `logged`, `sensitivity` and `off_policy` replay logged decisions. `figures` draws all of it.
"""
