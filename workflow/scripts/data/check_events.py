"""Check an HDF5 file of events and write a receipt, by which later programs recognise the file."""

from leptonid.data.checks import check_events
from leptonid.data.receipt import make_receipt, state_of, write_receipt
from leptonid.errors import clear_errors
from leptonid.options import program
from leptonid.study.layout import Contents


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = program(
        __doc__,
        settings="layout; positive (image to the key that forbids negative pixels), fewest (of a class)",
    )
    parser.add_argument("--source", required=True, help="events (HDF5)")
    parser.add_argument("--output", required=True, help="receipt (JSON)")
    args = parser.parse_args(argv)

    state = state_of(args.source)
    contents = Contents.from_settings(args.settings["layout"])
    findings = check_events(args.source, contents, args.settings["positive"], args.settings["fewest"])
    write_receipt(make_receipt(args.source, findings, state), args.output)


if __name__ == "__main__":
    with clear_errors():
        main()
