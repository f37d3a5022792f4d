"""Train the network of one classifier, and score all events with it."""

from leptonid.errors import clear_errors
from leptonid.event_options import Tables, add_tables
from leptonid.options import add_threads, program
from leptonid.study.paths import SPLITS
from leptonid.tables.chunks import read_chunks
from leptonid.tables.fingerprints import files_fingerprint
from leptonid.train.fitting import Files, train_to_files
from leptonid.train.partitions import partition
from leptonid.train.training import use_threads


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = program(
        __doc__,
        "inputs, layout, the network (kind, dense, ...), the training, its seed, and repetition: null or "
        "another split of the events",
    )
    add_tables(parser)
    add_threads(parser)
    Files.add_options(parser)
    arguments = parser.parse_args(argv)

    use_threads(arguments.threads)
    settings, tables = arguments.settings, Tables.of(arguments)
    inputs = tables.inputs(settings["inputs"], settings["layout"])
    train_to_files(
        partition(
            {split: tables.read(split, inputs) for split in SPLITS},
            settings["repetition"],
            read_chunks(tables.events) if settings["repetition"] else None,
        ),
        files_fingerprint(tables.files),
        {**inputs.describe(tables.efps), "layout": settings["layout"]},
        inputs.with_scalings(settings),
        arguments.threads,
        Files.of(arguments),
    )


if __name__ == "__main__":
    with clear_errors():
        main()
