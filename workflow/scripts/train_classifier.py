"""Train one classifier on one feature set, and score all events with it."""

import argparse
import json

from leptonid.errors import clear_errors
from leptonid.storage import SPLITS
from leptonid.train.fitting import Files, train_to_files
from leptonid.train.inputs import described, images_and_columns, load_sample
from leptonid.train.partitions import partition
from leptonid.train.training import use_threads


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", nargs="+", required=True, help="tables of events of all splits (Feather)")
    parser.add_argument("--cells", nargs="*", default=[], help="tables of cells, where images are inputs")
    parser.add_argument("--efps", nargs="*", default=[], help="EFP tables, where EFPs are inputs")
    parser.add_argument("--unique", nargs="?", help="table of unique observables, where EFPs are inputs")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument(
        "--settings",
        type=json.loads,
        required=True,
        help="JSON: the network (inputs, dense, ...), the training, its seed, and repetition: null or "
        "another split of the events",
    )
    parser.add_argument(
        "--model",
        required=True,
        help="trained model (.keras); a folder of its name with .epochs in place of .keras keeps what is "
        "done until all is",
    )
    parser.add_argument("--onnx", required=True, help="the same model as ONNX")
    parser.add_argument("--history", required=True, help="one row per epoch (CSV)")
    parser.add_argument("--scores", required=True, help="scores of all events (Feather)")
    parser.add_argument("--metrics", required=True, help="AUC per role and facts of the training (JSON)")
    args = parser.parse_args(argv)

    settings = args.settings
    use_threads(args.threads)
    images, columns = images_and_columns(settings["inputs"], args.unique)
    samples = partition(
        {split: load_sample(split, images, columns, args.events, args.cells, args.efps) for split in SPLITS},
        settings["repetition"],
    )
    train_to_files(
        samples,
        described(images, columns, args.efps),
        settings,
        args.threads,
        Files(args.model, args.onnx, args.history, args.scores, args.metrics),
    )


if __name__ == "__main__":
    with clear_errors():
        main()
