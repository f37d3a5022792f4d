"""Check the columns, events and values of EFP tables, and list the damaged tables."""

import logging
import shlex
from pathlib import Path

from leptonid.efp.check import damage
from leptonid.efp.duplicates import unique_observables
from leptonid.efp.graphs import graphs_from_table
from leptonid.efp.tables import chunk_rows
from leptonid.errors import InputError, clear_errors
from leptonid.options import program
from leptonid.tables.feather import read_feather, tables_with

logger = logging.getLogger(__name__)


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = program(__doc__, settings="exponents (kappas, betas) of calorimeters; chunks of splits")
    parser.add_argument("--graphs", required=True, help="table of graphs (Feather)")
    parser.add_argument(
        "--tables", nargs="*", default=[], help="EFP tables, named .../{calorimeter}/{split}/{chunk}.feather"
    )
    parser.add_argument("--cells", nargs="*", default=[], help="the tables of cells behind them (Feather)")
    args = parser.parse_args(argv)

    graphs = read_feather(args.graphs)
    observables = {
        name: list(map(str, unique_observables(graphs_from_table(graphs, name), **exponents)[0]))
        for name, exponents in args.settings["exponents"].items()
    }
    damaged = {}
    for path in map(Path, args.tables):
        # From the path, as the metadata of a damaged table may be missing or wrong.
        calorimeter, split, chunk = path.parent.parent.name, path.parent.name, path.stem
        (cells,) = tables_with(args.cells, calorimeter=calorimeter, split=split)
        rows = chunk_rows(cells, int(chunk), args.settings["chunks"][split])
        events = read_feather(cells, ["event"])["event"].to_numpy()[rows]
        place = {"calorimeter": calorimeter, "split": split, "chunk": chunk}
        problem = damage(path, place, observables[calorimeter], events)
        if problem:
            damaged[str(path)] = problem
        else:
            logger.info("%s: %d observables of %d events", path, len(observables[calorimeter]), len(events))
    if damaged:
        problems = "".join(f"\n  {path}: {problem}" for path, problem in damaged.items())
        raise InputError(
            f"{len(damaged)} of {len(args.tables)} EFP tables are damaged:{problems}\n"
            "Remove them and run again; this recreates only them and what depends on them:\n"
            f"  {shlex.join(['rm', *damaged])}"
        )
    logger.info("all %d EFP tables are intact", len(args.tables))


if __name__ == "__main__":
    with clear_errors():
        main()
