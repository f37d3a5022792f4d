"""When a search stops, from the scores of the networks of its passes."""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from leptonid.errors import InputError
from leptonid.metrics.auc import auc
from leptonid.metrics.trainings import MeanAucs, mean_aucs
from leptonid.search.passes import read_choice
from leptonid.tables.scores import Scores, read_scores_of_role


def add_networks(parser: argparse.ArgumentParser) -> None:
    """Add --networks, the paths of `read_networks`."""
    parser.add_argument(
        "--networks",
        nargs="*",
        default=[],
        help="scores of the networks so far, pass by pass, each with all seeds (Feather)",
    )


def read_networks(
    paths: Sequence[str | Path], seeds: int, role: str, black_box: str | Path, event: np.ndarray
) -> list[list[np.ndarray]]:
    """Return the scores, shape (N,), of the networks of all passes: of every pass, those of all seeds.

    Parameters
    ----------
    paths
        Scores of the networks, pass by pass, each with so many `seeds`.
    role
        What the trainings used the events for.
    black_box
        Scores of the black box.
    event : shape (N,)
        Its events of the role.

    Raises
    ------
    InputError
        If a network scored other events.
    """
    networks = []
    for path in paths:
        scores = read_scores_of_role(path, role)
        if not np.array_equal(scores.event, event):
            raise InputError(f"{path}: its {role} events are not those of {black_box}")
        networks.append(scores.score)
    return [networks[start : start + seeds] for start in range(0, len(networks), seeds)]


def reason_to_stop(
    settings: Mapping,
    choice: str | Path | None,
    black_box: Scores,
    networks: Sequence[Sequence[np.ndarray]],
) -> str | None:
    """Return why a search stops before a pass, or None if it continues; see `stop_reason`.

    Parameters
    ----------
    settings
        `black_box` and `plateau`.
    choice
        File of the previous pass, if any. A search that has stopped does not continue.
    black_box, networks
        Scores of all events of the split that chooses, those of the networks as of `read_networks`.
    """
    previous = read_choice(choice) if choice else None
    if previous and previous["stopped"]:
        return previous["stopped"]
    if not networks:
        return None
    aucs = mean_aucs(black_box.y, networks, black_box.weight)
    goal = auc(black_box.y, black_box.score, black_box.weight)
    return stop_reason(aucs, goal, settings["black_box"], settings["plateau"])


def stop_reason(aucs: MeanAucs, goal: float, black_box: str, plateau: Mapping) -> str | None:
    """Return why a search stops before its next pass, or None if it continues.

    Parameters
    ----------
    aucs
        AUCs of the networks of the passes so far, at least one, on the events that choose.
    goal
        AUC of the black box on the same events.
    black_box
        Name of the black box.
    plateau
        `gain` and `passes`: the search stops when the last `passes` passes raised the AUC by less than
        `gain`, or by no more than the uncertainty due to these events and to the scatter of trainings.
    """
    means = aucs.means
    if means[-1] >= goal:
        return f"AUC {means[-1]:.4f} is not below that of {black_box}, {goal:.4f}"
    passes = plateau["passes"]
    if len(means) <= passes:
        return None
    first = len(means) - passes
    gain, uncertainty = aucs.difference(first + means[first:].argmax(), means[:first].argmax())
    told = f"plateau: {gain:+.4f} in AUC in {passes} passes"
    if gain < plateau["gain"]:
        return f"{told}, less than {plateau['gain']:g}"
    if gain <= uncertainty:
        return f"{told}, within its uncertainty of {uncertainty:.4f}"
    return None
