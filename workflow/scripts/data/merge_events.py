"""Merge chunks of simulated events into one shuffled HDF5 file in three splits."""

import logging

import numpy as np

from leptonid.data.hdf5 import write_events
from leptonid.data.simulation.electrons.chunks import GROUPS, Settings, attributes, seed_sequence
from leptonid.data.simulation.merging import read_chunks, select, split
from leptonid.errors import clear_errors
from leptonid.options import program

logger = logging.getLogger(__name__)


def main(argv: list[str] | None = None) -> None:
    """Read the chunks, split them and write the file."""
    parser = program(__doc__, settings="the whole section data.simulation")
    parser.add_argument("--chunks", nargs="+", required=True, help="files made by simulate_events.py")
    parser.add_argument("--output", required=True, help="events (HDF5)")
    args = parser.parse_args(argv)

    settings = Settings.from_settings(args.settings)
    expected = [settings.events_in(index) for index in range(settings.chunks())]
    arrays = read_chunks(args.chunks, expected, GROUPS)
    splits = split(arrays["y"], np.random.default_rng(seed_sequence(settings.seed, "shuffle")))
    groups = {
        name: {part: select(arrays[name], events) for part, events in splits.items()} for name in GROUPS
    }
    write_events(args.output, groups, attributes(settings))
    logger.info("%s: %d events", args.output, settings.events)


if __name__ == "__main__":
    with clear_errors():
        main()
