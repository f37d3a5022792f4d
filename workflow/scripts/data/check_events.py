"""Check files of events and write a receipt, by which later programs recognise the files."""

from leptonid.data.checks import check_events
from leptonid.data.chunks import check_chunks
from leptonid.data.receipt import make_receipt, state_of, write_receipt
from leptonid.errors import clear_errors
from leptonid.options import program
from leptonid.study.layout import Contents
from leptonid.study.sources import Reading, all_files


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = program(
        __doc__,
        settings="sources (split to its files), layout; positive (image to the key that forbids negative "
        "pixels), fewest (events of a class), fewest_chunks, missing (group to keys that need it), reading",
    )
    parser.add_argument("--output", required=True, help="receipt (JSON)")
    args = parser.parse_args(argv)

    sources = args.settings["sources"]
    states = {source: state_of(source) for source in all_files(sources)}
    contents = Contents.from_settings(args.settings["layout"])
    conditions = (args.settings[key] for key in ("positive", "fewest", "missing"))
    reading = Reading.from_settings(args.settings["reading"])
    findings = check_events(sources, contents, *conditions, reading)
    check_chunks(sources, contents, args.settings["fewest_chunks"], reading)
    write_receipt(make_receipt(sources, findings, states), args.output)


if __name__ == "__main__":
    with clear_errors():
        main()
