"""Observables by name have the values that the whole set gives them."""

import numpy as np
import pyarrow as pa
import pytest

from leptonid.calorimeter import HCAL
from leptonid.efp.engine import compute
from leptonid.efp.selection import SelectedEfps
from leptonid.efp.tables import coordinates_of
from leptonid.errors import InputError
from leptonid.storage import write_feather
from synthetic import synthetic_split

IMAGES = np.concatenate([synthetic_split(20, seed=1)["ht"], np.zeros((1, *HCAL.shape), np.float32)])


@pytest.mark.parametrize("coordinates", ["physical", "published"])
def test_picked_observables_have_the_values_of_the_whole_set(coordinates):
    positions = HCAL.positions(coordinates)
    events = [
        np.column_stack([image[image > 0], positions[image > 0]]) for image in IMAGES.reshape(len(IMAGES), -1)
    ]
    whole = compute(events, [["d<=4"]], kappas=[-1, 0.5, 2], betas=[0.5, 1, 2])
    rng = np.random.default_rng(0)
    for count in (1, 5, len(whole.columns)):
        names = list(rng.permutation(whole.columns)[:count])
        values = SelectedEfps(names, HCAL, coordinates).values(IMAGES)
        np.testing.assert_allclose(values, whole[names], rtol=1e-12)
        assert not values[-1].any()


def test_a_graph_that_energyflow_does_not_have_is_named():
    with pytest.raises(InputError, match=r"EFPs: .'n==2', 'd==99', 'p==1'. selects no connected graph"):
        SelectedEfps(["2_99_0_k_1_b_1"], HCAL, "physical")


def test_tables_tell_their_coordinates(tmp_path):
    tables = {}
    for name, metadata in {
        "one": {"coordinates": "physical"}, "two": {"coordinates": "physical"},
        "other": {"coordinates": "published"}, "old": {"split": "test"},
    }.items():  # fmt: skip
        tables[name] = tmp_path / f"{name}.feather"
        write_feather(pa.table({"event": [0]}), tables[name], metadata)
    assert coordinates_of([tables["one"], tables["two"]]) == "physical"
    assert coordinates_of([]) is None
    with pytest.raises(InputError, match=r"differ in their coordinates: .*one.*physical.*other.*published"):
        coordinates_of([tables["one"], tables["other"]])
    with pytest.raises(InputError, match=r"old\.feather: its metadata lack `coordinates`"):
        coordinates_of([tables["one"], tables["old"]])
