"""The passes of a search: what it chooses."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from leptonid.study.candidates import ALIKE
from leptonid.study.features import EVENTS, Column
from leptonid.tables.feather import metadata_of, read_feather
from leptonid.tables.files import read_json

RUNNERS_UP = 10


def read_choice(path: str | Path) -> dict:
    """Return the choice of a pass; raises InputError if the file is missing or damaged."""
    return read_json(path, "a choice")


def inputs_before(settings: Mapping, choice: str | Path | None) -> list[str]:
    """Return the inputs of the network before a pass: the base, or the inputs after the previous pass."""
    return list(read_choice(choice)["inputs"] if choice else settings["base"])


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

    Returns
    -------
    `pass`; `stopped`, why the search has stopped, or None; `inputs` after the pass. If it has not stopped,
    also the row of the choice among the candidates, `alike_in` (as of `share_of_alike`), the number of
    `candidates`, and the rows of the `runners_up`.
    """
    tables = [read_feather(path) for path in parts]
    frame = pd.concat([table.to_pandas() for table in tables], ignore_index=True)
    for name in ("calorimeter", "best_in", "correlation"):
        frame[name] = frame[name].astype(object).where(frame[name].notna(), None)
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
        "inputs": [*inputs, str(Column(best["calorimeter"] or EVENTS, best["observable"]))],
        **best,
        "alike_in": share_of_alike(frame, ranked.index[0]),
        "candidates": len(frame),
        "runners_up": others,
    }


def share_of_alike(candidates: pd.DataFrame, chosen: int) -> float | None:
    """Return the share of bootstrap samples that choose this candidate or one alike; None if not known.

    Parameters
    ----------
    candidates
        Table of candidates with `best_in` and `correlation`, None if unknown.
    chosen
        Index of the row of the one that is chosen.
    """
    if candidates.loc[chosen, "best_in"] is None:
        return None
    alike = candidates["correlation"].astype(float).abs() > ALIKE
    alike[chosen] = True
    return float(candidates.loc[alike, "best_in"].sum())
