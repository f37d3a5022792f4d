"""Evaluate the passes of a search on the test events: ADOs, AUCs, and the values of what was chosen."""

import argparse
import json

import numpy as np
import pyarrow as pa

from leptonid.errors import InputError, clear_errors
from leptonid.search.evaluation import Pass, table_of_events, table_of_passes
from leptonid.search.passes import read_choice
from leptonid.search.space import blocks_of_values
from leptonid.storage import metadata_of, read_feather, write_feather, write_text
from leptonid.train.inputs import Column
from leptonid.train.metrics import auc, auc_uncertainty
from leptonid.train.results import read_role


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--name", required=True, help="of the search")
    parser.add_argument("--black-box", required=True, help="scores of the black box (Feather)")
    parser.add_argument("--choices", nargs="+", required=True, help="choice of every pass, in order (JSON)")
    parser.add_argument(
        "--scores",
        nargs="+",
        required=True,
        help="scores of the network of the base, where there is a base, and after each pass, in order",
    )
    parser.add_argument("--events", required=True, help="data/test.feather")
    parser.add_argument("--efps", nargs="+", required=True, help="EFP tables of the test events")
    parser.add_argument(
        "--settings", type=json.loads, required=True, help="JSON: method, black_box, base, split"
    )
    parser.add_argument("--passes", required=True, help="table of the passes to write (Feather)")
    parser.add_argument("--csv", required=True, help="the same as CSV")
    parser.add_argument("--test-events", required=True, help="table of the test events to write (Feather)")
    args = parser.parse_args(argv)

    settings = args.settings
    event, y, black_box = read_role(args.black_box, "test")
    scores = [_score(path, args.black_box, event) for path in args.scores]
    base = scores.pop(0) if settings["base"] else None
    choices = [read_choice(path) for path in args.choices]
    passes = []
    for choice, score in zip(choices, scores, strict=True):
        if not choice["stopped"]:
            before = passes[-1].score if passes else base
            passes.append(Pass(choice, _values(args.efps, choice, event), score, before))

    guide = y if settings["method"] == "truth" else black_box
    table = table_of_passes(passes, base, guide, black_box, y)
    events = read_feather(args.events, ["event", "weight"])
    if not np.array_equal(events["event"].to_numpy(), event):
        raise InputError(f"{args.events}: its events are not those of {args.black_box}")
    metadata = {
        "search": args.name,
        **{key: settings[key] for key in ("method", "black_box", "split")},
        "base": json.dumps(settings["base"]),
        "auc_black_box": repr(auc(y, black_box)),
        "auc_black_box_uncertainty": repr(auc_uncertainty(y, black_box)),
        "stopped": choices[-1]["stopped"] or "",
        "label": metadata_of(events)["label"],
    }
    labelled = table.assign(sample=metadata["label"])
    write_text(labelled.to_csv(index=False, float_format="%.6g", lineterminator="\n"), args.csv)
    values = table_of_events(passes, guide, event, y, events["weight"].to_numpy())
    for frame, path in ((table, args.passes), (values, args.test_events)):
        # Without what pandas would note of itself.
        content = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(metadata)
        write_feather(content, path)


def _score(path: str, black_box: str, event: np.ndarray) -> np.ndarray:
    found, _, score = read_role(path, "test")
    if not np.array_equal(found, event):
        raise InputError(f"{path}: its test events are not those of {black_box}")
    return score


def _values(efps: list[str], choice: dict, event: np.ndarray) -> np.ndarray:
    column = Column(choice["calorimeter"], choice["observable"])
    (block,) = blocks_of_values([column], efps, "test", event)
    return block[0]


if __name__ == "__main__":
    with clear_errors():
        main()
