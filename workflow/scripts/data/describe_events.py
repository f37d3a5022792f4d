"""Print what files of events hold, what fits the layout, and which feature sets can be trained on them."""

from leptonid.data.description import describe_files
from leptonid.errors import clear_errors
from leptonid.options import program
from leptonid.study.layout import Contents
from leptonid.study.sources import Reading


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = program(
        __doc__, settings="path (as data.path), layout, reading, features (inputs of each feature set)"
    )
    settings = parser.parse_args(argv).settings

    contents, reading = Contents.from_settings(settings["layout"]), Reading.from_settings(settings["reading"])
    for line in describe_files(settings["path"], contents, reading, settings["features"]):
        print(line)


if __name__ == "__main__":
    with clear_errors():
        main()
