"""Tabulate the resources that the jobs of a run used, and what their rules should request."""

from leptonid.errors import clear_errors
from leptonid.figures.tables import frame_csv
from leptonid.options import program
from leptonid.record.resources import read_benchmarks, resources_table, to_latex, to_markdown
from leptonid.tables.files import write_text


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = program(
        __doc__,
        settings="measured, [stage, rule, number of benchmark files] in the order of the files; "
        "unmeasured, the number of jobs without benchmark files by rule",
    )
    parser.add_argument("--benchmarks", nargs="+", required=True, help="benchmark file of each job (JSON)")
    parser.add_argument("--jobs", required=True, help="table of jobs to write (CSV)")
    parser.add_argument("--csv", required=True, help="table of rules to write")
    parser.add_argument("--markdown", required=True, help="table of rules to write")
    parser.add_argument("--latex", required=True, help="table of rules to write")
    args = parser.parse_args(argv)

    rules = [(stage, rule) for stage, rule, count in args.settings["measured"] for _ in range(count)]
    jobs = read_benchmarks(args.benchmarks, rules)
    table, unmeasured = resources_table(jobs), args.settings["unmeasured"]
    write_text(frame_csv(jobs), args.jobs)
    write_text(frame_csv(table), args.csv)
    write_text(to_markdown(table, unmeasured), args.markdown)
    write_text(to_latex(table, unmeasured), args.latex)


if __name__ == "__main__":
    with clear_errors():
        main()
