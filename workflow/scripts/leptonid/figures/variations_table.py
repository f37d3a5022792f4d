"""The table of changed test events: how AUCs and efficiencies move."""

from collections.abc import Mapping

import pandas as pd

from leptonid.figures import weighting
from leptonid.figures.tables import MISSING, compact, frame_csv, latex_table, markdown_table

CHANGES = ("", "_difference", "_difference_test")
COLUMNS = [
    *("classifier", "change", "unchanged", "test_events", *(f"auc{suffix}" for suffix in CHANGES)),
    *("working_point", "threshold"),
    *(f"{name}_efficiency{suffix}" for name in ("signal", "background") for suffix in CHANGES),
    *weighting.COLUMNS,
]

# The working point of the printed tables; the CSV table has all.
PRINTED = 0.9

TITLES = (
    *("Classifier", "Change", "AUC", "Difference", f"Signal at {PRINTED:.0%}"),
    *("Difference", "Background", "Difference", "Unchanged"),
)


def to_csv(table: pd.DataFrame, changes: Mapping[str, str], label: str) -> str:
    """Return a table with `COLUMNS` as CSV, with what the changes are and the label of the sample."""
    table = table[COLUMNS].rename(columns={"classifier": "features"})
    table.insert(2, "of_cells", table["change"].map(changes))
    return frame_csv(table.assign(sample=label))


def to_markdown(table: pd.DataFrame, changes: Mapping[str, str], label: str) -> str:
    """Return the rows of the working point `PRINTED` as Markdown."""
    return markdown_table(TITLES, _cells(table), _note(table, changes, label))


def to_latex(table: pd.DataFrame, changes: Mapping[str, str], label: str) -> str:
    """Return the rows of the working point `PRINTED` as a LaTeX document, in two groups of columns."""
    return latex_table(TITLES, _cells(table), _note(table, changes, label), width=5)


def _cells(table: pd.DataFrame) -> list[list[str]]:
    return [
        [
            row["classifier"],
            row["change"],
            *(
                text
                for name in ("auc", "signal_efficiency", "background_efficiency")
                for text in (
                    f"{row[name]:.4f}",
                    compact(row[f"{name}_difference"], row[f"{name}_difference_test"]),
                )
            ),
            row["unchanged"] or MISSING,
        ]
        for row in table[table["working_point"] == PRINTED].to_dict("records")
    ]


def _note(table: pd.DataFrame, changes: Mapping[str, str], label: str) -> str:
    listed = "; ".join(f"{name}: {text}" for name, text in changes.items())
    definitions = (
        "Test events whose calorimeter cells are changed, scored by the training with the first seed. "
        f"{listed}. Difference: to the same events as they are, in brackets its paired uncertainty from the "
        "finite number of test events (of AUC: DeLong et al. 1988). Signal and background: efficiencies at "
        f"the threshold that keeps {PRINTED:.0%} of the signal of the validation events as they are. "
        "Unchanged: inputs that are not images keep their values, as variables of the file and EFPs are not "
        "computed again from the changed cells; a classifier that has some sees what no detector would give."
    )
    source = f"Source of the events: {label}."
    return " ".join(filter(None, (definitions, weighting.weighting_note(table), source)))
