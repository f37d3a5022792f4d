"""The passes of a search, evaluated on the test events, which took no part in choosing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from leptonid.metrics.auc import auc, auc_uncertainty, combination_uncertainty, gap_closed
from leptonid.metrics.ordering import Ordering
from leptonid.study.features import parse_column
from leptonid.study.observables import Observable

COLUMNS = [
    *("pass", "calorimeter", "observable", "n", "d", "k", "kappa", "beta", "candidates", "ado_selection"),
    *("pairs", "ado_misordered", "ado_misordered_uncertainty", "auc_alone", "auc_alone_uncertainty"),
    *("ado_all", "ado_all_uncertainty", "auc", "auc_uncertainty", "gain", "gain_uncertainty"),
    *("gap_closed", "gap_closed_uncertainty"),
]


@dataclass(frozen=True)
class Pass:
    """One pass of a search and what belongs to it, for N test events.

    Parameters
    ----------
    choice
        As `leptonid.search.passes.choose` returns it.
    observable : shape (N,)
        Values of the chosen observable.
    score, score_before : shape (N,)
        Scores of the network after and before the pass; `score_before` is None where there was no network.
    """

    choice: Mapping
    observable: np.ndarray
    score: np.ndarray
    score_before: np.ndarray | None

    @property
    def name(self) -> str:
        """Name of the chosen observable among the inputs, with its calorimeter."""
        return self.choice["inputs"][-1]


def passes_table(
    passes: Sequence[Pass],
    base: np.ndarray | None,
    guide: np.ndarray,
    black_box: np.ndarray,
    y: np.ndarray,
    weight: np.ndarray,
) -> pd.DataFrame:
    """Return one row per pass, after row 0 for the base, if there is one.

    Parameters
    ----------
    passes
        The passes that chose an observable, in order.
    base : shape (N,)
        Scores of the network on the base alone, None for a search without a base.
    guide : shape (N,)
        What the search follows: the scores of the black box, or the labels.
    black_box, y, weight : shape (N,)
        Scores of the black box, labels, and weights.

    Returns
    -------
    `pass`, `calorimeter`, `observable`, and of EFPs `n`, `d`, `k`, `kappa`, `beta`; `candidates`, their
    number; `ado_selection`, the ADO that the choice was based on; `pairs`, the number of pairs that guide and
    network order differently before the pass, and `ado_misordered`, the ADO of guide and observable on them,
    with the sign of the observable that the choice says, so that it can be below 1/2; `auc_alone`, the AUC of
    the observable; `ado_all`, the ADO of black box and network on all pairs; `auc` of the network, and
    `gain`, its difference to the network before; `gap_closed`, the share of the difference between the AUCs
    of base and black box that the network closes. Measured values have an `_uncertainty` due to the finite
    number of test events, which is paired for the gain and the share.
    """
    all_pairs = Ordering(black_box, y, weight=weight)
    rows = [{"pass": 0, **_network(base, all_pairs, y, weight)}] if base is not None else []
    for number, step in enumerate(passes, 1):
        column = parse_column(step.name)
        efp = vars(Observable.parse(column.name)) if column.is_efp else {}
        # The sign is known from the events that chose, except in a greedy search.
        is_reversed = step.choice["reversed"]
        sign = -1 if is_reversed else 1
        misordered = Ordering(guide, y, step.score_before, weight).ado(
            sign * step.observable, flip=is_reversed is None
        )
        alone = auc(y, step.observable, weight)
        rows.append(
            {
                "pass": number,
                "calorimeter": step.choice["calorimeter"],
                "observable": column.name,
                **efp,
                "candidates": step.choice["candidates"],
                "ado_selection": step.choice["ado"],
                "pairs": misordered.pairs,
                "ado_misordered": misordered.value,
                "ado_misordered_uncertainty": misordered.uncertainty,
                "auc_alone": max(alone, 1 - alone),
                "auc_alone_uncertainty": auc_uncertainty(y, step.observable, weight),
                **_network(step.score, all_pairs, y, weight),
                **_gain(step, y, weight),
                **_gap_closed(base, step.score, black_box, y, weight),
            }
        )
    table = pd.DataFrame(rows, columns=COLUMNS)
    integers = ("n", "d", "k", "candidates", "pairs")
    return table.astype(
        {
            "calorimeter": str,
            "observable": str,
            "kappa": float,
            "beta": float,
            **dict.fromkeys(integers, "Int64"),
        }
    )


def events_table(
    passes: Sequence[Pass], guide: np.ndarray, event: np.ndarray, y: np.ndarray, weight: np.ndarray
) -> pd.DataFrame:
    """Return one row per test event: `event`, `y`, `weight`, the chosen observables, and misordered pairs.

    `misordered_1` is the weight of the pairs with the event that guide and network order differently before
    pass 1, their number where all weights are 1; these are all its pairs where there is no network yet.
    """
    columns = {"event": event, "y": y, "weight": weight}
    columns |= {step.name: step.observable for step in passes}
    columns |= {
        f"misordered_{number}": Ordering(guide, y, step.score_before, weight).pairs_per_event()
        for number, step in enumerate(passes, 1)
    }
    return pd.DataFrame(columns)


def _network(score: np.ndarray, all_pairs: Ordering, y: np.ndarray, weight: np.ndarray) -> dict:
    ado = all_pairs.ado(score)
    return {
        "ado_all": ado.value,
        "ado_all_uncertainty": ado.uncertainty,
        "auc": auc(y, score, weight),
        "auc_uncertainty": auc_uncertainty(y, score, weight),
    }


def _gain(step: Pass, y: np.ndarray, weight: np.ndarray) -> dict:
    if step.score_before is None:
        return {}
    scores = [step.score, step.score_before]
    return {
        "gain": auc(y, step.score, weight) - auc(y, step.score_before, weight),
        "gain_uncertainty": combination_uncertainty(y, scores, [1, -1], weight),
    }


def _gap_closed(
    base: np.ndarray | None, score: np.ndarray, black_box: np.ndarray, y: np.ndarray, weight: np.ndarray
) -> dict:
    if base is None:
        return {}
    names = ("gap_closed", "gap_closed_uncertainty")
    return dict(zip(names, gap_closed(y, base, score, black_box, weight), strict=True))
