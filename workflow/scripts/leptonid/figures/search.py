"""What a guided search has found, checked, and what its observables are called."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pandas as pd
import pyarrow as pa

from leptonid.efp.graphs import Graph, graphs_from_table
from leptonid.errors import InputError
from leptonid.figures.events import CALORIMETERS, read_events
from leptonid.figures.feature_sets import KNOWN, feature_sets
from leptonid.figures.variables import VARIABLES
from leptonid.observables import Observable
from leptonid.storage import metadata_of, read_feather

# Every number of a pass, and its uncertainty from the test events.
NUMBERS = ("ado_misordered", "auc_alone", "ado_all", "auc")
COLUMNS = [
    *("pass", "calorimeter", "observable"),
    *(name + suffix for name in NUMBERS for suffix in ("", "_uncertainty")),
]

# What each method does in a pass.
METHODS = {
    "black_box": "Guided by the black box: each pass adds the observable that orders the misordered pairs "
    "most like it. Misordered: signal-background pairs that black box and network so far order differently.",
    "truth": "Guided by the true classes: each pass adds the observable that orders most of the misordered "
    "pairs right. Misordered: signal-background pairs that the network so far orders wrongly.",
    "greedy": "Greedy: each pass adds the observable whose network orders the signal-background pairs most "
    "like the black box. Misordered: pairs that black box and network so far order differently.",
}

SPLITS = {"train": "training", "valid": "validation", "test": "test"}

# Exponents with such denominators are written as fractions, as in the papers.
DENOMINATORS = (2, 4)


def number_text(number: float) -> str:
    """Return an exponent as text: 1/2, -1 with a minus sign, 0.3."""
    fraction = Fraction(number)
    text = str(fraction) if fraction.denominator in DENOMINATORS else f"{number:g}"
    return text.replace("-", "\N{MINUS SIGN}")


@dataclass(frozen=True)
class Chosen:
    """An observable of a calorimeter; its text is its name among the inputs, ecal/2_1_0_k_1_b_0.5."""

    calorimeter: str
    observable: Observable

    def __str__(self) -> str:
        return f"{self.calorimeter}/{self.observable}"

    @classmethod
    def parse(cls, name: str) -> "Chosen":
        """Read such a text; without a calorimeter it is the ECal's. Anything else is a ValueError."""
        calorimeter, _, observable = name.rpartition("/")
        calorimeter = calorimeter or "ecal"
        if calorimeter not in CALORIMETERS:
            raise ValueError(f"{name!r}: expected one of {', '.join(CALORIMETERS)}, found {calorimeter!r}")
        return cls(calorimeter, Observable.parse(observable))

    @property
    def graph(self) -> str:
        """The name of the graph, n_d_k."""
        return f"{self.observable.n}_{self.observable.d}_{self.observable.k}"

    @property
    def kappa(self) -> str:
        """The exponent of the energy fractions."""
        return number_text(self.observable.kappa)

    @property
    def beta(self) -> str:
        """The exponent of the angles; nothing for a graph without edges, which has none."""
        return number_text(self.observable.beta) if self.observable.d else ""

    @property
    def lines(self) -> list[str]:
        """The title in parts."""
        powers = {"κ": self.kappa, "β": self.beta}
        return [
            CALORIMETERS[self.calorimeter],
            self.graph,
            *(f"{symbol} = {power}" for symbol, power in powers.items() if power),
        ]

    @property
    def title(self) -> str:
        """What a figure calls it: ECal 2_1_0, κ = 1, β = 1/2."""
        calorimeter, graph, *powers = self.lines
        return ", ".join([f"{calorimeter} {graph}", *powers])

    @property
    def symbol(self) -> str:
        """The title of an axis, in the papers' notation and matplotlib's mathematics."""
        powers = ",".join(filter(None, (self.kappa, self.beta)))
        graph = self.graph.replace("_", r"\_")
        return rf"{CALORIMETERS[self.calorimeter]} $\mathrm{{EFP}}_{{{graph}}}^{{({powers})}}$"


@dataclass(frozen=True)
class Search:
    """A search, numbers with uncertainties from the test events.

    `base` names the inputs that it starts from. `chosen` has the observable of every pass from 1 on, and
    `passes`, with `COLUMNS`, one row for each and row 0 for the base, if there is one; what is not known
    is NaN. `stopped` says why there are no more passes, nothing if as many as asked for were made, `split`
    whose events chose.
    """

    name: str
    method: str
    black_box: str
    base: tuple[str, ...]
    auc_black_box: float
    auc_black_box_uncertainty: float
    stopped: str
    split: str
    label: str
    passes: pd.DataFrame
    chosen: Mapping[int, Chosen]

    @property
    def base_title(self) -> str:
        """What a figure calls the base."""
        return " + ".join(map(input_title, self.base)) or "nothing"

    @property
    def black_box_title(self) -> str:
        """What a figure calls the black box."""
        return feature_sets([self.black_box])[self.black_box].title

    @property
    def guide(self) -> str:
        """What the misordered pairs are ordered by."""
        return "true class" if self.method == "truth" else "black box"

    @property
    def end(self) -> str:
        """Why the search ended, as a sentence."""
        return f"Stopped: {self.stopped}." if self.stopped else "Ended after the passes asked for."


