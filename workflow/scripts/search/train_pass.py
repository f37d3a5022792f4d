"""Train the network of one pass of a search, or copy the previous one where the search has stopped."""

import logging
import shutil
from dataclasses import astuple

from leptonid.errors import InputError, clear_errors
from leptonid.event_options import Tables, add_tables
from leptonid.options import add_threads, program
from leptonid.search.passes import read_choice
from leptonid.study.features import contents_of
from leptonid.study.layout import Contents
from leptonid.study.paths import SPLITS
from leptonid.tables.files import atomic_write
from leptonid.tables.fingerprints import files_fingerprint
from leptonid.tables.reader import Inputs
from leptonid.train.fitting import Files, train_to_files
from leptonid.train.training import use_threads

logger = logging.getLogger(__name__)


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = program(
        __doc__, settings="base, layout, the network (kind, dense, ...), the training and its seed"
    )
    add_tables(parser)
    parser.add_argument("--choice", nargs="?", help="choice of this pass (JSON); none for the base alone")
    parser.add_argument(
        "--previous",
        nargs="*",
        default=[],
        help="model, onnx, history, scores and metrics of the previous pass and the same seed, if any, to be "
        "copied where the search has stopped",
    )
    add_threads(parser)
    Files.add_options(parser)
    args = parser.parse_args(argv)

    settings, tables = args.settings, Tables.of(args)
    files = Files.of(args)
    choice = read_choice(args.choice) if args.choice else None
    if choice and choice["stopped"]:
        logger.info("stopped: %s", choice["stopped"])
        if not args.previous:
            raise InputError(
                f"{args.choice}: the search stopped ({choice['stopped']}) before it had a network; a search "
                "without a base needs candidates in its first pass: extend its space, or give it a base"
            )
        for source, target in zip(args.previous, astuple(files), strict=True):
            with atomic_write(target) as temporary:
                shutil.copyfile(source, temporary)
        return

    use_threads(args.threads)
    names = choice["inputs"] if choice else settings["base"]
    # The settings describe all that any pass can need.
    contents = contents_of(names, Contents.from_settings(settings["layout"]))
    inputs = Inputs.of(names, contents, tables.unique)
    train_to_files(
        {split: tables.read(split, inputs) for split in SPLITS},
        files_fingerprint([*tables.files, *([args.choice] if args.choice else [])]),
        {**inputs.describe(tables.efps), "layout": contents.as_settings()},
        inputs.with_scalings(settings),
        args.threads,
        files,
    )


if __name__ == "__main__":
    with clear_errors():
        main()
