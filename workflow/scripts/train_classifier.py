"""Train one classifier on one feature set, and score all events with it."""

import argparse
import json
import logging
import os

# TensorFlow reads these when it is imported. What it says of missing GPUs and of its own versions is no
# news in a log; and without oneDNN, which it leaves out on CPUs without AVX-512, it trains 3 times slower.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")

import keras
import pyarrow as pa

from leptonid.calorimeter import IMAGES
from leptonid.errors import clear_errors
from leptonid.storage import SPLITS, replacing, write_feather, write_json, write_text
from leptonid.train.inputs import flat_columns, load_sample, unique_by_calorimeter
from leptonid.train.metrics import auc, auc_uncertainty
from leptonid.train.networks import build_classifier
from leptonid.train.training import make_reproducible, predict, train, use_threads

logger = logging.getLogger(__name__)


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", nargs="+", required=True, help="tables of events of all splits (Feather)")
    parser.add_argument("--cells", nargs="*", default=[], help="tables of cells, where images are inputs")
    parser.add_argument("--efps", nargs="*", default=[], help="EFP tables, where EFPs are inputs")
    parser.add_argument("--unique", nargs="?", help="table of unique observables, where EFPs are inputs")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument(
        "--settings",
        type=json.loads,
        required=True,
        help="JSON: the network (inputs, dense, ...) and the training",
    )
    parser.add_argument("--model", required=True, help="trained model (.keras)")
    parser.add_argument("--history", required=True, help="one row per epoch (CSV)")
    parser.add_argument("--scores", required=True, help="scores of all events (Feather)")
    parser.add_argument("--metrics", required=True, help="AUC per split and facts of the training (JSON)")
    args = parser.parse_args(argv)

    settings = args.settings
    use_threads(args.threads)
    make_reproducible(args.seed)
    columns = flat_columns(settings["inputs"], unique_by_calorimeter(args.unique) if args.unique else {})
    images = [name for name in settings["inputs"] if name in IMAGES]
    samples = {
        split: load_sample(split, images, columns, args.events, args.cells, args.efps) for split in SPLITS
    }
    model = build_classifier(
        samples["train"].x, samples["train"].weight, settings, image_scaling=settings["image_scaling"]
    )
    logger.info(
        "inputs: %s; %d parameters; %d training events",
        ", ".join([*images, f"{len(columns)} flat variables"]), model.count_params(), len(samples["train"].y),
    )  # fmt: skip

    with replacing(args.model) as checkpoint:
        history = train(model, samples["train"], samples["valid"], settings, args.seed, checkpoint)
        best = keras.models.load_model(checkpoint)
    scores = {split: predict(best, sample) for split, sample in samples.items()}

    write_text(history.to_csv(index=False), args.history)
    write_feather(_score_table(samples, scores), args.scores)
    metrics = {
        "parameters": model.count_params(),
        "inputs": [*images, *map(str, columns)],
        "epochs": len(history),
        "best_epoch": int(history["epoch"][history["val_loss"].idxmin()]),
        "auc": {split: auc(samples[split].y, scores[split]) for split in SPLITS},
        "auc_uncertainty": {split: auc_uncertainty(samples[split].y, scores[split]) for split in SPLITS},
    }
    write_json(metrics, args.metrics)
    logger.info("AUC: %s", metrics["auc"])


def _score_table(samples: dict, scores: dict) -> pa.Table:
    parts = [
        pa.table(
            {
                "event": samples[split].event,
                "split": pa.array([split] * len(scores[split]), pa.string()),
                "y": samples[split].y,
                "score": scores[split],
            }
        )
        for split in SPLITS
    ]
    return pa.concat_tables(parts)


if __name__ == "__main__":
    with clear_errors():
        main()
