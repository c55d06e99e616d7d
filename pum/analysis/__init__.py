"""What results say: reads what runs left in `results/`, and runs nothing.

`sessions` reads runs into one table, a row per session; start there. `statistics` holds estimates, intervals and tests;
`style` what methods and outcomes are called; `tables` how tables are written. A module a question: `main_results`,
`oracle_headroom`, `factors` (sweeps and ablations), `published`, `overlap`, `extraction`, `calibration`,
`simulation_fidelity`, `throughput`; `logged`, `sensitivity` and `off_policy` learn from logged decisions again.
`figures` draws all of it.
"""
