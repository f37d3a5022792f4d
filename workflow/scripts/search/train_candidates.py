"""Train a network with every candidate in one part of a pass, and compare each with the black box."""

import logging
import shutil
from itertools import chain
from pathlib import Path

import numpy as np

from leptonid.errors import InputError, clear_errors
from leptonid.event_options import Tables, add_tables
from leptonid.metrics.auc import auc
from leptonid.options import add_threads, program
from leptonid.search.greedy import network_ados
from leptonid.search.passes import inputs_before, reason_to_stop
from leptonid.search.space import Space, blocks_of_values, candidates, write_candidates
from leptonid.study.paths import TUNING_SPLITS
from leptonid.tables.fingerprints import files_fingerprint
from leptonid.tables.reader import Inputs
from leptonid.tables.scores import read_scores_of_role
from leptonid.train.training import use_threads

logger = logging.getLogger(__name__)


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = program(
        __doc__,
        settings="black_box, base, split, plateau, jobs, candidates, calorimeters, kappas, betas, edges, "
        "vertices, chromatic, multiplicity, layout; the network (kind, dense, ...), the training, its seed",
    )
    add_tables(parser)
    Space.add_options(parser)
    parser.add_argument("--black-box", required=True, help="scores of the black box (Feather)")
    parser.add_argument("--choice", nargs="?", help="choice of the previous pass, if any (JSON)")
    parser.add_argument("--metrics", nargs="*", default=[], help="metrics of all networks so far (JSON)")
    parser.add_argument("--part", type=int, required=True, help="number of this job, from 0")
    add_threads(parser)
    parser.add_argument(
        "--output",
        required=True,
        help="table of candidates to write (Feather); the folder {name}.journal beside it keeps finished "
        "candidates until all are finished",
    )
    args = parser.parse_args(argv)

    settings, split = args.settings, args.settings["split"]
    use_threads(args.threads)
    event, y, weight, guide = read_scores_of_role(args.black_box, split)
    stopped = reason_to_stop(settings, auc(y, guide, weight), args.choice, args.metrics)
    if stopped:
        write_candidates(args.output, [], [], stopped)
        logger.info("stopped: %s", stopped)
        return

    tables = Tables.of(args)
    names = inputs_before(settings, args.choice)
    columns = candidates(Space.of(args), settings, names)
    first, last = (len(columns) * edge // settings["jobs"] for edge in (args.part, args.part + 1))
    columns = columns[first:last]
    inputs = tables.inputs(names, settings["layout"])
    events = {role: tables.read(role, inputs) for role in TUNING_SPLITS}
    if not np.array_equal(events[split].event, event):
        raise InputError(f"{args.black_box}: its {split} events are not those of the table of events")

    values = {
        role: chain.from_iterable(blocks_of_values(columns, args.efps, args.events, role, some.event))
        for role, some in events.items()
    }
    data = files_fingerprint([*tables.files, args.black_box, *([args.choice] if args.choice else [])])
    journal = Path(args.output).with_suffix(".journal")
    settings = Inputs({}, [*inputs.columns, *columns]).with_scalings(settings)
    ados = network_ados(columns, values, events, guide, data, settings, args.threads, journal)
    write_candidates(args.output, columns, ados, of_networks=True)
    shutil.rmtree(journal, ignore_errors=True)
    logger.info("wrote %s", args.output)


if __name__ == "__main__":
    with clear_errors():
        main()
