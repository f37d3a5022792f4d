"""The explorer's view of the candidates of searches."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from bokeh.models import HoverTool, LabelSet, TapTool
from bokeh.palettes import Viridis256, linear_palette
from bokeh.plotting import figure

from leptonid.efp.drawing import LINE_WIDTH, SIDE, VERTEX_RADIUS, layout
from leptonid.efp.graphs import Graph
from leptonid.errors import InputError
from leptonid.figures.explorer_plots import FONT, empty_source, new_plot
from leptonid.figures.search import METHODS, SPLITS, observable_of
from leptonid.plotting import BLACK
from leptonid.study.titles import number_text, printable
from leptonid.tables.feather import metadata_of, read_feather

# Markers by calorimeter, and of what has none.
MARKERS = ("circle", "triangle", "square", "diamond", "inverted_triangle", "hex")
OTHER_MARKER = "star"

# The palette without its brightest colours, which white swallows.
COLORS = Viridis256[:232]

# The name of the graph in that of an observable.
GRAPH = r"^(\d+_\d+_\d+)_k_"

# Numbers are sent as integers: four decimals.
SCALE = 10_000


@dataclass(frozen=True)
class SearchView:
    """A search as the explorer shows it.

    Parameters
    ----------
    name, method, black_box, split
        Of the search; `black_box` as a title, `split` in words.
    table
        As of `leptonid.evaluate.candidates.candidates_table`.
    chosen
        The rows that the passes chose.
    titles
        What figures call the candidates that are no EFPs, and those that were chosen, by row.
    calorimeters
        Titles of calorimeters and tables, by name.
    graphs
        By name.
    """

    name: str
    method: str
    black_box: str
    split: str
    table: pd.DataFrame
    chosen: Sequence[int]
    titles: Mapping[int, str]
    calorimeters: Mapping[str, str]
    graphs: Mapping[str, Graph]

    def __len__(self) -> int:
        """Return the number of candidates."""
        return len(self.table)

    def best(self, count: int) -> "SearchView":
        """Return the search with the candidates that have the largest ADOs in any pass."""
        ados = self.table.filter(regex=r"^ado_\d+$").max(axis=1).to_numpy()
        ranked = np.argsort(-np.nan_to_num(ados), kind="stable")
        rows = np.sort(np.union1d(ranked[:count], self.chosen).astype(int))
        place = {row: number for number, row in enumerate(rows.tolist())}
        return replace(
            self,
            table=self.table.iloc[rows].reset_index(drop=True),
            chosen=[place[row] for row in self.chosen],
            titles={place[row]: title for row, title in self.titles.items() if row in place},
        )

    def content(self) -> dict:
        """Return what the page's script reads: columns of whole numbers, -1 or null where there is none."""
        table = self.table
        keys = table["observable"].str.extract(GRAPH, expand=False)
        names = [key for key in keys.dropna().unique() if key in self.graphs]
        kappas, betas = (sorted(table[name].dropna().unique()) for name in ("kappa", "beta"))
        groups = list(dict.fromkeys(table["calorimeter"].dropna()))
        # The dot has no angles.
        beta = table["beta"].where(table["d"].fillna(0) > 0)
        return {
            "name": self.name,
            "method": self.method,
            "black_box": self.black_box,
            "split": self.split,
            "guided": METHODS[self.method],
            "chosen": list(self.chosen),
            "titles": list(self.titles.items()),
            "graphs": [_drawing(self.graphs[name]) for name in names],
            "calorimeters": [self.calorimeters[name] for name in groups],
            "markers": [*(MARKERS[place % len(MARKERS)] for place in range(len(groups))), OTHER_MARKER],
            "kappas": list(map(number_text, kappas)),
            "betas": list(map(number_text, betas)),
            "colors": [*linear_palette(COLORS, len(kappas))] if kappas else [],
            "calorimeter": _places(table["calorimeter"], groups),
            "graph": _places(keys, names),
            "kappa": _places(table["kappa"], kappas),
            "beta": _places(beta, betas),
            "auc": _integers(table["auc_alone"]),
            "ado": [_integers(table[f"ado_{number}"]) for number in self._numbers],
            "correlation": [_integers(table[f"correlation_{number}"]) for number in self._numbers],
        }

    @property
    def _numbers(self) -> range:
        return range(1, len(self.chosen) + 1)


