"""The observables that a search can choose from, their values, and the table of their ADOs."""

import argparse
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np
import pyarrow as pa

from leptonid.efp.graphs import multiplicity
from leptonid.study.candidates import EFPS, SCALARS, VARIABLES
from leptonid.study.features import ALL_SCALARS, EVENTS, Column, flat_columns, parse_column
from leptonid.study.layout import Contents
from leptonid.study.observables import Observable
from leptonid.tables.efps import efp_blocks, unique_observables
from leptonid.tables.feather import read_feather, write_feather
from leptonid.tables.flat import columns_of, values_of_columns

# Of many events, runs of so many choose, as EFP tables are compressed in batches of this size; at least so
# many runs.
RUN, LEAST_RUNS = 2048, 16

# The settings that limit the size of graphs, and the columns of the table of graphs that they limit; the last
# follows from the column of edges.
LIMITS = {"edges": "d", "vertices": "n", "chromatic": "chromatic", "multiplicity": "multiplicity"}


@dataclass(frozen=True)
class Space:
    """The files that say what a search can choose from.

    Parameters
    ----------
    unique, duplicates, graphs
        Tables of the EFP stage; None where EFPs are neither candidates nor inputs.
    tables
        Tables of events, of scalars and of the user.
    """

    unique: str | Path | None
    duplicates: str | Path | None
    graphs: str | Path | None
    tables: Sequence[str | Path]

    @classmethod
    def add_options(cls, parser: argparse.ArgumentParser) -> None:
        """Add the options --duplicates and --graphs, which `of` reads beside --unique and --events."""
        parser.add_argument("--duplicates", nargs="?", help="table of duplicates, where EFPs are candidates")
        parser.add_argument("--graphs", nargs="?", help="table of graphs, where EFPs are candidates")

    @classmethod
    def of(cls, arguments: argparse.Namespace) -> "Space":
        """Return the files of parsed options."""
        return cls(arguments.unique, arguments.duplicates, arguments.graphs, arguments.events)


def candidates(space: Space, settings: Mapping, inputs: Sequence[str]) -> list[Column]:
    """Return what a pass can choose from, in the order of `settings["candidates"]`.

    Parameters
    ----------
    settings
        `candidates`: `efps`, `scalars`, `variables`, names of tables; `split`, whose tables say which
        variables there are; `layout`: the part of the layout that inputs and candidates need; others as of
        `efp_candidates`.
    inputs
        Inputs of the network so far, which are no candidates.
    """
    contents = Contents.from_settings(settings["layout"])
    efps = unique_observables(space.unique) if space.unique else {}
    holders = columns_of(space.tables, settings["split"])
    columns = []
    for source in settings["candidates"]:
        if source == EFPS:
            columns += efp_candidates(space, settings, efps)
        elif source == SCALARS:
            calorimeters = settings["calorimeters"] or [grid.calorimeter for grid in contents.images.values()]
            columns += flat_columns([f"{ALL_SCALARS}{name}" for name in calorimeters], contents, {})
        elif source == VARIABLES:
            columns += [Column(EVENTS, name) for name in contents.variable_names if name in holders]
        else:
            columns += [parse_column(name) for name in holders if name.startswith(f"{source}/")]
    present = set(flat_columns(inputs, contents, efps))
    return [column for column in columns if column not in present]


