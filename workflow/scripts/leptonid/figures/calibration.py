"""Whether a score is the probability that it looks like."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from leptonid import plotting
from leptonid.figures import evaluation
from leptonid.figures.evaluation import EDGES, Evaluation
from leptonid.figures.panels import small_multiples

COLUMNS = {
    **{"features": str, "low": float, "high": float, "events": float},
    **{"mean_score": float, "signal_share": float, "signal_share_test": float},
}


def calibration_table(evaluations: Mapping[str, Evaluation]) -> pd.DataFrame:
    """Return one row per classifier and bin of the score.

    `events` are their mean number in the trainings, `signal_share_test` the uncertainty from the test
    events.
    """
    parts = []
    for name, each in evaluations.items():
        events, score, share, uncertainty = evaluation.calibration(each)
        values = (name, EDGES[:-1], EDGES[1:], events, score, share, uncertainty)
        parts.append(pd.DataFrame(dict(zip(COLUMNS, values, strict=True))))
    return pd.concat(parts)


@plotting.style()
def calibration_figure(table: pd.DataFrame, metrics: pd.DataFrame, label: str) -> Figure:
    """Draw the share of signal against the score for every classifier, and where the events are.

    `metrics` has the columns `features`, `brier` and `calibration_error`.
    """
    metrics = metrics.set_index("features")
    figure, panels = small_multiples(table["features"].unique(), 2.7, 2.6, label, "Score", "Share of signal")
    for name, axes in panels.items():
        bins = table[table["features"] == name]
        shares = bins["events"] / bins["events"].sum()
        axes.stairs(shares, EDGES, color="0.85", fill=True, label="share of all events")
        axes.plot([0, 1], [0, 1], color=plotting.GREY, linewidth=0.8, label="perfect calibration")
        known = bins[np.isfinite(bins["signal_share"])]
        errors = known["signal_share_test"].to_numpy()
        axes.errorbar(
            known["mean_score"],
            known["signal_share"],
            errors,
            fmt="o",
            color=plotting.BLUE,
            markersize=4.5,
            linewidth=1.2,
            label="test events",
        )
        brier, error = metrics.loc[name, ["brier", "calibration_error"]]
        text = f"Brier {brier:.3f}\nECE {error:.3f}"
        axes.text(0.05, 0.95, text, transform=axes.transAxes, va="top", fontsize=10)
        axes.set(xlim=(0, 1), ylim=(-0.04, 1.04), xticks=[0, 0.5, 1], yticks=[0, 0.5, 1], box_aspect=1)
    handles, names = axes.get_legend_handles_labels()
    figure.legend(handles, names, loc="outside upper center", ncols=len(names))
    return figure
