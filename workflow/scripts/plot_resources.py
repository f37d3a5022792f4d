"""Draw where a run's time went, and the memory of its jobs beside what they had asked for."""

import argparse

from leptonid.errors import clear_errors
from leptonid.figures.csv_files import read_csv
from leptonid.figures.events import read_label
from leptonid.plotting import save
from leptonid.record.resources_figure import JOB_COLUMNS, RULE_COLUMNS, resources_figure


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rules", required=True, help="table of rules (CSV)")
    parser.add_argument("--jobs", required=True, help="table of jobs (CSV)")
    parser.add_argument("--events", required=True, help="data/test.feather, for the label of the data")
    parser.add_argument("--output", nargs="+", required=True, help="PDF and PNG to write")
    args = parser.parse_args(argv)

    rules, jobs = read_csv(args.rules, RULE_COLUMNS), read_csv(args.jobs, JOB_COLUMNS)
    save(resources_figure(rules, jobs, read_label(args.events)), args.output)


if __name__ == "__main__":
    with clear_errors():
        main()
