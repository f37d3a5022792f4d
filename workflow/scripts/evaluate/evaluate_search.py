"""Evaluate the passes of a search on the test events: ADOs, AUCs and the chosen observables."""

import argparse
import json

import numpy as np

from leptonid.errors import InputError, clear_errors
from leptonid.evaluate.chosen_observables import correlations_table, observable_histograms
from leptonid.evaluate.frames import finite_values, present_columns, read_columns, with_weighting, write_frame
from leptonid.evaluate.passes import Pass, events_table, passes_table
from leptonid.metrics.auc import auc, auc_uncertainty
from leptonid.options import program
from leptonid.search.passes import read_choice
from leptonid.search.space import blocks_of_values
from leptonid.search.stopping import add_networks, read_networks
from leptonid.study.features import parse_column
from leptonid.tables.scores import read_scores_of_role


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = program(
        __doc__,
        settings="search, its name; method, black_box, base, split, seeds, bootstraps; variables, "
        "names of the sample's, and optional, which of them can be missing; "
        "negative_weights",
    )
    parser.add_argument("--black-box", required=True, help="scores of the black box (Feather)")
    parser.add_argument("--choices", nargs="+", required=True, help="choices of all passes, in order (JSON)")
    add_networks(parser)
    parser.add_argument("--events", required=True, help="table of test events (Feather)")
    parser.add_argument(
        "--tables", nargs="*", default=[], help="tables of scalars and the user's, of test events"
    )
    parser.add_argument("--efps", nargs="*", default=[], help="EFP tables of the test events")
    parser.add_argument("--passes", required=True, help="table of passes to write (Feather)")
    parser.add_argument("--test-events", required=True, help="table of test events to write (Feather)")
    parser.add_argument("--histograms", required=True, help="histograms to write (Feather)")
    parser.add_argument("--correlations", required=True, help="rank correlations to write (Feather)")
    args = parser.parse_args(argv)

    settings = args.settings
    event, y, weight, black_box = read_scores_of_role(args.black_box, "test")
    names = present_columns(args.events, settings["variables"], settings["optional"])
    data = read_columns(args.events, names)
    if not np.array_equal(data["event"].to_numpy(), event):
        raise InputError(f"{args.events}: its events are not those of {args.black_box}")
    networks = read_networks(args.networks, len(settings["seeds"]), "test", args.black_box, event)
    base = networks.pop(0) if settings["base"] else None
    choices = [read_choice(path) for path in args.choices]
    passes: list[Pass] = []
    for choice, scores in zip(choices, networks, strict=True):
        if not choice["stopped"]:
            before = passes[-1].scores if passes else base
            passes.append(Pass(choice, _values(args, choice, event), scores, before))

    guide = y if settings["method"] == "truth" else black_box
    metadata = {
        **{key: settings[key] for key in ("search", "method", "black_box", "split")},
        **{key: json.dumps(settings[key]) for key in ("base", "seeds", "bootstraps")},
        "auc_black_box": repr(auc(y, black_box, weight)),
        "auc_black_box_uncertainty": repr(auc_uncertainty(y, black_box, weight)),
        "stopped": choices[-1]["stopped"] or "",
    }
    chosen = [step.name for step in passes]
    events = events_table(passes, guide, event, y, weight)
    variables = {name: finite_values(args.events, data, name) for name in names}
    table = passes_table(passes, base, guide, black_box, y, weight)
    write_frame(with_weighting(table, y, weight, settings["negative_weights"]), args.passes, metadata)
    write_frame(events, args.test_events, metadata)
    write_frame(observable_histograms(events, chosen), args.histograms)
    write_frame(correlations_table(events, chosen, variables), args.correlations)


def _values(args: argparse.Namespace, choice: dict, event: np.ndarray) -> np.ndarray:
    """Return the chosen observable of the test events, shape (N,)."""
    column = parse_column(choice["inputs"][-1])
    (block,) = blocks_of_values([column], args.efps, [args.events, *args.tables], "test", event)
    return block[0]


if __name__ == "__main__":
    with clear_errors():
        main()
