"""Simulate one chunk of electron candidates: as many signal as background events, matched in ET and |eta|."""

import logging

import numpy as np

from leptonid.data.simulation.electrons.chunks import Settings, seed_sequence, simulate_chunk
from leptonid.data.simulation.electrons.overlay import read_pool
from leptonid.data.simulation.merging import write_chunk
from leptonid.errors import clear_errors
from leptonid.options import program
from leptonid.study.paths import SPLITS

logger = logging.getLogger(__name__)


def main(argv: list[str] | None = None) -> None:
    """Read the pool, simulate the chunk and write it."""
    parser = program(__doc__, settings="events, seed, chunk, overlay, ecal_threshold, hcal_threshold")
    parser.add_argument("--pool", required=True, help="pool of the split made by simulate_pool.py (HDF5)")
    parser.add_argument("--split", choices=SPLITS, required=True)
    parser.add_argument("--chunk", type=int, required=True, help="number of the chunk in the split, from 0")
    parser.add_argument("--output", required=True, help="events of the chunk (HDF5)")
    args = parser.parse_args(argv)

    settings = Settings.from_settings(args.settings)
    rng = np.random.default_rng(seed_sequence(settings.seed, "pool_response", args.split, args.chunk))
    pool = read_pool(args.pool, rng)
    arrays, counts = simulate_chunk(settings, args.split, args.chunk, pool)
    write_chunk(args.output, arrays, {"split": args.split, "chunk": args.chunk, **counts})
    logger.info("%s: %d events, %d signal displaced", args.output, len(arrays["y"]), counts["displaced"])


if __name__ == "__main__":
    with clear_errors():
        main()
