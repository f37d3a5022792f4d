"""Train one classifier on one feature set, and score all events with it."""

import argparse
import json
import logging
import shutil
from pathlib import Path

from leptonid.efp.tables import coordinates_of
from leptonid.errors import clear_errors
from leptonid.storage import SPLITS, replacing, write_feather, write_json, write_text
from leptonid.train.epochs import Epochs, training_key
from leptonid.train.export import export_onnx
from leptonid.train.inputs import images_and_columns, load_sample
from leptonid.train.metrics import is_chance
from leptonid.train.networks import build_classifier
from leptonid.train.partitions import partition
from leptonid.train.precision import usable_precision
from leptonid.train.results import aucs, score_table
from leptonid.train.training import make_reproducible, predict, restart_seed, train, use_threads

logger = logging.getLogger(__name__)


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", nargs="+", required=True, help="tables of events of all splits (Feather)")
    parser.add_argument("--cells", nargs="*", default=[], help="tables of cells, where images are inputs")
    parser.add_argument("--efps", nargs="*", default=[], help="EFP tables, where EFPs are inputs")
    parser.add_argument("--unique", nargs="?", help="table of unique observables, where EFPs are inputs")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument(
        "--settings",
        type=json.loads,
        required=True,
        help="JSON: the network (inputs, dense, ...), the training, its seed, and repetition: null or "
        "another split of the events",
    )
    parser.add_argument(
        "--model",
        required=True,
        help="trained model (.keras); a folder of its name with .epochs in place of .keras keeps what is "
        "done until all is",
    )
    parser.add_argument("--onnx", required=True, help="the same model as ONNX")
    parser.add_argument("--history", required=True, help="one row per epoch (CSV)")
    parser.add_argument("--scores", required=True, help="scores of all events (Feather)")
    parser.add_argument("--metrics", required=True, help="AUC per role and facts of the training (JSON)")
    args = parser.parse_args(argv)

    settings = args.settings
    use_threads(args.threads)
    images, columns = images_and_columns(settings["inputs"], args.unique)
    facts = {
        "inputs": [*images, *map(str, columns)],
        "image_scaling": settings["image_scaling"],
        "coordinates": coordinates_of(args.efps),
    }
    samples = partition(
        {split: load_sample(split, images, columns, args.events, args.cells, args.efps) for split in SPLITS},
        settings["repetition"],
    )
    precision = usable_precision(settings["precision"])

    def network(precision: str):
        return build_classifier(
            samples["train"].x,
            samples["train"].weight,
            settings,
            settings["image_scaling"],
            settings["initialisation"],
            precision,
        )

    folder = Path(args.model).with_suffix(".epochs")
    key = training_key(samples.values(), settings, precision, args.threads)
    for restart in range(settings["restarts"] + 1):
        seed = restart_seed(settings["seed"], restart)
        make_reproducible(seed)
        model = network(precision)
        logger.info(
            "inputs: %s; %d parameters; %d training events; %s; seed %d",
            ", ".join([*images, f"{len(columns)} flat variables"]),
            model.count_params(), len(samples["train"].y), precision, seed,
        )  # fmt: skip
        epochs = Epochs(folder / str(restart), key)
        seeded = {**settings, "seed": seed}
        trained, history = train(model, samples["train"], samples["valid"], seeded, epochs)
        # In float32 and without its optimizer, whatever it was trained with.
        final = network("float32")
        final.set_weights(trained.get_weights())
        scores = {role: predict(final, sample) for role, sample in samples.items()}
        if not is_chance(samples["valid"].y, scores["valid"]):
            break
        logger.warning("dead: the validation events are told apart no better than by chance")

    metrics = {
        "model": "network",
        **facts,
        "parameters": final.count_params(),
        "precision": precision,
        "seed": seed,
        "restarts": restart,
        "epochs": len(history),
        "best_epoch": int(history["epoch"][history["val_loss"].idxmin()]),
        **aucs(samples, scores),
    }
    with replacing(args.model) as temporary:
        final.save(temporary)
    export_onnx(final, args.onnx, facts)
    write_text(history.to_csv(index=False), args.history)
    write_feather(score_table(samples, scores), args.scores)
    write_json(metrics, args.metrics)
    shutil.rmtree(folder)
    logger.info("AUC: %s", metrics["auc"])


if __name__ == "__main__":
    with clear_errors():
        main()
