"""Map how a trained network's logit depends on the cells of its images: saliency and occlusion per class."""

from leptonid.errors import clear_errors
from leptonid.event_options import Tables, add_tables
from leptonid.options import add_threads, program
from leptonid.tables.feather import write_feather
from leptonid.train.export import load_network
from leptonid.train.maps import image_maps
from leptonid.train.training import make_reproducible, use_threads


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = program(__doc__, "inputs, layout and a seed")
    parser.add_argument("--model", required=True, help="trained network (.keras)")
    add_tables(parser)
    add_threads(parser)
    parser.add_argument("--maps", required=True, help="one row per image, class and cell (Feather)")
    arguments = parser.parse_args(argv)

    settings, tables = arguments.settings, Tables.of(arguments)
    use_threads(arguments.threads)
    make_reproducible(settings["seed"])
    inputs = tables.inputs(settings["inputs"], settings["layout"])
    model = load_network(arguments.model)
    maps = image_maps(model, tables.read("test", inputs), inputs.images, settings["seed"])
    write_feather(maps, arguments.maps)


if __name__ == "__main__":
    with clear_errors():
        main()
