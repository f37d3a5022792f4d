"""Make the pool of minimum-bias events that are overlaid on the simulated events of a split."""

import logging

from leptonid.data.simulation.generator import versions
from leptonid.data.simulation.overlay import write_pool
from leptonid.data.simulation.simulations import simulation_of
from leptonid.errors import clear_errors
from leptonid.options import program
from leptonid.study.paths import SPLITS

logger = logging.getLogger(__name__)


def main(argv: list[str] | None = None) -> None:
    """Generate the events and write them."""
    parser = program(__doc__, settings="layout, seed, pool")
    parser.add_argument("--split", choices=SPLITS, required=True)
    parser.add_argument("--output", required=True, help="pool (HDF5)")
    args = parser.parse_args(argv)

    simulation, settings = simulation_of(args.settings)
    particles = simulation.minimum_bias(settings, args.split)
    write_pool(args.output, particles, {"seed": settings.seed, "split": args.split, **versions()})
    logger.info("%s: %d events, %d particles", args.output, particles.events, len(particles.pt))


if __name__ == "__main__":
    with clear_errors():
        main()