def input_title(name: str) -> str:
    """Return what a figure calls an input of a network."""
    if name in KNOWN:
        return KNOWN[name].title
    if name.startswith("efp_"):
        return f"{CALORIMETERS[name.removeprefix('efp_')]} EFPs"
    return name if name in VARIABLES else Chosen.parse(name).title


def read_search(path: str) -> Search:
    """Read passes.feather.

    Raises
    ------
    InputError
        If the file is damaged, lacks a column or a key of its metadata, or its passes are not 0 (with a
        base) or 1 (without one), 2, ... in order.
    """
    table = read_feather(path, COLUMNS)
    metadata = metadata_of(table)
    try:
        base = tuple(json.loads(metadata["base"]))
        auc, uncertainty = (float(metadata[f"auc_black_box{each}"]) for each in ("", "_uncertainty"))
        texts = [metadata[key] for key in ("stopped", "split", "label")]
        chosen = {
            row["pass"]: Chosen(row["calorimeter"], Observable.parse(row["observable"]))
            for row in table.select(COLUMNS[:3]).to_pylist()
            if row["pass"] > 0
        }
        names = [metadata[key] for key in ("search", "method", "black_box")]
    except (KeyError, ValueError, TypeError) as error:
        raise InputError(f"{path}: cannot be read as the passes of a search ({error!r})") from error
    first = 0 if base else 1
    numbers = table["pass"].to_pylist()
    if numbers != list(range(first, first + len(numbers))):
        raise InputError(f"{path}: expected passes {first}, {first + 1}, ... in order, found {numbers}")
    if names[1] not in METHODS:
        raise InputError(f"{path}: expected a method of {', '.join(METHODS)}, found {names[1]!r}")
    return Search(*names, base, auc, uncertainty, *texts, table.to_pandas(), chosen)


def read_graphs(path: str, chosen: Mapping[int, Chosen]) -> dict[str, Graph]:
    """Read the chosen observables' graphs from the study's table of graphs, by name.

    Raises
    ------
    InputError
        If one is not there; the message names it.
    """
    graphs = {str(graph): graph for graph in graphs_from_table(read_feather(path))}
    for number, each in chosen.items():
        if each.graph not in graphs:
            raise InputError(
                f"{path}: has no graph {each.graph}, which pass {number} of the search has chosen"
            )
    return {each.graph: graphs[each.graph] for each in chosen.values()}


def read_chosen(path: str, chosen: Mapping[int, Chosen]) -> pa.Table:
    """Read events.feather: `event`, `y`, `weight`, the chosen observables, and `misordered_{n}` of each pass.

    Raises
    ------
    InputError
        As from `read_events`, and if an observable of an event is not finite.
    """
    names = list(map(str, chosen.values()))
    events = read_events(path, [*names, *(f"misordered_{number}" for number in chosen)])
    for name in names:
        finite = np.isfinite(events[name].to_numpy())
        if not finite.all():
            event = events["event"].to_numpy()[~finite][0]
            raise InputError(f"{path}: {name}: event {event} has no finite value")
    return events


def read_variables(path: str, events: pa.Table, events_path: str) -> pa.Table:
    """Read the high-level variables and the mass of the test events.

    Raises
    ------
    InputError
        As from `leptonid.figures.events.read_events`, and if they are not the `events` of `events_path`.
    """
    variables = read_events(path, list(VARIABLES))
    for name in ("event", "y"):
        if not variables[name].equals(events[name]):
            raise InputError(f"{path} and {events_path}: are not of the same events; search anew")
    return variables


def nothing_chosen(search: Search) -> str:
    """Return what stands in a figure of the chosen observables where there are none."""
    return f"Search {search.name}:\nno observable was chosen."


def known(search: Search, name: str) -> tuple[Sequence[int], np.ndarray, np.ndarray]:
    """Return the passes that have a number, its values and their uncertainties, 0 where none is known."""
    passes = search.passes[search.passes[name].notna()]
    return (
        passes["pass"].to_numpy(),
        passes[name].to_numpy(),
        passes[f"{name}_uncertainty"].fillna(0).to_numpy(),
    )
