"""The passes of a search, evaluated on the test events, which took no part in choosing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from leptonid.metrics.auc import auc, auc_uncertainty
from leptonid.metrics.ordering import Ordering
from leptonid.metrics.trainings import MeanAucs, mean_aucs
from leptonid.study.features import parse_column
from leptonid.study.observables import Observable

COLUMNS = [
    *("pass", "calorimeter", "observable", "n", "d", "k", "kappa", "beta", "candidates", "ado_selection"),
    *("best_in", "alike_in", "pairs", "ado_misordered", "ado_misordered_uncertainty", "auc_alone"),
    *("auc_alone_uncertainty", "ado_all", "ado_all_uncertainty", "auc", "auc_uncertainty", "auc_seeds"),
    *("gain", "gain_uncertainty", "gap_closed", "gap_closed_uncertainty", "suffices"),
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
    scores, scores_before : shape (S, N)
        Scores of the networks after and before the pass, one per seed, of which the first guides the next
        choice; `scores_before` is None where there was no network.
    """

    choice: Mapping
    observable: np.ndarray
    scores: Sequence[np.ndarray]
    scores_before: Sequence[np.ndarray] | None

    @property
    def name(self) -> str:
        """Name of the chosen observable among the inputs, with its calorimeter."""
        return self.choice["inputs"][-1]

    def misordered(self, guide: np.ndarray, y: np.ndarray, weight: np.ndarray) -> Ordering:
        """Return the order of the guide on the pairs that the network before the pass misorders."""
        before = None if self.scores_before is None else self.scores_before[0]
        return Ordering(guide, y, before, weight)


def passes_table(
    passes: Sequence[Pass],
    base: Sequence[np.ndarray] | None,
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
    base : shape (S, N)
        Scores of the networks on the base alone, None for a search without a base.
    guide : shape (N,)
        What the search follows: the scores of the black box, or the labels.
    black_box, y, weight : shape (N,)
        Scores of the black box, labels, and weights.

    Returns
    -------
    `pass`, `calorimeter`, `observable`, and of EFPs `n`, `d`, `k`, `kappa`, `beta`; `candidates`, their
    number; `ado_selection`, the ADO that the choice was based on; `best_in` and `alike_in`, the shares of
    bootstrap samples that choose the observable, and it or one alike; `pairs`, the number of pairs that guide
    and network order differently before the pass, and `ado_misordered`, the ADO of guide and observable on
    them, with the sign of the observable that the choice says, so that it can be below 1/2; `auc_alone`, the
    AUC of the observable; `ado_all`, the ADO of black box and network on all pairs, and `auc` of the network,
    both means over the seeds; `auc_seeds`, the standard deviation between them; `gain`, the difference of the
    AUC to that of the pass before; `gap_closed`, the share of the difference between the AUCs of base and
    black box that the networks close; `suffices`, whether no later pass has an AUC that is higher by more
    than the uncertainty of the difference, null for the last pass.

    Measured values have an `_uncertainty` due to the finite number of test events. For the gain and the share
    it is paired, and includes the scatter of trainings, see `leptonid.metrics.trainings.mean_aucs`; that of
    the mean `ado_all` is the mean of the seeds' own, which is an upper limit.
    """
    trainings = [*([] if base is None else [base]), *(step.scores for step in passes)]
    aucs = mean_aucs(y, [*trainings, [black_box]], weight)
    goal = len(trainings)
    all_pairs = Ordering(black_box, y, weight=weight)
    rows = []
    for place, scores in enumerate(trainings):
        number = place if base is not None else place + 1
        row = {"pass": number, **_network(aucs, place, all_pairs, scores)}
        if number:
            row |= _choice(passes[number - 1], guide, y, weight)
        if place:
            row |= _with_uncertainty("gain", *aucs.difference(place, place - 1))
        if place and base is not None:
            row |= _with_uncertainty("gap_closed", *aucs.gap_closed(0, place, goal))
        row["suffices"] = _suffices(aucs, place, range(place + 1, goal))
        rows.append(row)
    table = pd.DataFrame(rows, columns=COLUMNS)
    integers = ("n", "d", "k", "candidates", "pairs")
    return table.astype(
        {
            "calorimeter": str,
            "observable": str,
            **dict.fromkeys(("kappa", "beta", "best_in", "alike_in"), float),
            **dict.fromkeys(integers, "Int64"),
            "suffices": "boolean",
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
        f"misordered_{number}": step.misordered(guide, y, weight).pairs_per_event()
        for number, step in enumerate(passes, 1)
    }
    return pd.DataFrame(columns)


def _choice(step: Pass, guide: np.ndarray, y: np.ndarray, weight: np.ndarray) -> dict:
    """Return what a row says of the chosen observable."""
    column = parse_column(step.name)
    efp = vars(Observable.parse(column.name)) if column.is_efp else {}
    # The sign is known from the events that chose, except in a greedy search.
    is_reversed = step.choice["reversed"]
    sign = -1 if is_reversed else 1
    misordered = step.misordered(guide, y, weight).ado(sign * step.observable, flip=is_reversed is None)
    alone = auc(y, step.observable, weight)
    return {
        **{key: step.choice[key] for key in ("calorimeter", "candidates", "best_in", "alike_in")},
        "observable": column.name,
        **efp,
        "ado_selection": step.choice["ado"],
        "pairs": misordered.pairs,
        **_with_uncertainty("ado_misordered", misordered.value, misordered.uncertainty),
        **_with_uncertainty("auc_alone", max(alone, 1 - alone), auc_uncertainty(y, step.observable, weight)),
    }


def _network(aucs: MeanAucs, place: int, all_pairs: Ordering, scores: Sequence[np.ndarray]) -> dict:
    """Return what a row says of the networks."""
    ados = [all_pairs.ado(score) for score in scores]
    uncertainty = float(np.sqrt(aucs.events[place, place]))
    return {
        **_with_uncertainty(
            "ado_all", np.mean([ado.value for ado in ados]), np.mean([ado.uncertainty for ado in ados])
        ),
        **_with_uncertainty("auc", aucs.means[place], uncertainty),
        "auc_seeds": aucs.deviations[place],
    }


def _suffices(aucs: MeanAucs, place: int, later: Iterable[int]) -> bool | None:
    differences = [aucs.difference(other, place) for other in later]
    return all(gain <= uncertainty for gain, uncertainty in differences) if differences else None


def _with_uncertainty(name: str, value: float, uncertainty: float) -> dict[str, float]:
    return {name: value, f"{name}_uncertainty": uncertainty}
