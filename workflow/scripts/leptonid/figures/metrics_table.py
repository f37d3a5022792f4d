"""The table of metrics of all classifiers, as CSV, Markdown and LaTeX."""

import math
from collections.abc import Mapping

import pandas as pd

from leptonid.figures import weighting
from leptonid.figures.tables import compact, frame_csv, latex_table, markdown_table
from leptonid.metrics.curves import LEAST_BACKGROUND, PRECISE_BACKGROUND
from leptonid.metrics.working_points import BETWEEN_THRESHOLDS, EFFICIENCIES

TITLES = {
    "auc": "AUC",
    **{f"rejection_{100 * efficiency:g}": f"Rej. {efficiency:.0%}" for efficiency in EFFICIENCIES},
    "accuracy": "Accuracy",
    "precision": "Precision",
    "recall": "Recall",
    "f1": "F1",
    "brier": "Brier",
    "log_loss": "Log loss",
    "calibration_error": "ECE",
    "recalibrated_log_loss": "Log loss after",
    "recalibrated_calibration_error": "ECE after",
}

# The value of each metric, and its uncertainties.
NUMBERS = [
    f"{metric}{suffix}" for metric in (*TITLES, "recalibrated_brier") for suffix in ("", "_test", "_seeds")
]

# The working point of each rejection, and the column with the signal efficiency of its threshold.
WORKING_POINTS = {f"rejection_{100 * efficiency:g}": efficiency for efficiency in EFFICIENCIES}
REACHED = {metric: f"reached_{100 * efficiency:g}" for metric, efficiency in WORKING_POINTS.items()}
PASSING = {metric: f"passing_{100 * efficiency:g}" for metric, efficiency in WORKING_POINTS.items()}
COLUMNS = [
    *("classifier", "test_events", "seeds", "threshold", "recalibration"),
    *(*NUMBERS, *REACHED.values(), *PASSING.values(), *weighting.COLUMNS),
]

# Marks rejections between two thresholds, and those of few background events.
BETWEEN = "*"
FEW = "\N{DAGGER}"


def to_csv(table: pd.DataFrame, titles: Mapping[str, str], label: str) -> str:
    """Return a table with `COLUMNS` as CSV, with titles of the classifiers and the label of the sample."""
    table = table.assign(inputs=table["classifier"].map(titles), sample=label)
    table = table.rename(columns={"classifier": "features"})
    order = ["features", "inputs", "test_events", "seeds", "threshold", "recalibration", "sample", *NUMBERS]
    order += [*REACHED.values(), *PASSING.values(), *weighting.COLUMNS]
    return frame_csv(table[order])


def to_markdown(table: pd.DataFrame, label: str) -> str:
    """Return a table with `COLUMNS` as Markdown, a dash where something is missing."""
    return markdown_table(["Features", *_titles(table).values()], _cells(table), _note(table, label))


def to_latex(table: pd.DataFrame, label: str) -> str:
    """Return a table with `COLUMNS` as a LaTeX document, its columns in two groups."""
    columns = ["Features", *_titles(table).values()]
    return latex_table(columns, _cells(table), _note(table, label), width=8)


def _titles(table: pd.DataFrame) -> dict[str, str]:
    """Return the titles of the metrics that a table has: those after recalibration only with one."""
    return {
        metric: title
        for metric, title in TITLES.items()
        if _recalibration(table) or not metric.startswith("recalibrated")
    }


def _recalibration(table: pd.DataFrame) -> str:
    """Return the kind of recalibration, empty without one."""
    return table["recalibration"].iloc[0]


def _cells(table: pd.DataFrame) -> list[list[str]]:
    return [
        [
            row["classifier"],
            *(
                compact(row[metric], row[f"{metric}_test"], row[f"{metric}_seeds"]) + _mark(row, metric)
                for metric in _titles(table)
            ),
        ]
        for row in table.to_dict("records")
    ]


def _mark(row: Mapping, metric: str) -> str:
    """Return marks of a rejection: no threshold has it, few background events pass."""
    if metric not in REACHED:
        return ""
    return _between(row, metric) + _few(row, metric)


def _between(row: Mapping, metric: str) -> str:
    above = row[REACHED[metric]] - WORKING_POINTS[metric]
    return BETWEEN if above > BETWEEN_THRESHOLDS and not math.isnan(row[metric]) else ""


def _few(row: Mapping, metric: str) -> str:
    return FEW if row[PASSING[metric]] < PRECISE_BACKGROUND else ""


def _note(table: pd.DataFrame, label: str) -> str:
    """Return definitions of the numbers."""
    definitions = (
        "Test events that no training has seen; mean over the seeds. In brackets, in units of the last "
        "digit: the uncertainty from the test events (of AUC: DeLong et al. 1988; else a bootstrap), then, "
        "where there are several, the standard deviation between seeds. Rej.: background rejection, one over "
        "the background efficiency, at this signal efficiency; a dash "
        f"where fewer than {LEAST_BACKGROUND} background events are left. Accuracy, precision, recall and F1 "
        f"count scores from {table['threshold'].iloc[0]:g} on as signal. Brier: mean squared distance of "
        "score and class. Log loss: mean of -log of the score that the true class has. ECE: expected "
        "calibration error, in ten bins of the score."
    )
    after = ""
    if kind := _recalibration(table):
        after = f"After: with scores recalibrated ({kind}) on the validation events."
    rows = table.to_dict("records")
    marked = [
        f"{row['classifier']} {row[reached]:.0%}"
        for row in rows
        for metric, reached in REACHED.items()
        if _between(row, metric)
    ]
    between = few = ""
    if marked:
        between = (
            f"{BETWEEN} No threshold has this rejection: so many events share one score that the tightest "
            "cut with at least this signal efficiency has a higher one "
            f"({', '.join(dict.fromkeys(marked))}); the number is for a random choice among those events."
        )
    scarce = [
        f"{row['classifier']} {row[passing]:.3g} at {WORKING_POINTS[metric]:.0%}"
        for row in rows
        for metric, passing in PASSING.items()
        if _few(row, metric)
    ]
    if scarce:
        few = (
            f"{FEW} Fewer than {PRECISE_BACKGROUND} effective background events pass, so that the rejection "
            f"is uncertain by more than 20 % ({', '.join(scarce)}); more test background is needed."
        )
    source = f"Source of the events: {label}."
    parts = (definitions, after, between, few, weighting.weighting_note(table), source)
    return " ".join(filter(None, parts))
