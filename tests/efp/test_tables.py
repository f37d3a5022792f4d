"""Chunks of events, and cells as point clouds."""

import numpy as np
import pyarrow as pa
import pytest

from leptonid.calorimeter import ECAL
from leptonid.efp.tables import chunk_of, point_clouds

CELLS = pa.table(
    {"event": range(5), "cell": [[0], [], [480, 481], [960], []], "et": [[1.0], [], [2.0, 3.0], [4.0], []]},
    metadata={"calorimeter": "ecal", "split": "train"},
)


@pytest.mark.parametrize("chunks", [1, 2, 3, 5, 7])
def test_chunks_hold_every_event_once_in_order(chunks):
    events = [
        event for chunk in range(chunks) for event in chunk_of(CELLS, chunk, chunks)["event"].to_pylist()
    ]
    assert events == list(range(5))


def test_point_clouds_are_the_cells_at_their_positions():
    clouds = point_clouds(CELLS, "physical")
    assert [len(cloud) for cloud in clouds] == [1, 0, 2, 1, 0]
    np.testing.assert_allclose(clouds[2], [[2, 0, 0], [3, ECAL.step_eta, 0]], atol=1e-12)
    np.testing.assert_allclose(clouds[0], [[1, -15 * ECAL.step_eta, 15 * ECAL.step_phi]])


def test_point_clouds_of_a_chunk_are_those_of_its_events():
    clouds = point_clouds(CELLS, "physical")
    for expected, found in zip(clouds[2:], point_clouds(chunk_of(CELLS, 1, 2), "physical"), strict=True):
        np.testing.assert_array_equal(found, expected)