def efp_candidates(space: Space, settings: Mapping, observables: Mapping[str, Sequence[str]]) -> list[Column]:
    """Return the unique EFP observables that a search can choose from, in the order of their table.

    An observable is a candidate if it, or a duplicate of it, matches the settings: the dot, which has no
    beta, belongs to every beta; the edge with beta 2, which equals the double edge with beta 1, to both.

    Parameters
    ----------
    settings
        `calorimeters`, `kappas`, `betas`: lists, or None for all computed ones; `edges`, `vertices`,
        `chromatic`, `multiplicity`: largest graph, or None.
    observables
        The unique observables of each calorimeter.
    """
    sizes = {
        (row["n"], row["d"], row["k"]): {**row, "multiplicity": multiplicity(row["edges"])}
        for row in read_feather(space.graphs).to_pylist()
    }
    limits = {column: settings[key] for key, column in LIMITS.items() if settings[key] is not None}

    def matches(row: Mapping) -> bool:
        observable = Observable.parse(row["observable"])
        size = sizes[observable.n, observable.d, observable.k]
        return (
            settings["calorimeters"] is None or row["calorimeter"] in settings["calorimeters"]
        ) and (
            settings["kappas"] is None or observable.kappa in settings["kappas"]
        ) and (
            settings["betas"] is None or observable.beta in settings["betas"]
        ) and all(size[column] <= limit for column, limit in limits.items())  # fmt: skip

    matching = {
        (row["calorimeter"], row["equals"] or row["observable"])
        for table in (space.unique, space.duplicates)
        for row in ({"equals": None, **row} for row in read_feather(table).to_pylist())
        if row["equals"] != "" and matches(row)
    }
    columns = [Column(calorimeter, name) for calorimeter, names in observables.items() for name in names]
    return [column for column in columns if (column.source, column.name) in matching]


def choosing_rows(count: int, most: int) -> np.ndarray:
    """Return which of `count` events of a split choose, rising: all, or up to `most` from everywhere in it.

    Of more events, runs at equal distances are taken, which can be read without the others; files may hold
    events in an order of their own, such as one class after the other.
    """
    if count <= most:
        return np.arange(count)
    run = max(1, min(RUN, most // LEAST_RUNS))
    starts = np.linspace(0, count - run, most // run).astype(np.int64)
    return (starts[:, None] + np.arange(run)).ravel()


def blocks_of_values(
    columns: Sequence[Column],
    efps: Sequence[str | Path],
    tables: Sequence[str | Path],
    split: str,
    event: np.ndarray,
    some: bool = False,
) -> Iterator[np.ndarray]:
    """Yield the values of candidates, in order, in blocks (columns, N) that fit into memory.

    Parameters
    ----------
    columns
        Candidates, as `candidates` returns them.
    efps, tables
        EFP tables; tables of events, scalars and the user.
    event : shape (N,)
        The scored events of the split.
    some
        These are only some of them; the others are not read.

    Raises
    ------
    InputError
        If tables are missing or damaged, or hold other events.
    """
    for (source, is_efp), group in groupby(columns, key=lambda column: column.origin):
        members = list(group)
        if not is_efp:
            block = np.empty((len(members), len(event)))
            for place, values in values_of_columns(tables, split, members, event, some):
                block[place] = values
            yield block
            continue
        for _, values in efp_blocks(efps, source, split, [column.name for column in members], event, some):
            yield values


def write_candidates(
    path: str | Path,
    columns: Sequence[Column],
    ados: np.ndarray,
    stopped: str | None = None,
    of_networks: bool = False,
) -> None:
    """Write the table of candidates: `calorimeter`, `observable`, `ado`, `reversed`.

    `calorimeter` is the table's name for columns of the user's, and null for variables of the events.

    Parameters
    ----------
    ados : shape (K,)
        One per column; NaN where there are no pairs to compare or a training diverged. The ADO of an
        observable below 1/2 is written as 1 - ADO, with `reversed` true.
    stopped
        Why the search stopped, if it has stopped; there are no candidates then.
    of_networks
        The ADOs are those of networks with the observables: values below 1/2 stay, and `reversed` is null.
    """
    ados = np.asarray(ados, dtype=float)
    sources = [None if column.source == EVENTS else column.source for column in columns]
    table = pa.table(
        {
            "calorimeter": pa.array(sources, pa.string()),
            "observable": pa.array([column.name for column in columns], pa.string()),
            "ado": ados if of_networks else np.maximum(ados, 1 - ados),
            "reversed": pa.nulls(len(ados), pa.bool_()) if of_networks else pa.array(ados < 0.5),
        }
    )
    write_feather(table, path, {"stopped": stopped} if stopped else None)
