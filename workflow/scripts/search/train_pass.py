"""Train the network of one pass of a search, or keep that of the pass before where the search has stopped."""

import argparse
import json
import logging
import shutil
from dataclasses import astuple

from leptonid.errors import InputError, clear_errors
from leptonid.search.passes import read_choice
from leptonid.storage import SPLITS, replacing
from leptonid.train.fitting import Files, train_to_files
from leptonid.train.inputs import described, images_and_columns, load_sample
from leptonid.train.training import use_threads

logger = logging.getLogger(__name__)


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", nargs="+", required=True, help="tables of events of all splits (Feather)")
    parser.add_argument("--cells", nargs="*", default=[], help="tables of cells, where images are inputs")
    parser.add_argument("--efps", nargs="*", default=[], help="EFP tables, where EFPs are inputs")
    parser.add_argument("--unique", nargs="?", help="table of unique observables, where EFPs are inputs")
    parser.add_argument("--choice", nargs="?", help="choice of this pass (JSON); none for the base alone")
    parser.add_argument(
        "--before",
        nargs="*",
        default=[],
        help="model, onnx, history, scores and metrics of the pass before, if any; copied where the search "
        "has stopped",
    )
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument(
        "--settings",
        type=json.loads,
        required=True,
        help="JSON: base, the network (dense, ...), the training and its seed",
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
    parser.add_argument("--metrics", required=True, help="AUC per split and facts of the training (JSON)")
    args = parser.parse_args(argv)

    settings = args.settings
    files = Files(args.model, args.onnx, args.history, args.scores, args.metrics)
    choice = read_choice(args.choice) if args.choice else None
    if choice and choice["stopped"]:
        logger.info("stopped: %s", choice["stopped"])
        if not args.before:
            raise InputError(
                f"{args.choice}: the search has stopped ({choice['stopped']}), and there is no network of a "
                "pass before to keep; a search without a base needs candidates in its first pass: widen its "
                "space, or give it a base"
            )
        for source, target in zip(args.before, astuple(files), strict=True):
            with replacing(target) as temporary:
                shutil.copyfile(source, temporary)
        return

    use_threads(args.threads)
    images, columns = images_and_columns(choice["inputs"] if choice else settings["base"], args.unique)
    train_to_files(
        {split: load_sample(split, images, columns, args.events, args.cells, args.efps) for split in SPLITS},
        described(images, columns, args.efps),
        settings,
        args.threads,
        files,
    )


if __name__ == "__main__":
    with clear_errors():
        main()
