"""The passes of a search: when it stops, what it chooses, and what has been chosen."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from leptonid.errors import InputError
from leptonid.storage import metadata_of, read_feather
from leptonid.metrics.auc import auc

RUNNERS_UP = 10


def read_choice(path: str | Path) -> dict:
    """Return what a pass has chosen.

    Raises
    ------
    InputError
        If the file is missing or damaged; the message names it.
    """
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(
            f"{path}: cannot be read as a choice ({error}); delete it and run again to make it anew"
        ) from error


def inputs_before(settings: Mapping, choice: str | Path | None) -> list[str]:
    """Return the inputs of the network before a pass: the base, or those after the pass before."""
    return list(read_choice(choice)["inputs"] if choice else settings["base"])


def reason_to_stop(
    settings: Mapping,
    y: np.ndarray,
    black_box: np.ndarray,
    choice: str | Path | None,
    metrics: Sequence[str | Path],
) -> str | None:
    """Return why a search ends before a pass, None if it goes on; see `stop_reason`.

    Parameters
    ----------
    settings
        `black_box`, `plateau`, and `split`, whose events choose.
    y, black_box : shape (N,)
        Labels and the black box's scores of those events.
    choice
        The file of the pass before, if any.
    metrics
        The files of all networks before, in order.
    """
    aucs = [json.loads(Path(path).read_text())["auc"][settings["split"]] for path in metrics]
    before = read_choice(choice) if choice else None
    return stop_reason(aucs, auc(y, black_box), settings["black_box"], settings["plateau"], before)


def stop_reason(
    aucs: Sequence[float], goal: float, black_box: str, plateau: Mapping, before: Mapping | None = None
) -> str | None:
    """Return why a search ends before its next pass, None if it goes on.

    Parameters
    ----------
    aucs
        AUCs of the networks so far, on the events that choose.
    goal
        The AUC of the black box on the same events.
    black_box
        Its name.
    plateau
        `gain`, `passes`: the search ends when the last so many passes have raised the AUC by less.
    before
        The choice of the pass before, if any: a search that has stopped does not go on.
    """
    if before and before["stopped"]:
        return before["stopped"]
    if aucs and aucs[-1] >= goal:
        return f"AUC {aucs[-1]:.4f} is not below that of {black_box}, {goal:.4f}"
    passes = plateau["passes"]
    if len(aucs) > passes:
        gain = max(aucs[-passes:]) - max(aucs[:-passes])
        if gain < plateau["gain"]:
            return f"plateau: {gain:+.4f} in AUC in {passes} passes, less than {plateau['gain']:g}"
    return None


def choose(number: int, inputs: Sequence[str], parts: Sequence[str | Path]) -> dict:
    """Return the choice of a pass: the candidate with the largest ADO, the first of equal ones.

    Parameters
    ----------
    number
        Of the pass, from 1.
    inputs
        What the network has before.
    parts
        Tables of candidates.
    """
    tables = [read_feather(path) for path in parts]
    found = pd.concat([table.to_pandas() for table in tables], ignore_index=True)
    stopped = next((reason for table in tables if (reason := metadata_of(table).get("stopped"))), None)
    if stopped is None and found.empty:
        stopped = "no candidate is left"
    best = found.sort_values("ado", ascending=False, kind="stable").dropna(subset="ado")
    if stopped is None and best.empty:
        stopped = "no candidate has an ADO: no pair is ordered differently, or no network could be trained"
    choice = {"pass": number, "stopped": stopped, "inputs": list(inputs)}
    if stopped:
        return choice
    chosen, *others = best.head(RUNNERS_UP + 1).to_dict("records")
    return {
        **choice,
        "inputs": [*inputs, f"{chosen['calorimeter']}/{chosen['observable']}"],
        **chosen,
        "candidates": len(found),
        "runners_up": others,
    }
