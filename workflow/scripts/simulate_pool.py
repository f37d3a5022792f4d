"""Make a pool of minimum-bias events, to be overlaid on simulated events."""

import argparse
import logging
from pathlib import Path

from leptonid.data.simulation.chunks import Settings, minimum_bias
from leptonid.data.simulation.generator import versions
from leptonid.data.simulation.overlay import write_pool
from leptonid.errors import clear_errors

logger = logging.getLogger(__name__)


def main(argv: list[str] | None = None) -> None:
    """Generate the events and write them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--settings", required=True, help="JSON: seed, pool")
    parser.add_argument("--output", type=Path, required=True, help="HDF5 file to write")
    arguments = parser.parse_args(argv)

    settings = Settings.from_json(arguments.settings)
    particles = minimum_bias(settings)
    write_pool(arguments.output, particles, {"seed": settings.seed, **versions()})
    logger.info("%s: %d events, %d particles", arguments.output, particles.events, len(particles.pt))


if __name__ == "__main__":
    with clear_errors():
        main()
