"""Simulate one chunk of candidates in the layout of a built-in simulation, as many signal as background."""

import logging

import numpy as np

from leptonid.data.simulation.chunks import seed_sequence
from leptonid.data.simulation.merging import write_chunk
from leptonid.data.simulation.overlay import read_pool
from leptonid.data.simulation.simulations import simulation_of
from leptonid.errors import clear_errors
from leptonid.options import program
from leptonid.study.paths import SPLITS

logger = logging.getLogger(__name__)


def main(argv: list[str] | None = None) -> None:
    """Read the pool, simulate the chunk and write it."""
    parser = program(__doc__, settings="layout, events, seed, chunk, overlay, and what its layout adds")
    parser.add_argument("--pool", required=True, help="pool of the split made by simulate_pool.py (HDF5)")
    parser.add_argument("--split", choices=SPLITS, required=True)
    parser.add_argument("--chunk", type=int, required=True, help="number of the chunk in the split, from 0")
    parser.add_argument("--output", required=True, help="events of the chunk (HDF5)")
    args = parser.parse_args(argv)

    simulation, settings = simulation_of(args.settings)
    rng = np.random.default_rng(seed_sequence(settings.seed, "pool_response", args.split, args.chunk))
    pool = read_pool(args.pool, lambda particles: simulation.impacts(particles, rng))
    arrays, counts = simulation.simulate_chunk(settings, args.split, args.chunk, pool)
    write_chunk(args.output, arrays, {"split": args.split, "chunk": args.chunk, **counts})
    listed = ", ".join(f"{name} {count}" for name, count in counts.items())
    logger.info("%s: %d events; %s", args.output, len(arrays["y"]), listed)


if __name__ == "__main__":
    with clear_errors():
        main()
