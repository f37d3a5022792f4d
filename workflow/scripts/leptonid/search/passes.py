"""The passes of a search: when it stops, and what it chooses."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from leptonid.tables.feather import metadata_of, read_feather
from leptonid.tables.files import read_json

RUNNERS_UP = 10


def read_choice(path: str | Path) -> dict:
    """Return the choice of a pass; raises InputError if the file is missing or damaged."""
    return read_json(path, "a choice")


def inputs_before(settings: Mapping, choice: str | Path | None) -> list[str]:
    """Return the inputs of the network before a pass: the base, or the inputs after the previous pass."""
    return list(read_choice(choice)["inputs"] if choice else settings["base"])


def reason_to_stop(
    settings: Mapping, goal: float, choice: str | Path | None, metrics: Sequence[str | Path]
) -> str | None:
    """Return why a search stops before a pass, or None if it continues; see `stop_reason`.

    Parameters
    ----------
    settings
        `black_box`, `plateau`, and `split`, whose events choose.
    goal
        AUC of the black box on these events.
    choice
        File of the previous pass, if any.
    metrics
        Files of all networks so far, in order.
    """
    aucs = [read_json(path, "the metrics of a training")["auc"][settings["split"]] for path in metrics]
    previous = read_choice(choice) if choice else None
    return stop_reason(aucs, goal, settings["black_box"], settings["plateau"], previous)


def stop_reason(
    aucs: Sequence[float], goal: float, black_box: str, plateau: Mapping, previous: Mapping | None = None
) -> str | None:
    """Return why a search stops before its next pass, or None if it continues.

    Parameters
    ----------
    aucs
        AUCs of the networks so far, on the events that choose.
    goal
        AUC of the black box on the same events.
    black_box
        Name of the black box.
    plateau
        `gain` and `passes`: the search stops when the last `passes` passes raised the AUC by less than
        `gain`.
    previous
        Choice of the previous pass, if any. A search that has stopped does not continue.
    """
    if previous and previous["stopped"]:
        return previous["stopped"]
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
        Number of the pass, from 1.
    inputs
        Inputs of the network before the pass.
    parts
        Tables of candidates.
    """
    tables = [read_feather(path) for path in parts]
    frame = pd.concat([table.to_pandas() for table in tables], ignore_index=True)
    stopped = next((reason for table in tables if (reason := metadata_of(table).get("stopped"))), None)
    if stopped is None and frame.empty:
        stopped = "no candidate is left"
    ranked = frame.sort_values("ado", ascending=False, kind="stable").dropna(subset="ado")
    if stopped is None and ranked.empty:
        stopped = "no candidate has an ADO: no pair is ordered differently, or no network could be trained"
    choice = {"pass": number, "stopped": stopped, "inputs": list(inputs)}
    if stopped:
        return choice
    best, *others = ranked.head(RUNNERS_UP + 1).to_dict("records")
    return {
        **choice,
        "inputs": [*inputs, f"{best['calorimeter']}/{best['observable']}"],
        **best,
        "candidates": len(frame),
        "runners_up": others,
    }
