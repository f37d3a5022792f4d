"""Score the events of any HDF5 file in the published layout with a trained classifier."""

import argparse
import logging
from pathlib import Path

from threadpoolctl import threadpool_limits

from leptonid.errors import InputError, clear_errors
from leptonid.storage import replacing, write_feather
from leptonid.train.prediction import load_classifier, score_events
from leptonid.train.training import use_threads

logger = logging.getLogger(__name__)


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--training", required=True, help="folder of a training, such as results/train/hl/seed0"
    )
    parser.add_argument("--events", required=True, help="events of any of the splits (HDF5)")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--output", required=True, help="one row per event, .feather or .csv")
    args = parser.parse_args(argv)

    suffix = Path(args.output).suffix
    if suffix not in (".feather", ".csv"):
        raise InputError(f"--output: {args.output}: expected a name that ends in .feather or .csv")
    use_threads(args.threads)
    with threadpool_limits(args.threads):
        table = score_events(args.events, load_classifier(args.training), args.threads)
    if suffix == ".csv":
        with replacing(args.output) as temporary:
            table.to_pandas().to_csv(temporary, index=False)
    else:
        write_feather(table, args.output)
    logger.info("%d scores written", len(table))


if __name__ == "__main__":
    with clear_errors():
        main()
