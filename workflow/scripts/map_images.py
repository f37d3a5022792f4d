"""Map how a trained network's logit depends on the cells of its images: saliency and occlusion per class."""

import argparse
import json

from leptonid.errors import clear_errors
from leptonid.storage import write_feather
from leptonid.train.export import load_network
from leptonid.train.inputs import images_and_columns, load_sample
from leptonid.train.maps import image_maps
from leptonid.train.training import make_reproducible, use_threads


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", required=True, help="trained network (.keras)")
    parser.add_argument(
        "--events", nargs="+", required=True, help="tables of events, test among them (Feather)"
    )
    parser.add_argument("--cells", nargs="+", required=True, help="tables of cells")
    parser.add_argument("--efps", nargs="*", default=[], help="EFP tables, where EFPs are inputs")
    parser.add_argument("--unique", nargs="?", help="table of unique observables, where EFPs are inputs")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument(
        "--settings", type=json.loads, required=True, help="JSON: inputs of the network, and a seed"
    )
    parser.add_argument("--maps", required=True, help="one row per image, class and cell (Feather)")
    args = parser.parse_args(argv)

    inputs, seed = args.settings["inputs"], args.settings["seed"]
    use_threads(args.threads)
    make_reproducible(seed)
    images, columns = images_and_columns(inputs, args.unique)
    sample = load_sample("test", images, columns, args.events, args.cells, args.efps)
    model = load_network(args.model)
    write_feather(image_maps(model, sample, seed), args.maps)


if __name__ == "__main__":
    with clear_errors():
        main()
