"""Check that EFP tables are whole: columns, rows, events and every value; name each table that is not."""

import argparse
import json
import logging
import shlex
from pathlib import Path

from leptonid.efp.check import damage
from leptonid.efp.duplicates import unique_observables
from leptonid.efp.graphs import graphs_from_table
from leptonid.efp.tables import chunk_of
from leptonid.errors import InputError, clear_errors
from leptonid.storage import matching, read_feather

logger = logging.getLogger(__name__)


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--graphs", required=True, help="table of graphs (Feather)")
    parser.add_argument(
        "--tables", nargs="*", default=[], help="EFP tables, named .../{calorimeter}/{split}/{chunk}.feather"
    )
    parser.add_argument("--cells", nargs="*", default=[], help="their tables of cells (Feather)")
    parser.add_argument(
        "--settings",
        type=json.loads,
        required=True,
        help="JSON: calorimeters, each with its kappas and betas; chunks of each split",
    )
    args = parser.parse_args(argv)

    graphs = read_feather(args.graphs)
    observables = {
        name: list(map(str, unique_observables(graphs_from_table(graphs, name), **exponents)[0]))
        for name, exponents in args.settings["calorimeters"].items()
    }
    damaged = {}
    for path in map(Path, args.tables):
        # By its place, as the metadata of a damaged table may be gone or wrong.
        calorimeter, split, chunk = path.parent.parent.name, path.parent.name, path.stem
        (cells,) = matching(args.cells, calorimeter=calorimeter, split=split)
        events = chunk_of(read_feather(cells, ["event"]), int(chunk), args.settings["chunks"][split])
        place = {"calorimeter": calorimeter, "split": split, "chunk": chunk}
        wrong = damage(path, place, observables[calorimeter], events["event"].to_numpy())
        if wrong:
            damaged[str(path)] = wrong
        else:
            logger.info("%s: %d observables of %d events", path, len(observables[calorimeter]), len(events))
    if damaged:
        found = "".join(f"\n  {path}: {wrong}" for path, wrong in damaged.items())
        raise InputError(
            f"{len(damaged)} of {len(args.tables)} EFP tables are damaged:{found}\n"
            "Remove them and run again; only these, and what depends on them, are made anew:\n"
            f"  {shlex.join(['rm', *damaged])}"
        )
    logger.info("all %d EFP tables are whole", len(args.tables))


if __name__ == "__main__":
    with clear_errors():
        main()
