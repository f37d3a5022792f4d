"""The table of metrics of all classifiers, as CSV, Markdown and LaTeX."""

import math
from collections.abc import Mapping

import pandas as pd

from leptonid.figures import weighting
from leptonid.figures.tables import compact, frame_csv, latex_table, markdown_table
from leptonid.metrics.curves import LEAST_BACKGROUND
from leptonid.metrics.working_points import BETWEEN_THRESHOLDS, EFFICIENCIES

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

# The value of each metric, and its uncertainties.
NUMBERS = [f"{metric}{suffix}" for metric in TITLES for suffix in ("", "_test", "_seeds")]

# The working point of each rejection, and the column with the signal efficiency of its threshold.
WORKING_POINTS = {f"rejection_{100 * efficiency:g}": efficiency for efficiency in EFFICIENCIES}
REACHED = {metric: f"reached_{100 * efficiency:g}" for metric, efficiency in WORKING_POINTS.items()}
COLUMNS = [
    *("classifier", "test_events", "seeds", "threshold"),
    *(*NUMBERS, *REACHED.values(), *weighting.COLUMNS),
]

# Marks rejections between two thresholds.
BETWEEN = "*"


def to_csv(table: pd.DataFrame, titles: Mapping[str, str], label: str) -> str:
    """Return a table with `COLUMNS` as CSV, with titles of the classifiers and the label of the sample."""
    table = table.assign(inputs=table["classifier"].map(titles), sample=label)
    table = table.rename(columns={"classifier": "features"})
    order = ["features", "inputs", "test_events", "seeds", "threshold", "sample", *NUMBERS]
    order += [*REACHED.values(), *weighting.COLUMNS]
    return frame_csv(table[order])


def to_markdown(table: pd.DataFrame, label: str) -> str:
    """Return a table with `COLUMNS` as Markdown, a dash where something is missing."""
    return markdown_table(["Features", *TITLES.values()], _cells(table), _note(table, label))


def to_latex(table: pd.DataFrame, label: str) -> str:
    """Return a table with `COLUMNS` as a LaTeX document, its columns in two groups."""
    return latex_table(["Features", *TITLES.values()], _cells(table), _note(table, label), width=6)


def _cells(table: pd.DataFrame) -> list[list[str]]:
    return [
        [
            row["classifier"],
            *(
                compact(row[metric], row[f"{metric}_test"], row[f"{metric}_seeds"]) + _mark(row, metric)
                for metric in TITLES
            ),
        ]
        for row in table.to_dict("records")
    ]


def _mark(row: Mapping, metric: str) -> str:
    """Return a mark for a rejection that no threshold has."""
    if metric not in REACHED or math.isnan(row[metric]):
        return ""
    return BETWEEN if row[REACHED[metric]] - WORKING_POINTS[metric] > BETWEEN_THRESHOLDS else ""


def _note(table: pd.DataFrame, label: str) -> str:
    """Return definitions of the numbers."""
    definitions = (
        "Test events that no training has seen; mean over the seeds. In brackets, in units of the last "
        "digit: the uncertainty from the test events (of AUC: DeLong et al. 1988; else a bootstrap), then, "
        "where there are several, the standard deviation between seeds. Rej.: background rejection, one over "
        "the background efficiency, at this signal efficiency; a dash "
        f"where fewer than {LEAST_BACKGROUND} background events are left. Accuracy, precision, recall and F1 "
        f"count scores from {table['threshold'].iloc[0]:g} on as signal. Brier: mean squared distance of "
        "score and class. ECE: expected calibration error, in ten bins of the score."
    )
    marked = [
        f"{row['classifier']} {row[reached]:.0%}"
        for row in table.to_dict("records")
        for metric, reached in REACHED.items()
        if _mark(row, metric)
    ]
    between = ""
    if marked:
        between = (
            f"{BETWEEN} No threshold has this rejection: so many events share one score that the tightest "
            "cut with at least this signal efficiency has a higher one "
            f"({', '.join(dict.fromkeys(marked))}); the number is for a random choice among those events."
        )
    source = f"Source of the events: {label}."
    return " ".join(filter(None, (definitions, between, weighting.weighting_note(table), source)))
