"""Draw saliency and occlusion maps of an image network, for signal and background."""

from leptonid.errors import clear_errors
from leptonid.figures.maps import COLUMNS, MappedImage, maps_figure
from leptonid.options import add_figure, add_sample, program
from leptonid.plotting import plain, save
from leptonid.study.layout import Grid
from leptonid.tables.feather import read_feather
from leptonid.tables.sample import read_sample


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = program(
        __doc__, settings="title of the network; images: grid, title and energy_unit by name; classes"
    )
    parser.add_argument("--maps", required=True, help="maps of a network (Feather)")
    add_sample(parser)
    add_figure(parser, "output")
    args = parser.parse_args(argv)

    settings, sample = args.settings, read_sample(args.sample)
    images = {
        name: MappedImage(
            Grid(**image["grid"]), image["title"], image["energy_unit"] or plain(sample.energy_unit)
        )
        for name, image in settings["images"].items()
    }
    maps = read_feather(args.maps, COLUMNS)
    save(maps_figure(maps, images, settings["title"], settings["classes"], sample.label), args.output)


if __name__ == "__main__":
    with clear_errors():
        main()
