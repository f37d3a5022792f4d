"""Results of a guided search, and what figures call its observables."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from leptonid import plotting
from leptonid.efp.graphs import Graph, graphs_by_name
from leptonid.errors import InputError
from leptonid.figures import weighting
from leptonid.figures.variables import axis_title
from leptonid.study.features import EVENTS, Column
from leptonid.study.observables import Observable
from leptonid.study.titles import number_text, observable_title, printable
from leptonid.tables.feather import metadata_of, read_feather

# Numbers of a pass with an uncertainty.
NUMBERS = ("ado_misordered", "auc_alone", "ado_all", "auc", "gain", "gap_closed")
COLUMNS = [
    *("pass", "calorimeter", "observable", "alike_in", "auc_seeds", "suffices"),
    *(name + suffix for name in NUMBERS for suffix in ("", "_uncertainty")),
    *weighting.COLUMNS,
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


@dataclass(frozen=True)
class ChosenObservable:
    """An EFP that a search chose, with the title of its calorimeter."""

    observable: Observable
    calorimeter: str

    @property
    def graph(self) -> str:
        """Name of the graph, n_d_k."""
        return f"{self.observable.n}_{self.observable.d}_{self.observable.k}"

    @property
    def kappa(self) -> str:
        """Exponent of the energy fractions."""
        return number_text(self.observable.kappa)

    @property
    def beta(self) -> str:
        """Exponent of the angles; empty for a graph without edges."""
        return number_text(self.observable.beta) if self.observable.d else ""

    @property
    def title(self) -> str:
        """Title in figures: Barrel 2_1_0, κ = 1, β = 1/2."""
        return observable_title(self.calorimeter, self.observable)

    @property
    def words(self) -> str:
        """Title for texts, which cannot show mathtext."""
        return self.title

    @property
    def lines(self) -> list[str]:
        """Title in separate lines."""
        first, *powers = self.title.removeprefix(f"{self.calorimeter} ").split(", ")
        return [self.calorimeter, first, *powers]

    @property
    def symbol(self) -> str:
        """Title of an axis in the notation of the papers, as mathtext."""
        powers = ",".join(filter(None, (self.kappa, self.beta)))
        graph = self.graph.replace("_", r"\_")
        return rf"{plotting.formula(self.calorimeter)} $\mathrm{{EFP}}_{{{graph}}}^{{({powers})}}$"


@dataclass(frozen=True)
class ChosenVariable:
    """What a search chose that is no EFP, with the same attributes: it has neither a graph nor exponents.

    Parameters
    ----------
    graph
        What stands in place of a graph's name: the name, without the calorimeter.
    calorimeter
        Title of the calorimeter of a scalar, name of the user's table; empty for variables of the events.
    title, symbol
        In figures and at an axis, with the unit, as mathtext.
    """

    graph: str
    calorimeter: str
    title: str
    symbol: str
    observable: None = None
    kappa: str = ""
    beta: str = ""

    @property
    def words(self) -> str:
        """The name for texts, which cannot show mathtext."""
        return " ".join(self.lines)

    @property
    def lines(self) -> list[str]:
        """The name in separate lines."""
        return [line for line in (self.calorimeter, self.graph) if line]


@dataclass(frozen=True)
class Search:
    """A search; its numbers have uncertainties from the test events.

    Parameters
    ----------
    name, method
        From the config.
    black_box, black_box_title
        The classifier that the search explains.
    base_title
        Title of the inputs that it starts from, `nothing` without inputs.
    has_base
        Whether there are such inputs.
    auc_black_box, auc_black_box_uncertainty
        NaN if unknown.
    pass_0
        A sentence on the network of the base; empty if there is nothing to say.
    stopped
        Why there are no further passes; empty if all passes of the config took place.
    split
        Whose events chose the observables.
    seeds, bootstraps
        Numbers of trainings of every pass, and of bootstrap samples of the events that chose.
    passes
        `COLUMNS`, one row per pass, and row 0 for the base, if there is one; NaN if unknown.
    chosen
        The observable of every pass from 1 on.
    """

    name: str
    method: str
    black_box: str
    black_box_title: str
    base_title: str
    has_base: bool
    pass_0: str
    auc_black_box: float
    auc_black_box_uncertainty: float
    stopped: str
    split: str
    seeds: int
    bootstraps: int
    passes: pd.DataFrame
    chosen: Mapping[int, ChosenObservable | ChosenVariable]

    @property
    def weights(self) -> str:
        """What the weights of the events are, as sentences; empty where all are 1."""
        return weighting.weighting_note(self.passes)

    @property
    def guide(self) -> str:
        """What orders the misordered pairs."""
        return "true class" if self.method == "truth" else "black box"

    @property
    def end(self) -> str:
        """Why the search ended, and how many observables suffice, as sentences."""
        reason = f"Stopped: {self.stopped}." if self.stopped else "Ended after the passes asked for."
        return f"{reason} {self.sufficiency}".strip()

    @property
    def sufficient(self) -> int | None:
        """Number of observables after which no pass gains more than the uncertainty; None: unknown."""
        passes = self.passes["pass"][self.passes["suffices"].eq(True)]
        return None if passes.empty else int(passes.iloc[0])

    @property
    def sufficiency(self) -> str:
        """A sentence on how many observables suffice; empty where none was chosen."""
        if not self.chosen:
            return ""
        if self.sufficient is None:
            return "The last pass still gained: the search ended before its observables were enough."
        if not self.sufficient:
            return "The base suffices: no pass raises the AUC by more than the uncertainty of the difference."
        noun = "observable suffices" if self.sufficient == 1 else "observables suffice"
        return (
            f"{self.sufficient} {noun}: more raise the AUC by no more than the uncertainty of the difference."
        )

    @property
    def shown(self) -> list[ChosenObservable | ChosenVariable]:
        """The observables that suffice, in order; all where that is unknown."""
        return list(self.chosen.values())[: self.sufficient]


def read_search(path: str, titles: Mapping, energy_unit: str = "") -> Search:
    """Read passes.feather.

    Parameters
    ----------
    path
        The file.
    titles
        `base`: title of the inputs that the search starts from, empty without inputs; `pass_0`: a sentence
        on the network with them; `black_box`: title of the black box; `calorimeters`: titles by name, also of
        the user's tables; `observables`: title and unit, as of `leptonid.figures.variables.axis_title`, of
        what is no EFP, by the name of its column.
    energy_unit
        Unit of energies.

    Raises
    ------
    InputError
        If the file is damaged, lacks a column or a key of its metadata, or its passes are not numbered from 0
        (with a base) or 1 (without one) in order.
    """
    table = read_feather(path, COLUMNS)
    metadata = metadata_of(table)
    try:
        base = json.loads(metadata["base"])
        seeds, bootstraps = (json.loads(metadata[key]) for key in ("seeds", "bootstraps"))
        aucs = [float(metadata[f"auc_black_box{suffix}"]) for suffix in ("", "_uncertainty")]
        name, method, black_box, stopped, split = (
            metadata[key] for key in ("search", "method", "black_box", "stopped", "split")
        )
        chosen = {
            row["pass"]: observable_of(row, titles, energy_unit)
            for row in table.select(COLUMNS[:3]).to_pylist()
            if row["pass"] > 0
        }
    except (KeyError, ValueError, TypeError) as error:
        raise InputError(f"{path}: cannot be read as the passes of a search ({error!r})") from error
    first = 0 if base else 1
    numbers = table["pass"].to_pylist()
    if numbers != list(range(first, first + len(numbers))):
        raise InputError(f"{path}: expected passes {first}, {first + 1}, ... in order, found {numbers}")
    if method not in METHODS:
        raise InputError(f"{path}: expected a method of {', '.join(METHODS)}, found {method!r}")
    return Search(
        name,
        method,
        black_box,
        printable(titles["black_box"]),
        printable(titles["base"]) or "nothing",
        bool(base),
        printable(titles["pass_0"]),
        *aucs,
        stopped,
        split,
        len(seeds),
        bootstraps,
        table.to_pandas(),
        chosen,
    )


def observable_of(row: Mapping, titles: Mapping, energy_unit: str) -> ChosenObservable | ChosenVariable:
    """Return the observable of a row of the passes; KeyError and ValueError as `read_search` expects them."""
    column = Column(row["calorimeter"] or EVENTS, row["observable"])
    calorimeter = printable(titles["calorimeters"][column.source]) if row["calorimeter"] else ""
    if column.is_efp:
        return ChosenObservable(Observable.parse(column.name), calorimeter)
    known = {"title": column.name, "unit": None} | titles["observables"].get(str(column), {})
    title = printable(known["title"])
    symbol = f"{plotting.formula(calorimeter)} {axis_title(known, energy_unit)}".strip()
    # Scalars have a title in words; those of variables hold mathtext, which tables cannot show.
    name = title if calorimeter else printable(column.name)
    return ChosenVariable(name, calorimeter, f"{calorimeter} {title}".strip(), symbol)


def read_graphs(
    path: str | None, chosen: Mapping[int, ChosenObservable | ChosenVariable]
) -> dict[str, Graph]:
    """Read the graphs of the chosen observables from the table of graphs, by name; no EFPs have none.

    Raises
    ------
    InputError
        If one is missing; the message names it.
    """
    efps = {number: observable for number, observable in chosen.items() if observable.observable}
    if not efps:
        return {}
    graphs = graphs_by_name(path)
    for number, observable in efps.items():
        if observable.graph not in graphs:
            raise InputError(
                f"{path}: has no graph {observable.graph}, which pass {number} of the search chose"
            )
    return {observable.graph: graphs[observable.graph] for observable in efps.values()}


def nothing_chosen(search: Search) -> str:
    """Return the note in a figure of the chosen observables where there are none."""
    return f"Search {search.name}:\nno observable was chosen."


def values_of_passes(search: Search, name: str) -> tuple[Sequence[int], np.ndarray, np.ndarray]:
    """Return passes with a known number, its values, and their uncertainties, 0 where unknown."""
    passes = search.passes[search.passes[name].notna()]
    return (
        passes["pass"].to_numpy(),
        passes[name].to_numpy(),
        passes[f"{name}_uncertainty"].fillna(0).to_numpy(),
    )
