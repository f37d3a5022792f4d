"""Train a network with each of one job's candidates of a pass, and compare it with the black box."""

import argparse
import json
import logging
import shutil
from itertools import chain
from pathlib import Path

import numpy as np

from leptonid.errors import InputError, clear_errors
from leptonid.search.greedy import network_ados
from leptonid.search.passes import inputs_before, reason_to_stop
from leptonid.search.space import blocks_of_values, candidates, write_candidates
from leptonid.train.inputs import images_and_columns, load_sample
from leptonid.train.results import read_role
from leptonid.train.training import use_threads

logger = logging.getLogger(__name__)


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--unique", required=True, help="table of unique observables")
    parser.add_argument("--duplicates", required=True, help="table of duplicate observables")
    parser.add_argument("--graphs", required=True, help="table of graphs")
    parser.add_argument(
        "--events", nargs="+", required=True, help="tables of events of train and valid (Feather)"
    )
    parser.add_argument("--cells", nargs="*", default=[], help="tables of cells, where images are inputs")
    parser.add_argument("--efps", nargs="*", default=[], help="EFP tables of train and valid")
    parser.add_argument("--black-box", required=True, help="scores of the black box (Feather)")
    parser.add_argument("--choice", nargs="?", help="choice of the pass before, if any (JSON)")
    parser.add_argument("--metrics", nargs="*", default=[], help="metrics of all networks before (JSON)")
    parser.add_argument("--part", type=int, required=True, help="number of this job, from 0")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument(
        "--settings",
        type=json.loads,
        required=True,
        help="JSON: black_box, base, split, plateau, jobs, calorimeters, kappas, betas, edges, vertices, "
        "chromatic; the network (dense, ...), the training and its seed",
    )
    parser.add_argument(
        "--output",
        required=True,
        help="table of candidates to write (Feather); a folder of its name with .journal in place of "
        ".feather keeps what is done until all is",
    )
    args = parser.parse_args(argv)

    settings, split = args.settings, args.settings["split"]
    use_threads(args.threads)
    event, y, guide = read_role(args.black_box, split)
    stopped = reason_to_stop(settings, y, guide, args.choice, args.metrics)
    if stopped:
        write_candidates(args.output, [], [], stopped)
        logger.info("stopped: %s", stopped)
        return

    inputs = inputs_before(settings, args.choice)
    columns = candidates(args.unique, args.duplicates, args.graphs, settings, inputs)
    first, last = (len(columns) * edge // settings["jobs"] for edge in (args.part, args.part + 1))
    columns = columns[first:last]
    images, before = images_and_columns(inputs, args.unique)
    samples = {
        role: load_sample(role, images, before, args.events, args.cells, args.efps)
        for role in ("train", "valid")
    }
    if not np.array_equal(samples[split].event, event):
        raise InputError(f"{args.black_box}: its {split} events are not those of the table of events")

    values = {
        role: chain.from_iterable(blocks_of_values(columns, args.efps, role, sample.event))
        for role, sample in samples.items()
    }
    journal = Path(args.output).with_suffix(".journal")
    ados = network_ados(columns, values, samples, guide, settings, args.threads, journal)
    write_candidates(args.output, columns, ados, of_networks=True)
    shutil.rmtree(journal, ignore_errors=True)
    logger.info("written")


if __name__ == "__main__":
    with clear_errors():
        main()
