"""The table of a search in the form of the papers: as CSV, Markdown, LaTeX, and drawn with its graphs."""

import os
import textwrap
from collections.abc import Mapping
from html import escape
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from leptonid import plotting
from leptonid.efp.drawing import draw_graph
from leptonid.efp.graphs import Graph
from leptonid.errors import InputError
from leptonid.figures.search import METHODS, NUMBERS, SPLITS, ChosenObservable, Search
from leptonid.figures.tables import (
    MISSING,
    Latex,
    Markdown,
    compact,
    escaped,
    frame_csv,
    latex_table,
    markdown_table,
)
from leptonid.study.candidates import ALIKE, BEST

BLACK_BOX = "black box"

TITLES = (
    *("Pass", "Observable", "κ", "β", "Calorimeter", "Chosen again", "ADO, misordered pairs"),
    *("AUC alone", "ADO, all pairs", "AUC so far", "Gain", "Gap closed"),
)

# Height of a drawing in a line of text: CSS pixels, and LaTeX.
PIXELS = 48
LATEX_HEIGHT = "2.4em"

# The drawn table, inches: left edges of columns, width, and heights.
COLUMNS = (0.3, 1.4, 3.2, 3.9, 4.6, 5.8, 6.8, 8.4, 9.7, 11.0, 12.7, 14.0)
WIDTH = 15.3
DRAWING = 0.54
ROW = 0.64
LINE = 0.21
TITLE = 0.5
HEADER = 0.58
# Distance from the middle of a letter to its baseline.
DESCENT = 0.06
NOTE_LINE = 0.175

# Letters in a line of the title of a base or black box, and of the note.
TEXT_LETTERS = 44
NOTE_LETTERS = 210


def to_csv(passes: pd.DataFrame, label: str) -> str:
    """Return the whole table of passes as CSV, with the label of the sample; what is missing is empty."""
    return frame_csv(passes.assign(sample=label))


def to_markdown(search: Search, drawings: str, path: str, label: str) -> str:
    """Return the table as Markdown.

    Parameters
    ----------
    search
        The search.
    drawings
        Folder of the drawings of graphs.
    path
        File that the table is written to: links to drawings are relative to it.
    label
        Label of the sample.

    Raises
    ------
    InputError
        If a drawing is missing.
    """
    graphs = {
        number: Markdown(f"{linked_drawing(drawings, chosen, path)} {chosen.graph}")
        if chosen.observable
        else chosen.graph
        for number, chosen in search.chosen.items()
    }
    return markdown_table(TITLES, _rows(search, graphs), _note_with_source(search, label))


def to_latex(search: Search, drawings: str, path: str, label: str) -> str:
    """Return the table as a LaTeX document; parameters and errors are those of `to_markdown`.

    It has to be compiled in its own folder.
    """
    graphs = {
        number: Latex(
            rf"\raisebox{{-0.4\height}}{{\includegraphics[height={LATEX_HEIGHT}]"
            rf"{{{_relative(drawing_of(drawings, chosen, '.pdf'), path)}}}}} {escaped(chosen.graph)}"
        )
        if chosen.observable
        else chosen.graph
        for number, chosen in search.chosen.items()
    }
    return latex_table(
        TITLES, _rows(search, graphs), _note_with_source(search, label), packages="booktabs,graphicx"
    )


def note(search: Search) -> str:
    """Return the definitions of the numbers of the table."""
    texts = [
        f"Search {search.name}, from {search.base_title}; black box: {search.black_box} "
        f"({search.black_box_title}).",
        *([search.pass_0] if search.pass_0 else ()),
        METHODS[search.method],
        *(() if search.has_base else ("In the first pass these are all pairs.",)),
        f"The observables were chosen on {SPLITS[search.split]} events; all numbers are of the test events, "
        "with their statistical uncertainties in brackets, in units of the last digit.",
        *([_chosen_again(search)] if search.passes["alike_in"].notna().any() else ()),
        "ADO, average decision "
        f"ordering: the share of pairs ordered alike, by the observable and the {search.guide} for the "
        f"misordered pairs ({_way_round(search)}), by the network and the black box for all pairs. AUC "
        "alone: of the observable itself, read as at least 1/2. AUC so far: of the network; gain: its "
        "difference to the pass before. Gap closed: the share of the difference between the AUCs of pass 0 "
        "and of the black box.",
        _trainings(search.seeds),
        *([search.weights] if search.weights else ()),
        search.end,
    ]
    return " ".join(texts)


def _chosen_again(search: Search) -> str:
    """Return what the column of bootstrap samples means."""
    return (
        f"Chosen again: the share of {search.bootstraps} bootstrap samples of the {SPLITS[search.split]} "
        f"events in which, of the {BEST} best candidates, this one or one alike has the largest ADO; alike: "
        f"with a rank correlation beyond ±{ALIKE:g} in these events."
    )


def _trainings(seeds: int) -> str:
    """Return what numbers of networks mean for so many trainings of each."""
    if seeds == 1:
        return "One training per pass: the scatter between trainings is in no uncertainty."
    return (
        f"ADO of all pairs, AUC so far, gain and gap are means over {seeds} trainings with other seeds; the "
        "second brackets of the AUC have the standard deviation between them. The uncertainties of gain and "
        "gap are paired, and include this scatter. The first training decides which pairs are misordered."
    )


