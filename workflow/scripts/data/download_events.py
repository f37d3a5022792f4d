"""Download a file of events; one that was broken off is resumed, one that is there is left alone."""

from leptonid.data.download import download
from leptonid.errors import clear_errors
from leptonid.options import program


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = program(__doc__, settings="urls (of the same file, tried in this order), sha256 (null: any)")
    parser.add_argument("--output", required=True, help="file of events (HDF5)")
    args = parser.parse_args(argv)

    download(args.settings["urls"], args.output, args.settings["sha256"])


if __name__ == "__main__":
    with clear_errors():
        main()
