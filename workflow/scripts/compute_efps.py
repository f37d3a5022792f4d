"""Compute the Energy Flow Polynomials of one chunk of the events of a split, on one calorimeter."""

import argparse
import json
import logging
import shutil
from pathlib import Path

from leptonid.efp.engine import Polynomials
from leptonid.efp.graphs import graphs_from_table
from leptonid.efp.parts import compute_in_parts
from leptonid.efp.tables import chunk_of, point_clouds, write_efps
from leptonid.errors import clear_errors
from leptonid.storage import fingerprint, loaded_sources, metadata_of, read_feather

logger = logging.getLogger(__name__)


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--graphs", required=True, help="table of graphs (Feather)")
    parser.add_argument(
        "--cells", required=True, help="table of cells of one calorimeter and split (Feather)"
    )
    parser.add_argument("--chunk", type=int, required=True, help="number of the chunk, from 0")
    parser.add_argument(
        "--settings",
        type=json.loads,
        required=True,
        help="JSON: kappas, betas, coordinates, chunks (of this split)",
    )
    parser.add_argument("--threads", type=int, default=1, help="events computed at a time")
    parser.add_argument(
        "--output",
        required=True,
        help="table with one column per observable (Feather); a folder of its name with .parts in place of "
        ".feather keeps what is done until the whole is",
    )
    args = parser.parse_args(argv)

    settings = args.settings
    cells = chunk_of(read_feather(args.cells), args.chunk, settings["chunks"])
    graphs = graphs_from_table(read_feather(args.graphs))
    clouds = point_clouds(cells, settings["coordinates"])
    counts = cells["cell"].combine_chunks().value_lengths().to_numpy()
    polynomials = Polynomials(graphs, settings["kappas"], settings["betas"])
    logger.info(
        "%d observables on %d events with %.1f cells on average, at most %d; %d threads",
        len(polynomials.observables), len(cells), counts.mean(), counts.max(), args.threads,
    )  # fmt: skip
    if polynomials.general:
        logger.warning(
            "beyond the compiled program, left to EnergyFlow and slow: %s",
            ", ".join(map(str, polynomials.general)),
        )

    parts = Path(args.output).with_suffix(".parts")
    table = compute_in_parts(
        lambda block: polynomials.values(clouds[block], args.threads, first=block.start),
        cells["event"].to_numpy(),
        polynomials.observables,
        parts,
        fingerprint(
            json.dumps(settings, sort_keys=True).encode(),
            repr(graphs).encode(),
            *clouds,
            *loaded_sources(),
        ),
    )
    metadata = {"chunk": str(args.chunk), "coordinates": settings["coordinates"]}
    write_efps(table, args.output, {**metadata_of(cells), **metadata})
    shutil.rmtree(parts, ignore_errors=True)
    logger.info("written")


if __name__ == "__main__":
    with clear_errors():
        main()
