"""Simulate one chunk of electron candidates: as many signal as background events, matched in ET and |eta|."""

import argparse
import logging
from pathlib import Path

import numpy as np

from leptonid.data.simulation.chunks import Settings, seed_sequence, simulate_chunk
from leptonid.data.simulation.merging import write_chunk
from leptonid.data.simulation.overlay import read_pool
from leptonid.errors import clear_errors

logger = logging.getLogger(__name__)


def main(argv: list[str] | None = None) -> None:
    """Read the pool, simulate the chunk and write it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pool", type=Path, required=True, help="pool made by simulate_pool.py")
    parser.add_argument("--chunk", type=int, required=True, help="number of the chunk, from 0")
    parser.add_argument("--settings", required=True, help="JSON: events, seed, chunk, overlay")
    parser.add_argument("--output", type=Path, required=True, help="HDF5 file to write")
    arguments = parser.parse_args(argv)

    settings = Settings.from_json(arguments.settings)
    rng = np.random.default_rng(seed_sequence(settings.seed, "pool_response", arguments.chunk))
    pool = read_pool(arguments.pool, rng)
    arrays, tried = simulate_chunk(settings, arguments.chunk, pool)
    attributes = {"chunk": arguments.chunk} | {f"tried_{name}": count for name, count in tried.items()}
    write_chunk(arguments.output, arrays, attributes)
    logger.info("%s: %d events", arguments.output, len(arrays["y"]))


if __name__ == "__main__":
    with clear_errors():
        main()
