"""How a real model behaves, measured in order to simulate it: the source of the offline agent's curves.

chains   plans short conversations, each around one preference
measure  plays them with the model
records  stores every reply, and checks which preferences it follows
tables   counts the observations, fits the curves, and writes data/calibration
fit      the statistics: rates and logistic regressions with partial pooling

Start with `measure.measure`; the notebook calibrate_agent.ipynb runs all of it (`make calibrate`).
"""
