"""Compute the Energy Flow Polynomials of one chunk of a split, from the cells of one calorimeter."""

import json
import logging
import shutil
from pathlib import Path

from leptonid.efp.engine import Polynomials
from leptonid.efp.graphs import graphs_from_table
from leptonid.efp.parts import compute_in_parts
from leptonid.efp.tables import chunk_rows, write_efps
from leptonid.errors import clear_errors
from leptonid.options import add_threads, program
from leptonid.study.layout import Grid
from leptonid.tables.cells import pixel_positions, read_cells
from leptonid.tables.feather import read_feather, read_metadata
from leptonid.tables.fingerprints import files_fingerprint, fingerprint, loaded_sources

logger = logging.getLogger(__name__)


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = program(__doc__, settings="image (a grid), kappas, betas, coordinates, chunks of the split")
    parser.add_argument("--graphs", required=True, help="table of graphs (Feather)")
    parser.add_argument("--cells", required=True, help="table of cells of a calorimeter and split (Feather)")
    parser.add_argument("--chunk", type=int, required=True, help="number of the chunk, counted from 0")
    add_threads(parser)
    parser.add_argument(
        "--output",
        required=True,
        help="table to write, one column per observable (Feather); until it is complete, a folder with the "
        "suffix .parts in place of .feather keeps the values computed so far",
    )
    args = parser.parse_args(argv)

    settings = args.settings
    rows = chunk_rows(args.cells, args.chunk, settings["chunks"])
    grid = Grid(**settings["image"])
    events, images = read_cells(args.cells, grid, rows=rows)
    clouds = images.point_clouds(pixel_positions(grid, settings["coordinates"]))
    graphs = graphs_from_table(read_feather(args.graphs))
    polynomials = Polynomials(graphs, settings["kappas"], settings["betas"])
    logger.info(
        "%d observables of %d events with %d cells, at most %d of an event; %d threads",
        len(polynomials.observables), len(events), images.counts.sum(), images.counts.max(initial=0),
        args.threads,
    )  # fmt: skip
    if polynomials.general:
        logger.warning(
            "not supported by the compiled engine, computed by EnergyFlow instead (slow): %s",
            ", ".join(map(str, polynomials.general)),
        )

    parts = Path(args.output).with_suffix(".parts")
    table = compute_in_parts(
        lambda block: polynomials.values(clouds[block], args.threads, first=int(events[block.start])),
        events,
        polynomials.observables,
        parts,
        fingerprint(
            files_fingerprint([args.graphs, args.cells]),
            json.dumps(settings, sort_keys=True),
            str(args.chunk),
            *loaded_sources(),
        ),
    )
    metadata = {
        "split": read_metadata(args.cells)["split"],
        "calorimeter": grid.calorimeter,
        "chunk": str(args.chunk),
        "coordinates": settings["coordinates"],
    }
    write_efps(table, args.output, metadata)
    shutil.rmtree(parts, ignore_errors=True)
    logger.info("written")


if __name__ == "__main__":
    with clear_errors():
        main()
