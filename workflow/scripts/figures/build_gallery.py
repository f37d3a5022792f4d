"""Build the gallery: one HTML page with all figures and their captions, and a smaller one for the report."""

from leptonid.errors import clear_errors
from leptonid.figures.gallery import LIMIT, SMALL_LIMIT, gallery, read_figures, scaled_down
from leptonid.options import add_sample, program
from leptonid.tables.files import write_text
from leptonid.tables.sample import read_sample


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = program(__doc__, settings="figures: category, title, caption and wildcards of each of --figures")
    parser.add_argument("--figures", nargs="*", required=True, help="PNG files")
    parser.add_argument("--captions", nargs="+", required=True, help="captions of the report")
    add_sample(parser)
    parser.add_argument("--output", required=True, help="HTML file to write")
    parser.add_argument("--small", required=True, help="HTML file with smaller figures to write")
    args = parser.parse_args(argv)

    label = read_sample(args.sample).label
    figures = read_figures(args.figures, args.captions, args.settings["figures"])
    pages = scaled_down(figures, (LIMIT, SMALL_LIMIT))
    for path, page in zip((args.output, args.small), pages, strict=True):
        write_text(gallery(page, label), path)


if __name__ == "__main__":
    with clear_errors():
        main()
