"""What a search has found, on the test events, which have chosen nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from leptonid.observables import Observable
from leptonid.ordering import Ordering
from leptonid.metrics.auc import auc, auc_covariance, auc_uncertainty


@dataclass(frozen=True)
class Pass:
    """One pass that took place: its choice, the test values of the chosen observable, shape (N,), and scores.

    `score`, shape (N,), is what the network makes of the test events after the pass, `before` before it
    (None where there was none).
    """

    choice: Mapping
    observed: np.ndarray
    score: np.ndarray
    before: np.ndarray | None


def table_of_passes(
    passes: Sequence[Pass], base: np.ndarray | None, guide: np.ndarray, black_box: np.ndarray, y: np.ndarray
) -> pd.DataFrame:
    """Return one row per pass, after row 0 for the base, where there is one.

    Parameters
    ----------
    passes
        Those that took place, in order.
    base : shape (N,)
        Scores of the network on the base alone, None where a search begins with nothing.
    guide : shape (N,)
        What the search follows: the scores of the black box, or the labels.
    black_box, y : shape (N,)
        Scores of the black box, labels.

    Returns
    -------
    pass, calorimeter, observable, n, d, k, kappa, beta; candidates, how many there were; ado_selection, the
    ADO that the choice was made by; pairs, those that guide and network order differently before the pass,
    and ado_misordered, the ADO of guide and observable on them (the way round that the choice says, so that
    it can be below 1/2); auc_alone, that of the observable; ado_all,
    the ADO of black box and network on all pairs; auc, that of the network, and gain, its difference to
    the network before. Each measured value has an `_uncertainty`, from the number of test events (of the
    gain: paired).
    """
    all_pairs = Ordering(black_box, y)
    rows = [{"pass": 0, **_of_network(base, all_pairs, y)}] if base is not None else []
    for number, each in enumerate(passes, 1):
        observable = Observable.parse(each.choice["observable"])
        # The events that chose have said which way round the observable orders, but to a greedy search.
        reversed = each.choice["reversed"]
        way = -1 if reversed else 1
        misordered = Ordering(guide, y, each.before).ado(way * each.observed, flip=reversed is None)
        alone = auc(y, each.observed)
        rows.append(
            {
                "pass": number,
                "calorimeter": each.choice["calorimeter"],
                "observable": str(observable),
                **vars(observable),
                "candidates": each.choice["candidates"],
                "ado_selection": each.choice["ado"],
                "pairs": misordered.pairs,
                "ado_misordered": misordered.value,
                "ado_misordered_uncertainty": misordered.uncertainty,
                "auc_alone": max(alone, 1 - alone),
                "auc_alone_uncertainty": auc_uncertainty(y, each.observed),
                **_of_network(each.score, all_pairs, y),
                **_gain(each, y),
            }
        )
    table = pd.DataFrame(rows, columns=COLUMNS)
    return table.astype(dict.fromkeys(("n", "d", "k", "candidates", "pairs"), "Int64"))


COLUMNS = [
    *("pass", "calorimeter", "observable", "n", "d", "k", "kappa", "beta", "candidates", "ado_selection"),
    *("pairs", "ado_misordered", "ado_misordered_uncertainty", "auc_alone", "auc_alone_uncertainty"),
    *("ado_all", "ado_all_uncertainty", "auc", "auc_uncertainty", "gain", "gain_uncertainty"),
]


def _of_network(score: np.ndarray, all_pairs: Ordering, y: np.ndarray) -> dict:
    ado = all_pairs.ado(score)
    return {
        "ado_all": ado.value,
        "ado_all_uncertainty": ado.uncertainty,
        "auc": auc(y, score),
        "auc_uncertainty": auc_uncertainty(y, score),
    }


def _gain(each: Pass, y: np.ndarray) -> dict:
    if each.before is None:
        return {}
    change = np.array([1, -1])
    variance = change @ auc_covariance(y, [each.score, each.before]) @ change
    # Rounding can leave less than nothing where two networks score alike.
    return {
        "gain": auc(y, each.score) - auc(y, each.before),
        "gain_uncertainty": float(np.sqrt(max(variance, 0))),
    }


def table_of_events(
    passes: Sequence[Pass], guide: np.ndarray, event: np.ndarray, y: np.ndarray, weight: np.ndarray
) -> pd.DataFrame:
    """Return one row per test event: `event`, `y`, `weight`, the chosen observables, and misordered pairs.

    `misordered_1` says in how many of the pairs that guide and network order differently before pass 1 the
    event is; where there is no network yet, these are all its pairs.
    """
    columns = {"event": event, "y": y, "weight": weight}
    columns |= {each.choice["inputs"][-1]: each.observed for each in passes}
    columns |= {
        f"misordered_{number}": Ordering(guide, y, each.before).pairs_per_event()
        for number, each in enumerate(passes, 1)
    }
    return pd.DataFrame(columns)
