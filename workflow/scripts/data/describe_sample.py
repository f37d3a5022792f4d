"""Write what is said about the sample: its label with warnings, its unit, how independent its splits are."""

import logging
from contextlib import closing
from pathlib import Path

import numpy as np

from leptonid.data.attributes import one_line, text_attribute
from leptonid.data.event_files import open_store
from leptonid.data.independence import check_independence
from leptonid.data.receipt import read_receipt
from leptonid.errors import clear_errors
from leptonid.options import program
from leptonid.study.layout import KINEMATICS
from leptonid.study.paths import SPLITS
from leptonid.tables.feather import read_feather, read_schema
from leptonid.tables.sample import Sample, write_sample

logger = logging.getLogger(__name__)

DEFAULT_UNIT = "arb. units"


def kinematics(path: str) -> dict[str, np.ndarray]:
    """Return labels, weights and the kinematics that a table of events has."""
    known = read_schema(path).names
    columns = ["y", "weight", *(name for name in KINEMATICS if name in known)]
    table = read_feather(path, columns)
    return {name: table[name].to_numpy() for name in columns}


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = program(
        __doc__,
        settings="source, the first file of events; label, energy_unit (null: as the file says)",
    )
    parser.add_argument("--receipt", required=True, help="receipt of check_events.py (JSON)")
    parser.add_argument(
        "--tables", nargs=len(SPLITS), required=True, help="events of train, valid, test (Feather)"
    )
    parser.add_argument("--output", required=True, help="label, unit and note (JSON)")
    args = parser.parse_args(argv)

    source = args.settings["source"]
    with closing(open_store(source)) as file:
        label = args.settings["label"] or text_attribute(file, "label") or one_line(Path(source).name)
        unit = text_attribute(file, "energy_unit") or args.settings["energy_unit"] or DEFAULT_UNIT
    splits = dict(zip(SPLITS, map(kinematics, args.tables), strict=True))
    independence = check_independence(splits)
    logger.log(logging.INFO if independence.is_chance else logging.WARNING, "%s", independence.note())
    warnings = [text for text in (read_receipt(args.receipt).warning, independence.warning()) if text]
    if warnings:
        label = f"{label} ({'; '.join(warnings)})"
    write_sample(Sample(label, unit, independence.note()), args.output)


if __name__ == "__main__":
    with clear_errors():
        main()
