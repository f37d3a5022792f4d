"""Average the images of one calorimeter over each class."""

from leptonid.errors import clear_errors
from leptonid.evaluate.frames import write_frame
from leptonid.evaluate.images import average_images
from leptonid.options import program
from leptonid.study.layout import Grid


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = program(__doc__, settings="grid, the pixels of the images")
    parser.add_argument("--events", required=True, help="table of events of a split (Feather)")
    parser.add_argument("--cells", required=True, help="cells of the same split (Feather)")
    parser.add_argument("--output", required=True, help="table to write (Feather)")
    args = parser.parse_args(argv)

    grid = Grid(**args.settings["grid"])
    write_frame(average_images(args.events, args.cells, grid), args.output, {"calorimeter": grid.calorimeter})


if __name__ == "__main__":
    with clear_errors():
        main()
