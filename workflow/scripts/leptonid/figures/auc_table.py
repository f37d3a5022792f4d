"""The table of AUCs with their uncertainties and published values, as CSV, Markdown and LaTeX."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from leptonid.figures import weighting
from leptonid.figures.published import Published
from leptonid.figures.tables import MISSING, csv_table, latex_table, markdown_table, or_empty, value

COLUMNS = (
    *("classifier", "model", "auc", "auc_test", "seeds", "auc_seeds"),
    *("shuffles", "shuffles_mean", "shuffles_deviation", "folds", "folds_mean", "folds_deviation"),
    *("bootstraps", "bootstraps_mean", "bootstraps_low", "bootstraps_high"),
    *("restarts", "dead_seeds", "dead_shuffles", "dead_folds", "dead_bootstraps"),
    *("test_events", *weighting.COLUMNS),
)

CSV_COLUMNS = (
    *("features", "inputs", "model", "auc", "auc_test", "seeds", "auc_seeds"),
    *("shuffles", "shuffles_mean", "shuffles_deviation", "folds", "folds_mean", "folds_deviation"),
    *("bootstraps", "bootstraps_mean", "bootstraps_low", "bootstraps_high"),
    *("restarts", "dead", "test_events", "sample"),
    *weighting.COLUMNS,
    *("published_auc", "published_uncertainty", "published_source", "published_sample"),
)

# Marks classifiers with trainings whose validation AUC is consistent with 0.5.
DEAD = "\N{DAGGER}"

# Trainings on other splits, and the titles of their columns.
REPETITIONS = {"shuffles": "Random splits", "folds": "Folds"}
# Of all trainings, in the order of their columns.
TRAININGS = ("seeds", *REPETITIONS, "bootstraps")


@dataclass(frozen=True)
class AucTable:
    """What the table of AUCs shows.

    Parameters
    ----------
    numbers
        `COLUMNS`, one row per classifier.
    titles
        Titles of the classifiers.
    label
        Label of the sample.
    published, published_events
        Published AUCs by classifier, and the sample that they were measured on.
    """

    numbers: pd.DataFrame
    titles: Mapping[str, str]
    label: str
    published: Mapping[str, Published]
    published_events: str

    @property
    def rows(self) -> list[dict]:
        """Rows of `numbers`."""
        return self.numbers.to_dict("records")


def to_csv(table: AucTable) -> str:
    """Return the table as CSV; what is missing is empty."""
    published = table.published
    lines = []
    for row in table.rows:
        name = row["classifier"]
        line = [name, table.titles[name], row["model"], f"{row['auc']:.6f}", or_empty(row["auc_test"])]
        line += [row["seeds"], or_empty(row["auc_seeds"])]
        for kind in REPETITIONS:
            line += [row[kind], or_empty(row[f"{kind}_mean"]), or_empty(row[f"{kind}_deviation"])]
        line.append(row["bootstraps"])
        line += [or_empty(row[f"bootstraps_{name}"]) for name in ("mean", "low", "high")]
        line += [row["restarts"], _dead(row), row["test_events"], table.label]
        line += [
            f"{row[name]:.6g}" if name.startswith("effective") else row[name] for name in weighting.COLUMNS
        ]
        if name in published:
            line += [f"{published[name].auc:g}", or_empty(published[name].uncertainty, "g")]
            line += [published[name].source, table.published_events]
        lines.append(line + [""] * (len(CSV_COLUMNS) - len(line)))
    return csv_table(CSV_COLUMNS, lines)


def to_markdown(table: AucTable) -> str:
    """Return the table as Markdown, a dash where something is missing."""
    return markdown_table(*_text(table))


def to_latex(table: AucTable) -> str:
    """Return the table as a LaTeX document, with columns that do not fit side by side below."""
    return latex_table(*_text(table), width=4)


def _text(table: AucTable) -> tuple[list[str], list[tuple[str, ...]], str]:
    """Return titles of columns, cells and the note; columns without any content are left out."""
    rows, published = table.rows, table.published
    names = [row["classifier"] for row in rows]
    sources = list(dict.fromkeys(published[name].source for name in names if name in published))
    columns = {
        "Classifier": names,
        "Inputs": [table.titles[name] for name in names],
        "AUC ± test sample": [value(row["auc"], row["auc_test"]) for row in rows],
        "Seeds: s.d. (n)": [_seeds_cell(row) for row in rows],
    }
    if sources:
        columns["Published AUC"] = [_published_cell(published.get(name), sources) for name in names]
    repetitions = [kind for kind in REPETITIONS if table.numbers[kind].any()]
    for kind in repetitions:
        columns[f"{REPETITIONS[kind]}: mean ± s.d. (n)"] = [_repetitions_cell(row, kind) for row in rows]
    bootstraps = table.numbers["bootstraps"].any()
    if bootstraps:
        columns["Bootstraps: mean, 95 % (n)"] = [_bootstraps_cell(row) for row in rows]
    notes = [
        f"AUC of {rows[0]['test_events']} test events; their source: {table.label}. ± test sample: the "
        "uncertainty from the finite number of test events (DeLong et al. 1988). Seeds: the standard "
        "deviation (s.d.) between n trainings with different seeds on the same events; the AUC is their mean."
    ]
    if weights := weighting.weighting_note(table.numbers):
        notes.append(weights)
    if repetitions:
        notes.append(
            "Random splits and folds: n trainings on other splits of all events, each tested on what it held "
            "out; the standard deviation between them holds the scatter of the training, of the training "
            "events and of the test events."
        )
    if bootstraps:
        notes.append(
            "Bootstraps: n trainings, each on a sample of the training and validation events with "
            "replacement and with another seed, all tested on the same events; the interval holds the "
            "central 95 % of their AUCs: the scatter of the training and of its events, without that of the "
            "test events."
        )
    notes += _failures(rows)
    if sources:
        numbered = "; ".join(f"[{number}] {source}" for number, source in enumerate(sources, 1))
        notes.append(
            f"Published AUCs were measured on other events than these, those of {table.published_events}, "
            "unless that is the source just named; their uncertainties are as their sources define them, "
            "as a rule the scatter of repeated trainings, another quantity than that of the test sample: "
            f"{numbered}."
        )
    return list(columns), list(zip(*columns.values(), strict=True)), " ".join(notes)


def _seeds_cell(row: Mapping) -> str:
    deviation = or_empty(row["auc_seeds"], ".4f") or MISSING
    return f"{deviation} ({row['seeds']})" + _mark(row, "seeds")


def _repetitions_cell(row: Mapping, kind: str) -> str:
    if not row[kind]:
        return MISSING
    return f"{value(row[f'{kind}_mean'], row[f'{kind}_deviation'])} ({row[kind]})" + _mark(row, kind)


def _bootstraps_cell(row: Mapping) -> str:
    if not row["bootstraps"]:
        return MISSING
    low, high = (or_empty(row[f"bootstraps_{end}"], ".4f") or MISSING for end in ("low", "high"))
    return f"{row['bootstraps_mean']:.4f}, {low} to {high} ({row['bootstraps']})" + _mark(row, "bootstraps")


def _mark(row: Mapping, kind: str) -> str:
    return f" {DEAD}" if row[f"dead_{kind}"] else ""


def _published_cell(published: Published | None, sources: Sequence[str]) -> str:
    if not published:
        return MISSING
    return f"{published} [{sources.index(published.source) + 1}]"


def _dead(row: Mapping) -> int:
    return sum(row[f"dead_{kind}"] for kind in TRAININGS)


def _failures(rows: Sequence[Mapping]) -> list[str]:
    """Return notes on trainings with a validation AUC consistent with 0.5, kept and repeated ones."""
    notes = []
    dead = [
        f"{row['classifier']} {_dead(row)} of {sum(row[kind] for kind in TRAININGS)}"
        for row in rows
        if _dead(row)
    ]
    if dead:
        notes.append(
            f"{DEAD} Includes failed trainings, with a validation AUC consistent with 0.5 within three "
            f"standard errors: {', '.join(dead)}."
        )
    restarts = [f"{row['classifier']} {row['restarts']}" for row in rows if row["restarts"]]
    if restarts:
        notes.append(f"Failed trainings that were repeated with another seed: {', '.join(restarts)}.")
    return notes