def read_view(path: str, titles: Mapping, graphs: Mapping[str, Graph]) -> SearchView:
    """Read the table of candidates of a search; `titles` as of `leptonid.figures.search.read_search`.

    Raises
    ------
    InputError
        If the file is missing or damaged, or its metadata name no search.
    """
    table = read_feather(path)
    metadata, frame = metadata_of(table), table.to_pandas()
    try:
        name, method, split = (metadata[key] for key in ("search", "method", "split"))
        names = [
            name if pd.isna(source) else f"{source}/{name}"
            for source, name in zip(frame["calorimeter"], frame["observable"], strict=True)
        ]
        chosen = [names.index(column) for column in json.loads(metadata["chosen"])]
        titled = [*chosen, *np.flatnonzero(frame["n"].isna()).tolist()]
        rows = table.select(["calorimeter", "observable"])
        shown = {row: observable_of(rows.slice(row, 1).to_pylist()[0], titles, "").words for row in titled}
        black_box = printable(titles["black_box"])
    except (KeyError, ValueError) as error:
        raise InputError(f"{path}: cannot be read as the candidates of a search ({error!r})") from error
    calorimeters = {key: printable(title) for key, title in titles["calorimeters"].items()}
    return SearchView(name, method, black_box, SPLITS[split], frame, chosen, shown, calorimeters, graphs)


def candidates_plot() -> figure:
    """Return the plot of candidates; the page's script fills its sources, `candidates` and `chosen`."""
    plot = new_plot(
        "pan,box_zoom,wheel_zoom,reset,save",
        height=540,
        x_axis_label="AUC alone",
        y_axis_label="ADO on misordered pairs",
    )
    source = empty_source("candidates", "x", "y", "color", "marker", "size", "row")
    points = plot.scatter(
        "x", "y", source=source, marker="marker", size="size", fill_color="color", fill_alpha=0.55,
        line_color="color", line_alpha=0.8, nonselection_fill_alpha=0.55, nonselection_line_alpha=0.8,
    )  # fmt: skip
    chosen = empty_source("chosen", "x", "y", "text")
    plot.scatter("x", "y", source=chosen, size=17, fill_color=None, line_color=BLACK, line_width=2.5)
    plot.add_layout(
        LabelSet(
            x="x", y="y", text="text", source=chosen, x_offset=-12,
            text_align="right", text_baseline="middle",
            text_font=FONT, text_font_size="13px", text_color=BLACK,
            background_fill_color="white", background_fill_alpha=0.8,
        )
    )  # fmt: skip
    plot.add_tools(HoverTool(renderers=[points], tooltips=None), TapTool(renderers=[points]))
    plot.x_range.renderers = plot.y_range.renderers = [points]
    return plot


def _drawing(graph: Graph) -> dict:
    """Return a graph as the other drawings show it: its numbers, and what an SVG needs; y falls upwards."""
    points, curves = layout(graph)
    path = "".join(
        "M{} {}Q{} {} {} {}".format(*(_short(number) for x, y in curve.vertices for number in (x, -y)))
        for curve in curves
    )
    vertices = [[_short(x), _short(-y)] for x, y in points]
    sizes = {"n": graph.n, "d": graph.d, "chromatic": graph.chromatic}
    look = {"side": SIDE, "radius": VERTEX_RADIUS, "width": LINE_WIDTH}
    return {"name": str(graph), **sizes, "path": path, "vertices": vertices, **look}


def _short(number: float) -> float:
    # Adding 0 takes the sign from -0.
    return round(float(number), 2) + 0.0


def _places(values: pd.Series, known: Sequence) -> list[int]:
    return pd.Categorical(values, known).codes.tolist()


def _integers(values: pd.Series) -> list[int | None]:
    scaled = np.round(values.to_numpy(float) * SCALE)
    return [None if np.isnan(number) else int(number) for number in scaled.tolist()]
