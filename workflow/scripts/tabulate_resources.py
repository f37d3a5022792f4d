"""Tabulate what the jobs of a run took, and what its rules should ask for."""

import argparse
import json

from leptonid.errors import clear_errors
from leptonid.figures.tables import frame_csv
from leptonid.record.resources import read_benchmarks, resources_table, to_latex, to_markdown
from leptonid.storage import write_text


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rules", nargs="+", required=True, help="stage/rule of each benchmark file")
    parser.add_argument("--benchmarks", nargs="+", required=True, help="benchmark file of each job (JSON)")
    parser.add_argument(
        "--settings",
        type=json.loads,
        required=True,
        help="JSON: unmeasured, the number of jobs of each rule without benchmark files",
    )
    parser.add_argument("--jobs", required=True, help="table of jobs to write (CSV)")
    parser.add_argument("--csv", required=True, help="table of rules to write")
    parser.add_argument("--markdown", required=True, help="table of rules to write")
    parser.add_argument("--latex", required=True, help="table of rules to write")
    args = parser.parse_args(argv)

    jobs = read_benchmarks(args.benchmarks, args.rules)
    table, unmeasured = resources_table(jobs), args.settings["unmeasured"]
    write_text(frame_csv(jobs), args.jobs)
    write_text(frame_csv(table), args.csv)
    write_text(to_markdown(table, unmeasured), args.markdown)
    write_text(to_latex(table, unmeasured), args.latex)


if __name__ == "__main__":
    with clear_errors():
        main()
