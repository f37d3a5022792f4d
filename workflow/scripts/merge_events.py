"""Merge chunks of simulated events into one shuffled file in the published layout, in three splits."""

import argparse
import json
import logging
from dataclasses import asdict
from pathlib import Path

import numpy as np

from leptonid.data.simulation.chunks import Settings, seed_sequence
from leptonid.data.simulation.generator import versions
from leptonid.data.simulation.merging import GROUPS, read_chunks, split
from leptonid.errors import clear_errors
from leptonid.storage import write_events

logger = logging.getLogger(__name__)

LABEL = "lepton-id simulation (stand-in)"
NOTE = (
    "A stand-in for the sample of arXiv:2011.01984, made with Pythia 8 and a fast segmented "
    "calorimeter. Its settings were scanned to give a task like the published one; it is not a "
    "validated simulation of any detector."
)
UNITS = (
    "et, ht: ET in GeV; pt: cluster ET in GeV; eta: pseudorapidity of the image centre; mass: GeV; "
    "hl: w_eta2 in eta, sigma_eta_eta in cells, iso_0.3 and iso_0.4 energy in GeV, others ratios"
)


def main(argv: list[str] | None = None) -> None:
    """Read the chunks, split them and write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chunks", type=Path, nargs="+", required=True, help="files of simulate_events.py")
    parser.add_argument("--settings", required=True, help="JSON: the whole data.simulation")
    parser.add_argument("--output", type=Path, required=True, help="HDF5 file to write")
    arguments = parser.parse_args(argv)

    settings = Settings.from_json(arguments.settings)
    expected = [settings.events_in(index) for index in range(settings.chunks())]
    arrays = read_chunks(arguments.chunks, expected)
    splits = split(arrays["y"], np.random.default_rng(seed_sequence(settings.seed, "shuffle")))
    groups = {name: {part: arrays[name][events] for part, events in splits.items()} for name in GROUPS}
    attributes = {
        "label": LABEL,
        "note": NOTE,
        "energy_unit": "GeV",
        "units": UNITS,
        "settings": json.dumps(asdict(settings), sort_keys=True),
        "seed": settings.seed,
        "versions": json.dumps(versions(), sort_keys=True),
    }
    write_events(arguments.output, groups, attributes)
    logger.info("%s: %d events", arguments.output, settings.events)


if __name__ == "__main__":
    with clear_errors():
        main()
