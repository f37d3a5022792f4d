"""Draw the core time of the rules of a run, and the memory that their jobs used and requested."""

from leptonid.errors import clear_errors
from leptonid.figures.csv_files import read_csv
from leptonid.options import add_figure, add_sample, program
from leptonid.plotting import save
from leptonid.record.resources_figure import JOB_COLUMNS, RULE_COLUMNS, resources_figure
from leptonid.tables.sample import read_sample


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = program(__doc__)
    parser.add_argument("--rules", required=True, help="table of rules (CSV)")
    parser.add_argument("--jobs", required=True, help="table of jobs (CSV)")
    add_sample(parser)
    add_figure(parser, "output")
    args = parser.parse_args(argv)

    rules, jobs = read_csv(args.rules, RULE_COLUMNS), read_csv(args.jobs, JOB_COLUMNS)
    save(resources_figure(rules, jobs, read_sample(args.sample).label), args.output)


if __name__ == "__main__":
    with clear_errors():
        main()
