"""Draw images of one calorimeter: the mean of each class, and single events."""

from leptonid.errors import clear_errors
from leptonid.figures.frames import read_frame
from leptonid.figures.images import COLUMNS, Words, mean_figure, read_single_events, single_figure
from leptonid.options import add_figure, add_sample, program
from leptonid.plotting import plain, save
from leptonid.study.layout import Grid
from leptonid.tables.sample import read_sample


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = program(
        __doc__,
        settings="grid, title and energy_unit of the image; classes; single_events of each class to draw",
    )
    parser.add_argument("--means", required=True, help="mean images (Feather)")
    parser.add_argument("--events", required=True, help="events of a split (Feather)")
    parser.add_argument("--cells", required=True, help="cells of the calorimeter in the same split (Feather)")
    add_sample(parser)
    add_figure(parser, "mean", "single")
    args = parser.parse_args(argv)

    settings, sample = args.settings, read_sample(args.sample)
    grid = Grid(**settings["grid"])
    words = Words(
        settings["title"], settings["classes"], settings["energy_unit"] or plain(sample.energy_unit)
    )
    means = read_frame(args.means, COLUMNS)
    save(mean_figure(means, grid, words, sample.label), args.mean)
    events = read_single_events(args.events, args.cells, grid, settings["single_events"])
    save(single_figure(events, grid, words, sample.label), args.single)


if __name__ == "__main__":
    with clear_errors():
        main()
