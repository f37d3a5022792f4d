"""Compare every candidate of a pass with the guide, on the pairs that guide and network order differently."""

import logging

import numpy as np

from leptonid.errors import InputError, clear_errors
from leptonid.metrics.auc import auc
from leptonid.metrics.ordering import Ordering
from leptonid.options import add_threads, program
from leptonid.search.passes import inputs_before, reason_to_stop
from leptonid.search.space import Space, blocks_of_values, candidates, choosing_rows, write_candidates
from leptonid.tables.scores import read_scores_of_role

logger = logging.getLogger(__name__)


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = program(
        __doc__,
        settings="method, black_box, base, split, events, plateau, candidates, calorimeters, kappas, betas, "
        "edges, vertices, chromatic, multiplicity, layout",
    )
    parser.add_argument(
        "--events", nargs="+", required=True, help="tables of events, scalars and the user, of that split"
    )
    parser.add_argument("--efps", nargs="*", default=[], help="EFP tables of the split that chooses")
    parser.add_argument("--unique", nargs="?", help="table of unique observables, where there are EFPs")
    Space.add_options(parser)
    parser.add_argument("--black-box", required=True, help="scores of the black box (Feather)")
    parser.add_argument(
        "--network", nargs="?", help="scores of the network before the pass, if any (Feather)"
    )
    parser.add_argument("--choice", nargs="?", help="choice of the previous pass, if any (JSON)")
    parser.add_argument("--metrics", nargs="*", default=[], help="metrics of all networks so far (JSON)")
    add_threads(parser)
    parser.add_argument("--output", required=True, help="table of candidates to write (Feather)")
    args = parser.parse_args(argv)

    settings = args.settings
    event, y, weight, score = read_scores_of_role(args.black_box, settings["split"])
    network = read_scores_of_role(args.network, settings["split"]) if args.network else None
    if network and not np.array_equal(network.event, event):
        raise InputError(f"{args.network}: its {settings['split']} events are not those of {args.black_box}")
    stopped = reason_to_stop(settings, auc(y, score, weight), args.choice, args.metrics)
    if stopped:
        write_candidates(args.output, [], [], stopped)
        logger.info("stopped: %s", stopped)
        return

    rows = choosing_rows(len(event), settings["events"])
    some = len(rows) < len(event)
    event, y, weight, score = (values[rows] for values in (event, y, weight, score))
    inputs = inputs_before(settings, args.choice)
    columns = candidates(Space.of(args), settings, inputs)
    guide = y if settings["method"] == "truth" else score
    ordering = Ordering(guide, y, network.score[rows] if network else None, weight)
    logger.info("%d candidates; %d events, %d pairs", len(columns), len(event), ordering.pairs)
    ados = [
        ordering.ados(block, args.threads)
        for block in blocks_of_values(columns, args.efps, args.events, settings["split"], event, some)
    ]
    write_candidates(args.output, columns, np.concatenate([[], *ados]))
    logger.info("wrote %s", args.output)


if __name__ == "__main__":
    with clear_errors():
        main()
