"""Merge the chunks of simulated events of every split into one HDF5 file, shuffled within the splits."""

import logging
from collections import defaultdict

import numpy as np

from leptonid.data.hdf5 import write_events
from leptonid.data.simulation.chunks import seed_sequence
from leptonid.data.simulation.merging import chunk_numbers, read_chunks
from leptonid.data.simulation.simulations import simulation_of
from leptonid.errors import clear_errors
from leptonid.options import program
from leptonid.study.layout import CHUNK
from leptonid.study.paths import SPLITS
from leptonid.tables.cells import select

logger = logging.getLogger(__name__)


def main(argv: list[str] | None = None) -> None:
    """Read the chunks, shuffle them and write the file."""
    parser = program(__doc__, settings="layout, and the section data.simulation")
    parser.add_argument("--chunks", nargs="+", required=True, help="files made by simulate_events.py")
    parser.add_argument("--output", required=True, help="events (HDF5)")
    args = parser.parse_args(argv)

    simulation, settings = simulation_of(args.settings)
    expected = {split: settings.events_in(split) for split in SPLITS}
    groups: dict[str, dict] = defaultdict(dict)
    chunks = chunk_numbers(expected)
    for split, arrays in read_chunks(args.chunks, expected, simulation.groups).items():
        rng = np.random.default_rng(seed_sequence(settings.seed, "shuffle", split))
        order = rng.permutation(len(arrays["y"]))
        for name, values in {**simulation.complete(arrays), CHUNK: chunks[split]}.items():
            groups[name][split] = select(values, order)
    write_events(args.output, groups, simulation.attributes(settings))
    logger.info("%s: %d events", args.output, settings.events)


if __name__ == "__main__":
    with clear_errors():
        main()
