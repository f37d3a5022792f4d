"""The table of a search in the form of the papers: Markdown, LaTeX, and drawn with its graphs."""

import os
import textwrap
from collections.abc import Mapping
from pathlib import Path

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from leptonid import plotting
from leptonid.efp.drawing import draw_graph
from leptonid.efp.graphs import Graph
from leptonid.errors import InputError
from leptonid.figures.events import CALORIMETERS
from leptonid.figures.search import METHODS, NUMBERS, SPLITS, Chosen, Search
from leptonid.figures.tables import MISSING, Latex, compact, escaped, latex_table, markdown_table

BLACK_BOX = "black box"

TITLES = (
    *("Pass", "Graph", "κ", "β", "Calorimeter"),
    *("ADO, misordered pairs", "AUC alone", "ADO, all pairs", "AUC so far"),
)

# Height of a drawing in a line of text: CSS pixels, and LaTeX.
PIXELS = 48
LATEX_HEIGHT = "2.4em"

# Of the drawn table, inches: where columns begin, the width, and heights.
COLUMNS = (0.3, 1.4, 3.2, 3.9, 4.6, 5.8, 7.5, 8.8, 10.1)
WIDTH = 11.5
DRAWING = 0.54
ROW = 0.64
LINE = 0.21
TITLE = 0.5
HEADER = 0.58
# From the middle of a letter down to the line that it stands on.
DESCENT = 0.06
NOTE_LINE = 0.175

# Letters that have room in a row's base or black box, and in the note.
TEXT_LETTERS = 44
NOTE_LETTERS = 158


def to_markdown(search: Search, drawings: str, path: str) -> str:
    """Return the table as Markdown to be written to `path`, with the graphs' SVGs in the folder `drawings`.

    Raises
    ------
    InputError
        If a drawing is not there.
    """
    graphs = {
        number: f'<img src="{_drawing(drawings, each, ".svg", path)}" height="{PIXELS}" alt=""> {each.graph}'
        for number, each in search.chosen.items()
    }
    return markdown_table(TITLES, _rows(search, graphs), _note_with_source(search))


def to_latex(search: Search, drawings: str, path: str) -> str:
    """Return the table as a LaTeX document with the graphs' PDFs; parameters and errors as of `to_markdown`.

    It is to be compiled in its own folder.
    """
    graphs = {
        number: Latex(
            rf"\raisebox{{-0.4\height}}{{\includegraphics[height={LATEX_HEIGHT}]"
            rf"{{{_drawing(drawings, each, '.pdf', path)}}}}} {escaped(each.graph)}"
        )
        for number, each in search.chosen.items()
    }
    return latex_table(TITLES, _rows(search, graphs), _note_with_source(search), packages="booktabs,graphicx")


def note(search: Search) -> str:
    """Return what the table's numbers are."""
    texts = [
        f"Search {search.name}, from {search.base_title}; black box: {search.black_box} "
        f"({search.black_box_title}).",
        METHODS[search.method],
        *(() if search.base else ("In the first pass these are all pairs.",)),
        f"The observables were chosen on {SPLITS[search.split]} events; all numbers are of the test events, "
        "with their statistical uncertainties in brackets, in units of the last digit. ADO, average decision "
        f"ordering: the share of pairs ordered alike, by the observable and the {search.guide} for the "
        f"misordered pairs ({_way_round(search)}), by the network and the black box for all pairs. AUC "
        "alone: of the observable itself, read as at least 1/2. AUC so far: of the network.",
        search.end,
    ]
    return " ".join(texts)


def _way_round(search: Search) -> str:
    """Say whether an observable counts as it is or reversed on the misordered pairs."""
    if search.method == "greedy":
        return "read as at least 1/2"
    return f"the way round that the {SPLITS[search.split]} events say, so that it can be below 1/2"


def _note_with_source(search: Search) -> str:
    return f"{note(search)} Source of the events: {search.label}."


def _drawing(drawings: str, chosen: Chosen, suffix: str, path: str) -> str:
    """Return where a graph's drawing is, seen from the table."""
    drawing = Path(drawings) / f"{chosen.graph}{suffix}"
    if not drawing.is_file():
        raise InputError(f"{drawing}: no such file; draw the graphs anew")
    return Path(os.path.relpath(drawing, Path(path).parent)).as_posix()


def _rows(search: Search, graphs: Mapping[int, str]) -> list[list[str]]:
    """Return the cells of the base, of every pass, whose graph's cell is in `graphs`, and the black box."""
    rows = []
    for row in search.passes.to_dict("records"):
        number = row["pass"]
        chosen = search.chosen.get(number)
        cells = [search.base_title, *[MISSING] * 3]
        if chosen:
            cells = [graphs[number], chosen.kappa, chosen.beta or MISSING, CALORIMETERS[chosen.calorimeter]]
        rows.append([str(number), *cells, *_numbers(row)])
    auc = compact(search.auc_black_box, search.auc_black_box_uncertainty)
    return [*rows, [BLACK_BOX, search.black_box_title, *[MISSING] * 6, auc]]


def _numbers(row: Mapping[str, float]) -> list[str]:
    return [compact(row[name], row[f"{name}_uncertainty"]) for name in NUMBERS]


@plotting.style()
def table_figure(search: Search, graphs: Mapping[str, Graph]) -> Figure:
    """Draw the table, each chosen observable with its graph, and its note."""
    rows = _rows(search, dict.fromkeys(search.chosen, ""))
    texts = [textwrap.wrap(cells[1], TEXT_LETTERS) for cells in rows]
    heights = [LINE * max(2, len(text) + 1) if text else ROW for text in texts]
    lines = textwrap.wrap(note(search), NOTE_LETTERS)
    bottom = plotting.FOOT + NOTE_LINE * len(lines) + 0.2
    height = bottom + sum(heights) + HEADER + TITLE
    figure = plotting.new_figure(WIDTH, height, search.label)
    figure.set_layout_engine("none")
    inches = {"transform": figure.dpi_scale_trans, "parse_math": False}
    figure.text(COLUMNS[0], height - 0.15, f"Search {search.name}", fontsize=14, va="top", **inches)
    y = height - TITLE
    _rule(figure, y, 1.4)
    for x, title in zip(COLUMNS, TITLES, strict=True):
        parted = title.replace(", ", ",\n").replace("AUC ", "AUC\n")
        figure.text(x, y - HEADER / 2, parted, va="center", **inches)
    y -= HEADER
    _rule(figure, y, 0.8)
    for number, cells, text, depth in zip([*search.passes["pass"], None], rows, texts, heights, strict=True):
        if number is None:
            _rule(figure, y, 0.8)
        center = y - depth / 2
        line = center - DESCENT
        if number in search.chosen:
            graph = graphs[search.chosen[number].graph]
            draw_graph(graph, figure, (COLUMNS[1] + DRAWING / 2, center), DRAWING)
            figure.text(COLUMNS[1] + DRAWING + 0.15, line, str(graph), **inches)
            shown = [0, *range(2, len(COLUMNS))]
        else:
            # The text has the room of the graph, its powers and the calorimeter.
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
