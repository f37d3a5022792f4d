"""The table of AUCs beside the published ones, as CSV, Markdown and LaTeX."""

import csv
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from leptonid.figures.csv_files import read_csv
from leptonid.figures.feature_sets import feature_sets
from leptonid.figures.scores import ScoredEvents

PUBLISHED_SAMPLE = "arXiv:2011.01984"

CSV_COLUMNS = (
    *("features", "inputs", "auc", "uncertainty", "seeds", "spread", "test_events", "sample"),
    *("published_auc", "published_uncertainty", "published_source", "published_sample"),
)

# Of the Markdown table; LaTeX has the sources in its caption.
COLUMNS = ("Feature set", "Inputs", "AUC", "Seeds", "Spread", "Published AUC", "Source")

MISSING = "\N{EN DASH}"


@dataclass(frozen=True)
class Published:
    """A published AUC, its uncertainty (NaN if none was given) and where it stands."""

    auc: float
    uncertainty: float
    source: str


@dataclass(frozen=True)
class Row:
    """One feature set: the mean AUC of its trainings and their standard deviation (NaN for one)."""

    features: str
    inputs: str
    auc: float
    uncertainty: float
    seeds: int
    spread: float
    test_events: int
    published: Published | None


def read_published(path: str) -> dict[str, Published]:
    """Read published AUCs per feature set from a CSV with columns features, auc, uncertainty, source.

    Errors are those of `read_csv`.
    """
    table = read_csv(path, {"features": str, "auc": float, "uncertainty": float, "source": str})
    return {
        row.features: Published(row.auc, row.uncertainty, row.source) for row in table.itertuples(index=False)
    }


def auc_rows(scored: Mapping[str, ScoredEvents], published: Mapping[str, Published]) -> list[Row]:
    """Return one row per feature set, best AUC first."""
    rows = []
    for name, feature_set in feature_sets(scored).items():
        aucs = scored[name].aucs()
        rows.append(
            Row(
                features=name,
                inputs=feature_set.title,
                auc=float(aucs.mean()),
                uncertainty=scored[name].auc_uncertainty(),
                seeds=len(aucs),
                spread=float(np.std(aucs, ddof=1)) if len(aucs) > 1 else math.nan,
                test_events=len(scored[name].y),
                published=published.get(name),
            )
        )
    return sorted(rows, key=lambda row: row.auc, reverse=True)


def to_csv(rows: Sequence[Row], label: str) -> str:
    """Return the table as CSV; what is missing is empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(CSV_COLUMNS)
    for row in rows:
        numbers = [f"{row.auc:.6f}", _or_empty(row.uncertainty), row.seeds, _or_empty(row.spread)]
        published = [""] * 4
        if row.published:
            published = [f"{row.published.auc:g}", _or_empty(row.published.uncertainty, "g")]
            published += [row.published.source, PUBLISHED_SAMPLE]
        writer.writerow([row.features, row.inputs, *numbers, row.test_events, label, *published])
    return text.getvalue()


def to_markdown(rows: Sequence[Row], label: str) -> str:
    """Return the table as Markdown; what is missing is a dash."""
    columns = _columns(rows)
    lines = [columns, ["---"] * len(columns)]
    for row in rows:
        source = row.published.source if row.published else MISSING
        lines.append([f"`{row.features}`", *_cells(row), source.replace("|", r"\|")][: len(columns)])
    return "\n".join([*(f"| {' | '.join(line)} |" for line in lines), "", _note(rows, label), ""])


def to_latex(rows: Sequence[Row], label: str) -> str:
    """Return the table as a LaTeX document that needs only booktabs; what is missing is a dash.

    It compiles as it is; a paper takes the table environment out of it.
    """
    sources = list(dict.fromkeys(row.published.source for row in rows if row.published))
    columns = [title for title in _columns(rows) if title != "Source"]
    lines = [columns]
    for row in rows:
        cells = [rf"\texttt{{{_escaped(row.features)}}}", *map(_escaped, _cells(row))]
        if row.published:
            cells[-1] += f" [{sources.index(row.published.source) + 1}]"
        lines.append(cells[: len(columns)])
    titles, *body = [" & ".join(line) + r" \\" for line in lines]
    notes = [_note(rows, label), *(f"[{number}] {source}." for number, source in enumerate(sources, 1))]
    return LATEX.format(
        caption=_escaped(" ".join(notes)),
        alignment="l" * len(columns),
        titles=titles,
        body="\n    ".join(body),
    )


ESCAPES = {letter: f"\\{letter}" for letter in "&%$#_{}"} | {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "±": r"$\pm$",
    MISSING: "--",
}

LATEX = r"""\documentclass{{article}}
\usepackage{{booktabs}}
\begin{{document}}
\begin{{table}}
  \caption{{{caption}}}
  \medskip
  \makebox[\linewidth]{{\small
  \begin{{tabular}}{{{alignment}}}
    \toprule
    {titles}
    \midrule
    {body}
    \bottomrule
  \end{{tabular}}}}
\end{{table}}
\end{{document}}
"""


def _columns(rows: Sequence[Row]) -> tuple[str, ...]:
    """Return the titles of the columns; those of published values only if there is one."""
    return COLUMNS if any(row.published for row in rows) else COLUMNS[:-2]


def _note(rows: Sequence[Row], label: str) -> str:
    """Say what the numbers are, and that the published ones are of other events."""
    note = (
        f"AUC of {rows[0].test_events} test events; their source: {label}. "
        "Uncertainties are statistical (DeLong et al. 1988); the spread is the standard deviation between "
        "trainings with different seeds."
    )
    if any(row.published for row in rows):
        note += (
            " Published AUCs were measured on other events than these, those of "
            f"{PUBLISHED_SAMPLE}, unless that is the source just named."
        )
    return note


def _cells(row: Row) -> list[str]:
    """Return inputs, AUC, seeds, spread and published AUC as text."""
    published = _value(row.published.auc, row.published.uncertainty, "g") if row.published else MISSING
    spread = _or_empty(row.spread, ".4f") or MISSING
    return [row.inputs, _value(row.auc, row.uncertainty), str(row.seeds), spread, published]


def _value(number: float, uncertainty: float, form: str = ".4f") -> str:
    return f"{number:{form}}" if math.isnan(uncertainty) else f"{number:{form}} ± {uncertainty:{form}}"


def _or_empty(number: float, form: str = ".6f") -> str:
    return "" if math.isnan(number) else f"{number:{form}}"


def _escaped(text: str) -> str:
    """Return text that LaTeX prints as it stands."""
    return "".join(ESCAPES.get(letter, letter) for letter in text)
