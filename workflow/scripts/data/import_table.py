"""Check a table of the user for one split of the events, and write its variables."""

import logging

import pyarrow as pa

from leptonid.data.own_tables import read_own_table
from leptonid.errors import clear_errors
from leptonid.options import program
from leptonid.study.features import Column
from leptonid.study.paths import SPLITS
from leptonid.tables.feather import read_feather, write_feather
from leptonid.tables.flat import TABLE

logger = logging.getLogger(__name__)


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = program(__doc__, settings="table, its name, and path (CSV or Feather)")
    parser.add_argument("--events", required=True, help="table of events of the split (Feather)")
    parser.add_argument("--split", choices=SPLITS, required=True)
    parser.add_argument("--output", required=True, help="table of variables to write (Feather)")
    args = parser.parse_args(argv)

    name = args.settings["table"]
    events = read_feather(args.events, ["event", "y"])
    table = read_own_table(args.settings["path"], args.split, events["y"].to_numpy())
    columns = {str(Column(name, variable)): table[variable] for variable in table.column_names}
    metadata = {"split": args.split, TABLE: name}
    write_feather(pa.table({"event": events["event"], **columns}), args.output, metadata)
    logger.info("%s, %s: %d variables of %d events", name, args.split, len(columns), len(events))


if __name__ == "__main__":
    with clear_errors():
        main()
