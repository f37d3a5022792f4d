"""Compute how AUC and efficiencies of classifiers move when the cells of the test events change."""

import pandas as pd

from leptonid.errors import clear_errors
from leptonid.evaluate.frames import write_scored
from leptonid.evaluate.variations import variations_table
from leptonid.metrics.scored_events import read_scores, read_test_scores
from leptonid.options import program


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = program(
        __doc__,
        settings="classifiers: name and inputs that stay unchanged, of each file; changes, their names; "
        "negative_weights",
    )
    parser.add_argument("--variations", nargs="+", required=True, help="scores of changed test events")
    parser.add_argument("--scores", nargs="+", required=True, help="scores.feather of the same trainings")
    parser.add_argument("--output", required=True, help="table to write (Feather)")
    args = parser.parse_args(argv)

    classifiers, tables = args.settings["classifiers"], []
    for (name, unchanged), path, scores in zip(classifiers, args.variations, args.scores, strict=True):
        valid = read_scores([name], [scores], "valid")[name]
        tables.append(variations_table(name, path, args.settings["changes"], valid, unchanged))
    first = read_test_scores(["first"], args.scores[:1])
    write_scored(pd.concat(tables, ignore_index=True), first, args.settings, args.output)


if __name__ == "__main__":
    with clear_errors():
        main()