def _way_round(search: Search) -> str:
    """Return whether an observable may be reversed on the misordered pairs."""
    if search.method == "greedy":
        return "read as at least 1/2"
    return f"the way round that the {SPLITS[search.split]} events say, so that it can be below 1/2"


def _note_with_source(search: Search, label: str) -> str:
    return f"{note(search)} Source of the events: {label}."


def linked_drawing(drawings: str, chosen: ChosenObservable, path: str) -> str:
    """Return the drawing of a graph for Markdown in the file `path`; InputError if it is missing."""
    source = escape(_relative(drawing_of(drawings, chosen, ".svg"), path))
    return f'<img src="{source}" height="{PIXELS}" alt="graph {chosen.graph}">'


def drawing_of(drawings: str, chosen: ChosenObservable, suffix: str) -> Path:
    """Return the file with the drawing of a graph; InputError if it is missing."""
    drawing = Path(drawings) / f"{chosen.graph}{suffix}"
    if not drawing.is_file():
        raise InputError(f"{drawing}: no such file; draw the graphs again")
    return drawing


def _relative(drawing: Path, path: str) -> str:
    return Path(os.path.relpath(drawing, Path(path).parent)).as_posix()


def _rows(search: Search, graphs: Mapping[int, str]) -> list[list[str]]:
    """Return the cells of the base, of every pass, with its graph from `graphs`, and of the black box."""
    rows = []
    for row in search.passes.to_dict("records"):
        number = row["pass"]
        chosen = search.chosen.get(number)
        cells = [search.base_title, *[MISSING] * 3]
        if chosen:
            rest = (chosen.kappa, chosen.beta, chosen.calorimeter)
            cells = [graphs[number], *(text or MISSING for text in rest)]
        again = MISSING if np.isnan(row["alike_in"]) else f"{100 * row['alike_in']:.0f} %"
        rows.append([str(number), *cells, again, *_numbers(row)])
    auc = compact(search.auc_black_box, search.auc_black_box_uncertainty)
    return [*rows, [BLACK_BOX, search.black_box_title, *[MISSING] * 7, auc, *[MISSING] * 2]]


def _numbers(row: Mapping[str, float]) -> list[str]:
    seeds = {"auc": [row["auc_seeds"]]}
    return [compact(row[name], row[f"{name}_uncertainty"], *seeds.get(name, [])) for name in NUMBERS]


@plotting.style()
def table_figure(search: Search, graphs: Mapping[str, Graph], label: str) -> Figure:
    """Draw the table, with the graph of every chosen observable and the note."""
    rows = _rows(search, dict.fromkeys(search.chosen, ""))
    texts = [textwrap.wrap(cells[1], TEXT_LETTERS) for cells in rows]
    heights = [LINE * max(2, len(text) + 1) if text else ROW for text in texts]
    lines = textwrap.wrap(note(search), NOTE_LETTERS)
    bottom = plotting.FOOT + NOTE_LINE * len(lines) + 0.2
    height = bottom + sum(heights) + HEADER + TITLE
    figure = plotting.new_figure(WIDTH, height, label)
    figure.set_layout_engine("none")
    inches = {"transform": figure.dpi_scale_trans, "parse_math": False}
    figure.text(COLUMNS[0], height - 0.15, f"Search {search.name}", fontsize=14, va="top", **inches)
    y = height - TITLE
    _rule(figure, y, 1.4)
    for x, title in zip(COLUMNS, TITLES, strict=True):
        parted = title.replace(", ", ",\n").replace("AUC ", "AUC\n").replace("Gap ", "Gap\n")
        parted = parted.replace("Chosen ", "Chosen\n")
        figure.text(x, y - HEADER / 2, parted, va="center", **inches)
    y -= HEADER
    _rule(figure, y, 0.8)
    for number, cells, text, depth in zip([*search.passes["pass"], None], rows, texts, heights, strict=True):
        if number is None:
            _rule(figure, y, 0.8)
        center = y - depth / 2
        line = center - DESCENT
        if number in search.chosen:
            chosen = search.chosen[number]
            x = COLUMNS[1]
            if chosen.observable:
                draw_graph(graphs[chosen.graph], figure, (x + DRAWING / 2, center), DRAWING)
                x += DRAWING + 0.15
            figure.text(x, line, chosen.graph, **inches)
            shown = [0, *range(2, len(COLUMNS))]
        else:
            # The text takes the columns of graph, exponents and calorimeter.
            words = "\n".join(text)
            figure.text(COLUMNS[1], center, words, va="center_baseline", linespacing=1.1, **inches)
            shown = [0, *range(5, len(COLUMNS))]
        for place in shown:
            figure.text(COLUMNS[place], line, cells[place], **inches)
        y -= depth
    _rule(figure, y, 1.4)
    figure.text(COLUMNS[0], y - 0.1, "\n".join(lines), fontsize=9, va="top", color=plotting.GREY, **inches)
    return figure


def _rule(figure: Figure, y: float, width: float) -> None:
    ends = (COLUMNS[0] - 0.1, WIDTH - COLUMNS[0] + 0.1)
    figure.add_artist(
        Line2D(ends, [y, y], color=plotting.BLACK, linewidth=width, transform=figure.dpi_scale_trans)
    )
