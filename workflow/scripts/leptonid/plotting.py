"""The style of all figures: fonts, colours, the label of the sample in a corner, and reproducible files."""

import logging
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import matplotlib.style
from matplotlib.figure import Figure
from matplotlib.mathtext import MathTextParser

from leptonid.errors import InputError
from leptonid.study import layout
from leptonid.study.titles import printable
from leptonid.tables.files import atomic_write, read_manifest

# matplotlib's font subsetter logs every step at the level of our own progress messages.
logging.getLogger("fontTools").setLevel(logging.WARNING)

# The colours of Okabe and Ito, and Tol's wine: distinguishable with every common form of colour blindness.
BLACK = "#000000"
ORANGE = "#E69F00"
SKY = "#56B4E9"
GREEN = "#009E73"
BLUE = "#0072B2"
VERMILLION = "#D55E00"
PURPLE = "#CC79A7"
WINE = "#882255"
GREY = "#767676"

# Names of the classes in tables, in the order in which they are drawn.
CLASSES = tuple(layout.CLASSES.values())
CLASS_COLORS = dict(zip(CLASSES, (BLUE, VERMILLION), strict=True))

# As in papers of the LHC experiments: long ticks inwards on all sides, titles at the ends of axes. The font
# is matplotlib's own, so that figures are the same on every machine.
STYLE = {
    "font.size": 12,
    "axes.titlesize": 12,
    "axes.labelsize": 13,
    "legend.fontsize": 11,
    "legend.frameon": False,
    "lines.linewidth": 1.8,
    "axes.linewidth": 1.0,
    "xaxis.labellocation": "right",
    "yaxis.labellocation": "top",
    "xtick.major.size": 7,
    "ytick.major.size": 7,
    "xtick.minor.size": 3.5,
    "ytick.minor.size": 3.5,
    "xtick.major.pad": 6,
    "ytick.major.pad": 6,
    "xtick.direction": "in",
    "ytick.direction": "in",
    "xtick.top": True,
    "ytick.right": True,
    "xtick.minor.visible": True,
    "ytick.minor.visible": True,
    "savefig.dpi": 200,
    # TrueType text stays searchable and editable in a PDF.
    "pdf.fonttype": 42,
    # So does text in an SVG. Its identifiers would be random without a salt.
    "svg.fonttype": "none",
    "svg.hashsalt": "lepton-id",
}

# Space for the label at the foot of every figure, and above titles, which would touch the edge (inches).
FOOT = 0.3
HEAD = 0.08

# Longer texts are cut, as they would make figures wider than any page. The label has these letters per inch.
MOST_LETTERS = 200
LABEL_LETTERS = 12

# Dates and versions are left out, so that the same figure always gives the same bytes.
METADATA = {".pdf": {"CreationDate": None}, ".png": {"Software": None}, ".svg": {"Date": None}}

# The entry of each format that holds the identifier of the study; PDF has none that fits better.
IDENTIFIED = {".pdf": "Keywords", ".png": "Identifier", ".svg": "Identifier"}


@contextmanager
def style() -> Iterator[None]:
    """Draw in this style, whatever the user's own matplotlib settings; also a decorator."""
    with matplotlib.style.context(["default", STYLE]):
        yield


def new_figure(width: float, height: float, label: str) -> Figure:
    """Return an empty figure (inches) with the label of the sample in its lower right corner."""
    figure = Figure(figsize=(width, height), layout="constrained")
    figure.get_layout_engine().set(rect=(0, FOOT / height, 1, 1 - (FOOT + HEAD) / height))
    corner = {"x": 1 - 0.1 / width, "y": 0.08 / height, "ha": "right", "va": "bottom"}
    label = _cut(printable(label), int(LABEL_LETTERS * width))
    figure.text(**corner, s=label, color=GREY, fontsize=10, parse_math=False)
    return figure


def plain(text: str) -> str:
    """Return a text of the config or of the sample so that matplotlib finds no mathematics in it."""
    return _shown(text).replace("$", r"\$")


def formula(text: str) -> str:
    """Return a title or unit of the layout, which may hold mathtext.

    If matplotlib cannot parse it, it is drawn as it is. A dollar sign after a backslash is no mathematics, so
    that texts from `plain` stay unchanged.
    """
    shown = _shown(text)
    dollars = shown.count("$") - shown.count(r"\$")
    if dollars == 0 or (dollars % 2 == 0 and _is_mathtext(shown)):
        return shown
    return plain(text)


def _shown(text: str) -> str:
    text = _cut(printable(text), MOST_LETTERS)
    # Legends leave out labels that begin with an underscore.
    return f"\N{ZERO WIDTH SPACE}{text}" if text.startswith("_") else text


def _cut(text: str, letters: int) -> str:
    return text if len(text) <= letters else f"{text[: letters - 1]}…"


@cache
def _is_mathtext(text: str) -> bool:
    """Return whether matplotlib can parse a text; takes milliseconds."""
    try:
        MathTextParser("path").parse(text)
    except (ValueError, RecursionError):
        return False
    return True


@style()
def save(figure: Figure, paths: Iterable[str | Path]) -> None:
    """Write a figure to every path, in the format of its suffix; equal figures give equal bytes.

    In a job of the workflow, where LEPTON_ID_MANIFEST names the manifest, the files carry its identifier.

    Raises
    ------
    InputError
        If a suffix is not .pdf, .png or .svg, or the manifest cannot be read.
    """
    manifest = os.environ.get("LEPTON_ID_MANIFEST")
    identifier = read_manifest(manifest)["identifier"] if manifest else None
    if figure.get_layout_engine() is not None:
        _settle(figure)
    for path in map(Path, paths):
        if path.suffix not in METADATA:
            raise InputError(f"{path}: figures are written as {' or '.join(METADATA)}")
        with atomic_write(path) as temporary:
            metadata = {**METADATA[path.suffix], IDENTIFIED[path.suffix]: identifier}
            figure.savefig(temporary, metadata=metadata)


def _settle(figure: Figure) -> None:
    """Fix the layout of a figure, rounded to a millionth of its size.

    The solver of the constrained layout returns positions whose last digits differ from run to run, which
    would change the shades of pixels at edges.
    """
    if figure.axes:
        figure.get_layout_engine().execute(figure)
    # None, unlike "none", keeps matplotlib from drawing once more for every file.
    figure.set_layout_engine(None)
    for axes in figure.axes:
        axes.set_position([round(value, 6) for value in axes.get_position(original=True).bounds])
