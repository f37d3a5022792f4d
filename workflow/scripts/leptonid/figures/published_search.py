"""The passes of a search beside published ones, as CSV, Markdown and LaTeX."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from leptonid.figures.published import NUMBERS, PublishedPass
from leptonid.figures.search import Search
from leptonid.figures.tables import (
    MISSING,
    compact,
    csv_table,
    latex_table,
    markdown_table,
    or_empty,
)
from leptonid.study.observables import Observable
from leptonid.study.titles import observable_title

BLACK_BOX = "black box"

OWN_NUMBERS = (*NUMBERS, "auc")
TITLES = ("observable", "ADO, misordered pairs", "AUC alone", "ADO, all pairs", "AUC so far")
CSV_COLUMNS = (
    *("pass", "observable"),
    *(name + suffix for name in OWN_NUMBERS for suffix in ("", "_uncertainty")),
    *("sample", "published_observable", *(f"published_{name}" for name in NUMBERS)),
    *("published_auc", "published_auc_uncertainty", "published_source", "published_sample"),
)


@dataclass(frozen=True)
class PublishedSearch:
    """A search of ours and a published one with the same start and candidates.

    Parameters
    ----------
    search, label
        Ours, and the label of its sample.
    published, published_events
        The published passes by number, and the sample that they were measured on.
    calorimeters
        Titles of the calorimeters by name.
    """

    search: Search
    label: str
    published: Mapping[str, PublishedPass]
    published_events: str
    calorimeters: Mapping[str, str]

    @property
    def rows(self) -> list[tuple[str, Mapping | None, PublishedPass | None]]:
        """Name, numbers of ours and the published pass of every row, the black box last."""
        search = self.search
        own = {str(row["pass"]): row for row in search.passes.to_dict("records")}
        own[BLACK_BOX] = {
            "auc": search.auc_black_box,
            "auc_uncertainty": search.auc_black_box_uncertainty,
        }
        numbers = sorted({*own, *self.published} - {BLACK_BOX}, key=int)
        return [(name, own.get(name), self.published.get(name)) for name in (*numbers, BLACK_BOX)]

    def chosen(self, name: str) -> str:
        """Return what our search chose in a pass, or what its first and last row are."""
        if name == BLACK_BOX:
            return self.search.black_box_title
        return self.search.chosen[int(name)].title if int(name) else self.search.base_title

    def published_title(self, row: PublishedPass) -> str:
        """Return what a published search chose in a pass; a dash in its first and last row."""
        if not row.observable:
            return MISSING
        return observable_title(self.calorimeters[row.calorimeter], Observable.parse(row.observable))

    @property
    def note(self) -> str:
        """Whose events the numbers are of, and what their uncertainties are."""
        numbered = "; ".join(f"[{number}] {source}" for number, source in enumerate(self._sources, 1))
        return (
            f"Passes of the search {self.search.name} beside those of a published search with the same base "
            f"and candidates. Source of our events: {self.label}. The published numbers were measured on "
            f"other events, those of {self.published_events}, unless that is the source just named: compare "
            "what was chosen and how the numbers rise from pass to pass, not the numbers of a row. "
            "Uncertainties of ours, in brackets, in units of the last digit, are those of the finite number "
            "of test events; published ones are as their sources define them, another quantity. "
            f"Published: {numbered}."
        )

    @property
    def _sources(self) -> list[str]:
        return list(dict.fromkeys(row.auc.source for _, _, row in self.rows if row))

    def source_number(self, row: PublishedPass) -> int:
        """Return the number in the note of the source of a published pass."""
        return self._sources.index(row.auc.source) + 1


def to_csv(table: PublishedSearch) -> str:
    """Return the table as CSV; what is missing is empty."""
    lines = []
    for name, own, published in table.rows:
        line = [name, table.chosen(name) if own else ""]
        line += [
            _csv(own and own.get(f"{number}{suffix}"))
            for number in OWN_NUMBERS
            for suffix in ("", "_uncertainty")
        ]
        line.append(table.label)
        if published:
            title = table.published_title(published)
            line += ["" if title == MISSING else title]
            line += [_csv(published.numbers[number]) for number in NUMBERS]
            line += [_csv(published.auc.auc), _csv(published.auc.uncertainty)]
            line += [published.auc.source, table.published_events]
        lines.append(line + [""] * (len(CSV_COLUMNS) - len(line)))
    return csv_table(CSV_COLUMNS, lines)


def to_markdown(table: PublishedSearch) -> str:
    """Return the table as Markdown, a dash where something is missing."""
    return markdown_table(*_text(table))


def to_latex(table: PublishedSearch) -> str:
    """Return the table as a LaTeX document, the published passes below ours."""
    return latex_table(*_text(table), width=len(TITLES))


def _text(table: PublishedSearch) -> tuple[list[str], list[list[str]], str]:
    """Return titles of columns, cells and the note."""
    titles = ["Pass", *(f"Our {title}" for title in TITLES), *(f"Published {title}" for title in TITLES)]
    lines = []
    for name, own, published in table.rows:
        ours = theirs = [MISSING] * len(TITLES)
        if own:
            ours = [table.chosen(name), *(_own(own, number) for number in OWN_NUMBERS)]
        if published:
            theirs = [
                table.published_title(published),
                *(or_empty(published.numbers[number], "g") or MISSING for number in NUMBERS),
                f"{published.auc} [{table.source_number(published)}]",
            ]
        lines.append([name, *ours, *theirs])
    return titles, lines, table.note


def _own(row: Mapping, number: str) -> str:
    """Return a number of ours with its uncertainty; a dash for one that a row does not have."""
    return compact(row[number], row[f"{number}_uncertainty"]) if number in row else MISSING


def _csv(number: float | None) -> str:
    return "" if number is None or pd.isna(number) else f"{number:.6g}"
