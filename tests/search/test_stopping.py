"""When a search stops."""

import numpy as np
import pyarrow as pa
import pytest

from leptonid.errors import InputError
from leptonid.metrics.trainings import MeanAucs
from leptonid.search.stopping import read_networks, reason_to_stop, stop_reason
from leptonid.tables.feather import write_feather
from leptonid.tables.files import write_json
from leptonid.tables.scores import Scores

PLATEAU = {"gain": 0.01, "passes": 2}


def known(means, events=0.0, trainings=0.0):
    """Return mean AUCs with these variances, of independent events."""
    count = len(means)
    return MeanAucs(
        np.array(means), np.full(count, np.nan), events * np.eye(count), np.full(count, trainings)
    )


@pytest.mark.parametrize(
    ("means", "stops"),
    [
        ([0.80], None),
        ([0.80, 0.80], None),
        ([0.80, 0.80, 0.80], "plateau: +0.0000 in AUC in 2 passes, less than 0.01"),
        ([0.80, 0.80, 0.82], None),
        ([0.80, 0.82, 0.81], None),
        ([0.80, 0.82, 0.81, 0.82], "plateau"),
        ([0.80, 0.82, 0.829, 0.831], None),
        ([0.80, 0.90], "not below that of cnn"),
        ([0.90, 0.80], None),
    ],
)
def test_a_search_stops_at_a_plateau_or_at_the_goal(means, stops):
    reason = stop_reason(known(means), 0.9, "cnn", PLATEAU)
    assert reason is None if stops is None else stops in reason


@pytest.mark.parametrize(
    ("events", "trainings", "stops"),
    [(0.0, 0.0, False), (1e-4, 0.0, False), (1e-4, 2e-4, True), (3e-4, 0.0, True)],
)
def test_a_search_stops_where_a_gain_is_within_its_uncertainty(events, trainings, stops):
    """The gain is 0.02, its variance twice that of an AUC: events and trainings together."""
    reason = stop_reason(known([0.7, 0.8, 0.79, 0.82], events, trainings), 0.9, "cnn", PLATEAU)
    assert reason == (
        "plateau: +0.0200 in AUC in 2 passes, within its uncertainty of 0.0245" if stops else None
    )


@pytest.fixture
def networks(tmp_path):
    """Write scores of networks, better the larger their number; return the files: `networks([1, 3])`."""
    y = np.arange(400) % 2

    def written(qualities, role="valid", shift=0):
        paths = []
        for quality in qualities:
            noise = np.random.default_rng(len(paths)).normal(size=400)
            table = {"event": np.arange(400) + shift, "y": y, "weight": np.ones(400)}
            table |= {"score": quality * y + noise, "role": [role] * 400}
            paths.append(tmp_path / f"{shift}_{len(paths)}.feather")
            write_feather(pa.table(table), paths[-1])
        return paths

    return written


def test_the_goal_is_compared_with_the_mean_auc_on_the_events_that_choose(networks):
    y = np.arange(400) % 2
    settings = {"black_box": "cnn", "plateau": PLATEAU}
    # The first network of the pass is better than the black box, the mean is not.
    for qualities, stops in (([3, 0], False), ([3, 3], True), ([0, 0, 3, 3], True), ([3, 3, 3, 0], False)):
        black_box = Scores(np.arange(400), y, np.ones(400), 2 * y + np.random.default_rng(9).normal(size=400))
        scores = read_networks(networks(qualities), 2, "valid", "box", black_box.event)
        assert [len(of_pass) for of_pass in scores] == [2] * (len(qualities) // 2)
        reason = reason_to_stop(settings, None, black_box, scores)
        assert (reason is not None) == stops
    assert reason_to_stop(settings, None, black_box, []) is None


def test_a_search_that_has_stopped_does_not_continue(tmp_path):
    write_json({"stopped": "because", "inputs": []}, tmp_path / "choice.json")
    assert reason_to_stop({}, tmp_path / "choice.json", None, []) == "because"


def test_networks_that_scored_other_events_are_refused(networks):
    with pytest.raises(InputError, match=r"1_0\.feather: its valid events are not those of box"):
        read_networks(networks([1], shift=1), 1, "valid", "box", np.arange(400))
