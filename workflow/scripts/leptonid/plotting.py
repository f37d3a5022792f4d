"""The one style of all figures: fonts, colours, the data's label in a corner, and reproducible files."""

import logging
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import matplotlib.style
from matplotlib.figure import Figure

from leptonid.errors import InputError
from leptonid.storage import read_manifest, replacing

# matplotlib's font subsetter tells every step of its work at the level of our own progress messages.
logging.getLogger("fontTools").setLevel(logging.WARNING)

# Okabe and Ito's colours and Tol's wine, told apart with every common form of colour blindness.
BLACK = "#000000"
ORANGE = "#E69F00"
SKY = "#56B4E9"
GREEN = "#009E73"
BLUE = "#0072B2"
VERMILLION = "#D55E00"
PURPLE = "#CC79A7"
WINE = "#882255"
GREY = "#767676"

CLASS_COLORS = {"signal": BLUE, "background": VERMILLION}

STYLE = {
    "font.size": 12,
    "axes.titlesize": 12,
    "axes.labelsize": 13,
    "legend.fontsize": 11,
    "legend.frameon": False,
    "lines.linewidth": 1.8,
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
    # So does text in an SVG, whose identifiers are random without a salt.
    "svg.fonttype": "none",
    "svg.hashsalt": "lepton-id",
}

# Room at the foot of every figure for the label, inches.
FOOT = 0.3

# Room at the top, where titles would touch the edge, inches.
HEAD = 0.08

# Without these entries the same figure gives the same bytes whenever it is drawn.
METADATA = {".pdf": {"CreationDate": None}, ".png": {"Software": None}, ".svg": {"Date": None}}

# Where each format has room for the identifier of the study: PDF's document information knows no better.
IDENTIFIED = {".pdf": "Keywords", ".png": "Identifier", ".svg": "Identifier"}


@contextmanager
def style() -> Iterator[None]:
    """Draw in the workflow's style, whatever the user's own matplotlib settings; also a decorator."""
    with matplotlib.style.context(["default", STYLE]):
        yield


def new_figure(width: float, height: float, label: str) -> Figure:
    """Return an empty figure, in inches, that says in its lower right corner where its events come from."""
    figure = Figure(figsize=(width, height), layout="constrained")
    figure.get_layout_engine().set(rect=(0, FOOT / height, 1, 1 - (FOOT + HEAD) / height))
    corner = {"x": 1 - 0.1 / width, "y": 0.08 / height, "ha": "right", "va": "bottom"}
    figure.text(**corner, s=label, color=GREY, fontsize=10, parse_math=False)
    return figure


@style()
def save(figure: Figure, paths: Iterable[str | Path]) -> None:
    """Write a figure to every path, in the format of its suffix; equal figures make equal bytes.

    In a job of the workflow, where LEPTON_ID_MANIFEST names the manifest, they carry its identifier.

    Raises
    ------
    InputError
        If a suffix is none of .pdf, .png and .svg, or the manifest cannot be read.
    """
    manifest = os.environ.get("LEPTON_ID_MANIFEST")
    identifier = read_manifest(manifest)["identifier"] if manifest else None
    if figure.get_layout_engine() is not None:
        _settle(figure)
    for path in map(Path, paths):
        if path.suffix not in METADATA:
            raise InputError(f"{path}: a figure is written as {' or '.join(METADATA)}")
        with replacing(path) as temporary:
            metadata = {**METADATA[path.suffix], IDENTIFIED[path.suffix]: identifier}
            figure.savefig(temporary, metadata=metadata)


def _settle(figure: Figure) -> None:
    """Lay the figure out once and for all, to a millionth of its size.

    The solver of the constrained layout gives positions whose last digits differ from run to run, and
    with them the shades of pixels at the edges.
    """
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    for axes in figure.axes:
        axes.set_position([round(value, 6) for value in axes.get_position(original=True).bounds])
