"""Observables selected by name have the values of the whole set."""

import numpy as np
import pytest

from layouts import ELECTRONS, PHOTONS, random_split
from leptonid.efp.engine import compute
from leptonid.efp.selection import SelectedEfps
from leptonid.errors import InputError
from leptonid.tables.cells import SparseImages, pixel_positions

(BARREL,) = PHOTONS.grids.values()
HCAL = ELECTRONS.grids["hcal"]


@pytest.mark.parametrize(
    ("layout", "grid", "coordinates"),
    [(PHOTONS, BARREL, "physical"), (ELECTRONS, HCAL, "physical"), (ELECTRONS, HCAL, "published")],
)
def test_selected_observables_have_the_values_of_the_whole_set(layout, grid, coordinates):
    images = random_split(layout.contents, events=20, seed=1)[grid.name]
    images = np.concatenate([images, np.zeros((1, *grid.shape), np.float32)])
    positions = pixel_positions(grid, coordinates)
    events = [
        np.column_stack([image[image > 0], positions[image > 0]]) for image in images.reshape(len(images), -1)
    ]
    whole = compute(events, [["d<=4"]], kappas=[-1, 0.5, 2], betas=[0.5, 1, 2])
    rng = np.random.default_rng(0)
    for count in (1, 5, len(whole.columns)):
        names = list(rng.permutation(whole.columns)[:count])
        values = SelectedEfps(names, grid, coordinates).values(SparseImages.from_dense(images))
        np.testing.assert_allclose(values, whole[names], rtol=1e-12)
        assert not values[-1].any()


def test_no_images_have_no_values():
    selected = SelectedEfps(["2_1_0_k_1_b_1", "1_0_0_k_2_b_1"], BARREL, "physical")
    images = SparseImages.from_dense(np.zeros((0, *BARREL.shape), np.float32))
    assert selected.values(images).shape == (0, 2)


def test_a_graph_that_is_not_in_the_catalogue_raises_an_error():
    with pytest.raises(InputError, match=r"EFPs: .'n==2', 'd==99', 'p==1'. selects no connected graph"):
        SelectedEfps(["2_99_0_k_1_b_1"], BARREL, "physical")
