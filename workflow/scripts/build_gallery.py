"""Build the gallery: one HTML page with all figures and their captions, and a small copy for the report."""

import argparse
import json

from leptonid.errors import clear_errors
from leptonid.figures.events import read_label
from leptonid.figures.gallery import LIMIT, SMALL_LIMIT, gallery, read_figures
from leptonid.storage import write_text


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--figures", nargs="*", required=True, help="PNG files")
    parser.add_argument("--captions", nargs="+", required=True, help="captions of the report")
    parser.add_argument("--events", required=True, help="data/test.feather, for the label of the data")
    parser.add_argument(
        "--settings",
        type=json.loads,
        required=True,
        help="JSON: figures, with category, title, caption and wildcards of each of --figures",
    )
    parser.add_argument("--output", required=True, help="HTML file to write")
    parser.add_argument("--small", required=True, help="HTML file to write with figures scaled down")
    args = parser.parse_args(argv)

    label = read_label(args.events)
    for path, limit in ((args.output, LIMIT), (args.small, SMALL_LIMIT)):
        figures = read_figures(args.figures, args.captions, args.settings["figures"], limit)
        write_text(gallery(figures, label), path)


if __name__ == "__main__":
    with clear_errors():
        main()
