"""Draw the filters of an Energy Flow Network over the plane of each image."""

from leptonid.errors import clear_errors
from leptonid.figures.filters import COLUMNS, filters_figure
from leptonid.options import add_figure, add_sample, program
from leptonid.plotting import save
from leptonid.study.layout import Grid
from leptonid.tables.feather import read_feather
from leptonid.tables.sample import read_sample


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = program(__doc__, settings="title of the network; images: grid and title by name")
    parser.add_argument("--filters", required=True, help="filters of a network (Feather)")
    add_sample(parser)
    add_figure(parser, "output")
    args = parser.parse_args(argv)

    settings, sample = args.settings, read_sample(args.sample)
    images = {name: (Grid(**image["grid"]), image["title"]) for name, image in settings["images"].items()}
    filters = read_feather(args.filters, COLUMNS)
    save(filters_figure(filters, images, settings["title"], sample.label), args.output)


if __name__ == "__main__":
    with clear_errors():
        main()
