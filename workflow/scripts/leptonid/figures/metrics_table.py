"""The table of metrics of every classifier, as CSV, Markdown and LaTeX."""

from collections.abc import Mapping

import pandas as pd

from leptonid.figures.curves import LEAST_BACKGROUND
from leptonid.figures.evaluation import EFFICIENCIES, Measured
from leptonid.figures.feature_sets import feature_sets
from leptonid.figures.scores import ScoredEvents
from leptonid.figures.tables import compact, latex_table, markdown_table

Metrics = Mapping[str, Measured]

TITLES = {
    "auc": "AUC",
    **{f"rejection_{100 * efficiency:g}": f"Rej. {efficiency:.0%}" for efficiency in EFFICIENCIES},
    "accuracy": "Accuracy",
    "precision": "Precision",
    "recall": "Recall",
    "f1": "F1",
    "brier": "Brier",
    "calibration_error": "ECE",
}


def metrics_table(
    metrics: Mapping[str, Metrics], scored: Mapping[str, ScoredEvents], threshold: float, label: str
) -> pd.DataFrame:
    """Return one row per classifier, with its value, `_test` and `_seeds` uncertainty of every metric."""
    lines = []
    for name, feature_set in feature_sets(metrics).items():
        events = scored[name]
        line = {"features": name, "inputs": feature_set.title, "test_events": len(events.y)}
        line |= {"seeds": len(events.scores), "threshold": threshold, "sample": label}
        for metric, measured in metrics[name].items():
            line |= {
                metric: measured.value,
                f"{metric}_test": measured.test,
                f"{metric}_seeds": measured.seeds,
            }
        lines.append(line)
    return pd.DataFrame(lines)


def to_markdown(metrics: Mapping[str, Metrics], threshold: float, label: str) -> str:
    """Return the table as Markdown; what is missing is a dash."""
    return markdown_table(["Features", *TITLES.values()], _cells(metrics), _note(threshold, label))


def to_latex(metrics: Mapping[str, Metrics], threshold: float, label: str) -> str:
    """Return the table as a LaTeX document, its columns in two groups; what is missing is a dash."""
    columns = ["Features", *TITLES.values()]
    return latex_table(columns, _cells(metrics), _note(threshold, label), width=6)


def _cells(metrics: Mapping[str, Metrics]) -> list[list[str]]:
    return [
        [name, *(compact(each[title].value, each[title].test, each[title].seeds) for title in TITLES)]
        for name, each in metrics.items()
    ]


def _note(threshold: float, label: str) -> str:
    """Say what the numbers are."""
    return (
        "Test events that no training has seen; mean over the seeds. In brackets, in units of the last "
        "digit: the uncertainty from the test events (of AUC: DeLong et al. 1988; else a bootstrap), then, "
        "where there are several, the standard deviation between seeds. Rej.: background rejection, one over "
        "the background efficiency, at this signal efficiency; a dash "
        f"where fewer than {LEAST_BACKGROUND} background events are left. Accuracy, precision, recall and F1 "
        f"count scores from {threshold:g} on as signal. Brier: mean squared distance of score and class. "
        f"ECE: expected calibration error, in ten bins of the score. Source of the events: {label}."
    )
