"""Write what figures and tables say about the sample: its label, with the check's warning, and its unit."""

from pathlib import Path

from leptonid.data.attributes import one_line, text_attribute
from leptonid.data.opening import open_file
from leptonid.data.receipt import read_receipt
from leptonid.errors import clear_errors
from leptonid.options import program
from leptonid.tables.sample import Sample, write_sample

DEFAULT_UNIT = "arb. units"


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = program(__doc__, settings="label, energy_unit (null: as the file says)")
    parser.add_argument("--source", required=True, help="the first file of events (HDF5)")
    parser.add_argument("--receipt", required=True, help="receipt of check_events.py (JSON)")
    parser.add_argument("--output", required=True, help="label and unit (JSON)")
    args = parser.parse_args(argv)

    with open_file(args.source) as file:
        label = args.settings["label"] or text_attribute(file, "label") or one_line(Path(args.source).name)
        unit = text_attribute(file, "energy_unit") or args.settings["energy_unit"] or DEFAULT_UNIT
    warning = read_receipt(args.receipt).warning
    if warning:
        label = f"{label} ({warning})"
    write_sample(Sample(label, unit), args.output)


if __name__ == "__main__":
    with clear_errors():
        main()
