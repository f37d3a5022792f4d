"""Map the filters of a trained Energy Flow Network over the plane of each image."""

from leptonid.errors import clear_errors
from leptonid.options import program
from leptonid.study.features import images_of
from leptonid.study.layout import Contents
from leptonid.tables.feather import write_feather
from leptonid.train.export import load_network
from leptonid.train.filters import plane_filters


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = program(__doc__, "inputs and layout")
    parser.add_argument("--model", required=True, help="trained network of kind efn (.keras)")
    parser.add_argument("--filters", required=True, help="one row per image and filter (Feather)")
    arguments = parser.parse_args(argv)

    contents = Contents.from_settings(arguments.settings["layout"])
    images = images_of(arguments.settings["inputs"], contents)
    grids = {name: contents.images[name] for name in images}
    write_feather(plane_filters(load_network(arguments.model), grids), arguments.filters)


if __name__ == "__main__":
    with clear_errors():
        main()
