"""Figures of the filters of Energy Flow Networks."""

import numpy as np
import pyarrow as pa
import pytest

from figures.made_up import GRID, filters
from layouts import ELECTRONS
from leptonid.errors import InputError
from leptonid.figures.filters import SINGLE, filters_figure, filters_of


def test_filters_that_are_0_are_left_out():
    numbers, values = filters_of(filters(), "tower")
    assert numbers.tolist() == [1, 2, 3, 4, 5]
    assert values.shape == (5, 5, 5)
    np.testing.assert_array_equal(values[1], np.tile(2 * np.arange(5.0), (5, 1)))


@pytest.mark.parametrize(
    "table", [filters()[:0], filters().set_column(3, "values", pa.array([[1.0] * 7] * 6))]
)
def test_incomplete_filters_are_refused(table):
    with pytest.raises(InputError, match="the filters of tower are incomplete"):
        filters_of(table, "tower")


def test_every_image_has_all_bands_and_the_heaviest_filters_alone(label):
    ecal = ELECTRONS.grids["ecal"]
    images = {"tower": (GRID, "Barrel"), "et": (ecal, "ECal")}
    figure = filters_figure(pa.concat_tables([filters(), filters(ecal, 3)]), images, "mine", label)
    titles = [axes.get_title() for axes in figure.axes]
    alone = [f"Barrel, filter {number}" for number in (1, 2, 3, 4)]
    assert titles == ["Barrel, 5 filters", *alone, "ECal, 2 filters", "ECal, filter 1", "ECal, filter 2"]
    assert len(alone) == SINGLE
    # Half of the largest value is in the middle of the plane.
    edges = np.concatenate([path.vertices[:, 0] for path in figure.axes[0].collections[0].get_paths()])
    left, right, _, _ = GRID.extent
    assert np.abs(edges).max() == pytest.approx(0.05 * (right - left), rel=1e-6)
    picture = figure.axes[1].images[0]
    assert picture.get_extent() == pytest.approx(GRID.extent)
    assert picture.origin == "lower"
    assert picture.get_clim() == (0, 4)
    assert label in [text.get_text() for text in figure.texts]


def test_filters_that_are_all_0_are_drawn_as_an_empty_plane(label):
    filters_figure(filters(count=1), {"tower": (GRID, "Barrel")}, "zero", label).draw_without_rendering()
