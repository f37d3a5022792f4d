"""Score the events of any HDF5 file in the layout of a training with its classifier."""

import logging
from pathlib import Path

from threadpoolctl import threadpool_limits

from leptonid.errors import InputError, clear_errors
from leptonid.options import add_threads, program
from leptonid.tables.feather import write_feather
from leptonid.tables.files import atomic_write
from leptonid.train.prediction import load_classifier, score_file
from leptonid.train.training import use_threads

logger = logging.getLogger(__name__)


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = program(__doc__)
    parser.add_argument(
        "--training", required=True, help="folder of a training, such as results/train/hl/seed0"
    )
    parser.add_argument("--events", required=True, help="events of any splits (HDF5)")
    parser.add_argument("--splits", nargs="+", help="those to score (default: all)")
    add_threads(parser)
    parser.add_argument("--output", required=True, help="one row per event, .feather or .csv")
    arguments = parser.parse_args(argv)

    suffix = Path(arguments.output).suffix
    if suffix not in (".feather", ".csv"):
        raise InputError(f"--output: {arguments.output}: expected a name that ends in .feather or .csv")
    use_threads(arguments.threads)
    with threadpool_limits(arguments.threads):
        classifier = load_classifier(arguments.training)
        table = score_file(arguments.events, classifier, arguments.threads, arguments.splits)
    if suffix == ".csv":
        with atomic_write(arguments.output) as temporary:
            table.to_pandas().to_csv(temporary, index=False)
    else:
        write_feather(table, arguments.output)
    logger.info("%d scores written", len(table))


if __name__ == "__main__":
    with clear_errors():
        main()
