"""Compare every candidate of a pass with the guide, on the pairs that guide and network order differently."""

import logging
from collections.abc import Iterator, Sequence

import numpy as np

from leptonid.errors import clear_errors
from leptonid.metrics.ordering import Ordering
from leptonid.options import add_threads, program
from leptonid.search.passes import inputs_before
from leptonid.search.space import Space, blocks_of_values, candidates, choosing_rows, write_candidates
from leptonid.search.stability import stability_of_choice
from leptonid.search.stopping import add_networks, read_networks, reason_to_stop
from leptonid.study.features import Column
from leptonid.tables.scores import read_scores_of_role

logger = logging.getLogger(__name__)


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = program(
        __doc__,
        settings="method, black_box, base, split, events, seeds, plateau, bootstraps, candidates, "
        "calorimeters, kappas, betas, edges, vertices, chromatic, multiplicity, layout",
    )
    parser.add_argument(
        "--events", nargs="+", required=True, help="tables of events, scalars and the user, of that split"
    )
    parser.add_argument("--efps", nargs="*", default=[], help="EFP tables of the split that chooses")
    parser.add_argument("--unique", nargs="?", help="table of unique observables, where there are EFPs")
    Space.add_options(parser)
    parser.add_argument("--black-box", required=True, help="scores of the black box (Feather)")
    add_networks(parser)
    parser.add_argument("--choice", nargs="?", help="choice of the previous pass, if any (JSON)")
    add_threads(parser)
    parser.add_argument("--output", required=True, help="table of candidates to write (Feather)")
    args = parser.parse_args(argv)

    settings = args.settings
    split = settings["split"]
    black_box = read_scores_of_role(args.black_box, split)
    networks = read_networks(args.networks, len(settings["seeds"]), split, args.black_box, black_box.event)
    stopped = reason_to_stop(settings, args.choice, black_box, networks)
    if stopped:
        write_candidates(args.output, [], [], stopped)
        logger.info("stopped: %s", stopped)
        return

    rows = choosing_rows(len(black_box.event), settings["events"])
    some = len(rows) < len(black_box.event)
    event, y, weight, score = (values[rows] for values in black_box)
    inputs = inputs_before(settings, args.choice)
    columns = candidates(Space.of(args), settings, inputs)
    guide = y if settings["method"] == "truth" else score
    # The network of the first seed guides.
    ordering = Ordering(guide, y, networks[-1][0][rows] if networks else None, weight)
    logger.info("%d candidates; %d events, %d pairs", len(columns), len(event), ordering.pairs)

    def blocks(columns: Sequence[Column]) -> Iterator[np.ndarray]:
        return blocks_of_values(columns, args.efps, args.events, split, event, some)

    ados = np.concatenate([[], *(ordering.ados(block, args.threads) for block in blocks(columns))])
    stability = stability_of_choice(
        ordering,
        ados,
        lambda places: np.concatenate([*blocks([columns[place] for place in places])]),
        y,
        weight,
        settings["bootstraps"],
    )
    write_candidates(args.output, columns, ados, stability=stability)
    logger.info("wrote %s", args.output)


if __name__ == "__main__":
    with clear_errors():
        main()
