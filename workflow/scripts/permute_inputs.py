"""Measure how much a trained network relies on each input: the drop of its test AUC when that is permuted."""

import argparse
import json
import logging
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from leptonid.errors import clear_errors
from leptonid.storage import write_text
from leptonid.train.export import load_network
from leptonid.train.importance import groups_of, permutation_importance
from leptonid.train.inputs import images_and_columns, load_sample
from leptonid.train.training import make_reproducible, predict, use_threads

logger = logging.getLogger(__name__)


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", required=True, help="trained network (.keras)")
    parser.add_argument(
        "--events", nargs="+", required=True, help="tables of events, test among them (Feather)"
    )
    parser.add_argument("--cells", nargs="*", default=[], help="tables of cells, where images are inputs")
    parser.add_argument("--efps", nargs="*", default=[], help="EFP tables, where EFPs are inputs")
    parser.add_argument("--unique", nargs="?", help="table of unique observables, where EFPs are inputs")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument(
        "--settings", type=json.loads, required=True, help="JSON: inputs of the network, and a seed"
    )
    parser.add_argument("--importance", required=True, help="one row per variable or group of them (CSV)")
    args = parser.parse_args(argv)

    inputs, seed = args.settings["inputs"], args.settings["seed"]
    use_threads(args.threads)
    make_reproducible(seed)
    images, columns = images_and_columns(inputs, args.unique)
    sample = load_sample("test", images, columns, args.events, args.cells, args.efps)
    model = load_network(args.model)

    def score(x: Mapping[str, np.ndarray]) -> np.ndarray:
        return predict(model, replace(sample, x=x))

    table = permutation_importance(score, sample.x, sample.y, groups_of(images, columns), seed)
    write_text(table.to_csv(index=False), args.importance)
    best = table.loc[table["drop"].idxmax()]
    logger.info(
        "the AUC of %.4f falls most, by %.4f, without %s", best["auc"], best["drop"], best["variable"]
    )


if __name__ == "__main__":
    with clear_errors():
        main()
