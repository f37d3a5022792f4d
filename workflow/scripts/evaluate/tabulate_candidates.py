"""Tabulate the candidates of searches: their ADOs in every pass, AUCs, correlations with what was chosen."""

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

import numpy as np

from leptonid.efp.graphs import graphs_by_name
from leptonid.errors import clear_errors
from leptonid.evaluate.candidates import aucs_and_correlations, candidates_table, read_candidates
from leptonid.evaluate.frames import read_columns, write_frame
from leptonid.options import program
from leptonid.search.space import blocks_of_values, choosing_rows
from leptonid.study.features import Column
from leptonid.tables.flat import events_table


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = program(
        __doc__,
        settings="searches, a list of: search, its name; method, black_box, split, events; passes, their "
        "number, and parts, the number of tables of candidates of each",
    )
    parser.add_argument(
        "--candidates", nargs="+", required=True, help="tables of candidates, by search and pass (Feather)"
    )
    parser.add_argument("--choices", nargs="+", required=True, help="choices, by search and pass (JSON)")
    parser.add_argument("--graphs", nargs="?", help="table of graphs, where EFPs are candidates")
    parser.add_argument(
        "--events", nargs="+", required=True, help="tables of events, scalars and the user, that choose"
    )
    parser.add_argument("--efps", nargs="*", default=[], help="EFP tables of the events that choose")
    parser.add_argument("--output", nargs="+", required=True, help="table of each search to write (Feather)")
    args = parser.parse_args(argv)

    searches = args.settings["searches"]
    tables, choices = iter(args.candidates), iter(args.choices)
    compared = [
        read_candidates(
            [list(islice(tables, search["parts"])) for _ in range(search["passes"])],
            list(islice(choices, search["passes"])),
        )
        for search in searches
    ]
    graphs = graphs_by_name(args.graphs)
    # Searches that the same events chose for are evaluated together, as most candidates are the same.
    for split, most in dict.fromkeys((search["split"], search["events"]) for search in searches):
        members = [
            place
            for place, search in enumerate(searches)
            if (search["split"], search["events"]) == (split, most)
        ]
        columns = _distinct(compared[place].columns for place in members)
        chosen = _distinct(compared[place].chosen for place in members)
        aucs, correlations = _evaluated(args, split, most, columns, chosen)
        for place in members:
            own = compared[place]
            rows = [columns[column] for column in own.columns]
            of_passes = correlations[np.ix_(rows, [chosen[column] for column in own.chosen])]
            frame = candidates_table(own, aucs[rows], of_passes, graphs)
            write_frame(frame, args.output[place], _metadata(searches[place], own.chosen))


def _distinct(lists: Iterator[Sequence[Column]]) -> dict[Column, int]:
    """Return the place of each column among the different ones of several lists."""
    return {
        column: place
        for place, column in enumerate(dict.fromkeys(column for columns in lists for column in columns))
    }


def _evaluated(
    args, split: str, most: int, columns: Mapping[Column, int], chosen: Mapping[Column, int]
) -> tuple[np.ndarray, np.ndarray]:
    """Return AUCs and correlations of columns on the events of a split that choose, up to `most`."""
    table = read_columns(events_table(args.events, split), [])
    rows = choosing_rows(len(table), most)
    event, y, weight = (table[name].to_numpy()[rows] for name in ("event", "y", "weight"))

    def values(wanted: Mapping[Column, int]) -> Iterator[np.ndarray]:
        return blocks_of_values(list(wanted), args.efps, args.events, split, event, len(rows) < len(table))

    references = np.concatenate([np.zeros((0, len(event))), *values(chosen)])
    return aucs_and_correlations(values(columns), y, weight.astype(float), references)


def _metadata(search: Mapping, chosen: Sequence[Column]) -> dict[str, str]:
    named = {key: search[key] for key in ("search", "method", "black_box", "split")}
    return {**named, "chosen": json.dumps([str(column) for column in chosen])}


if __name__ == "__main__":
    with clear_errors():
        main()
