"""The live throughput as a picture: tokens per second by the way in which profiles take turns."""

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from pum.analysis.style import OTHERS

_WAYS = {
    "raw": "All requests at once",
    "continuous": "Continuous",
    "turn_synchronous": "Turn by turn",
    "thread_per_profile": "A thread a profile",
}


def live_figure(measured: dict) -> Figure:
    """A bar each; `measured` is the key `live` of results/metrics/throughput.json."""
    figure, axis = plt.subplots(figsize=(5.6, 2.2), layout="constrained")
    speeds = [measured[f"{way}_tokens_per_s"] for way in _WAYS]
    bars = axis.barh(list(_WAYS.values()), speeds, color=OTHERS[0])
    axis.bar_label(bars, fmt="%.0f", padding=3)
    axis.invert_yaxis()
    axis.margins(x=0.12)
    axis.set_xlabel("Generated tokens per second")
    load = measured["load"]
    axis.set_title(
        f"{measured['model']} on {measured['hardware']}: {load['profiles']} profiles, {load['parallel']} at a time",
        fontsize=9,
        loc="left",
    )
    return figure
