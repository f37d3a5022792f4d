"""Mean and single calorimeter images."""

import numpy as np
import pytest

from leptonid.calorimeter import ECAL, GRIDS, HCAL, images_from_cells
from leptonid.errors import InputError
from leptonid.figures.events import read_cells
from leptonid.figures.images import mean_figure, mean_image, occupancy, single_figure


def dense(cells, grid):
    return images_from_cells(cells.cell, cells.et, cells.counts, grid)[..., 0].astype(np.float64)


@pytest.mark.parametrize("calorimeter", GRIDS)
def test_the_mean_image_is_the_weighted_mean_of_dense_images(write, calorimeter):
    weight = np.random.default_rng(0).uniform(0.5, 2, 400)
    events = write.events("test.feather", weight=weight)
    grid = GRIDS[calorimeter]
    cells = read_cells(write.cells("cells.feather", calorimeter), events, grid)
    images = dense(cells, grid)
    for y in (0, 1):
        chosen = cells.y == y
        expected = np.average(images[chosen], axis=0, weights=weight[chosen])
        np.testing.assert_allclose(mean_image(cells, y, grid), expected, rtol=1e-5)
        assert np.array_equal(occupancy(cells, y, grid), (images[chosen] > 0).sum(axis=0))


def test_cells_are_joined_to_events_by_number_in_any_order(write):
    events = write.events("test.feather")
    order = np.random.default_rng(0).permutation(400)
    straight = read_cells(write.cells("a.feather"), events, ECAL)
    shuffled = read_cells(write.cells("b.feather", order=order), events, ECAL)
    for name in vars(straight):
        assert np.array_equal(getattr(shuffled, name), getattr(straight, name))


def test_events_in_only_one_file_are_refused(write):
    events = write.events("test.feather", count=400)
    with pytest.raises(InputError, match="event 1399 is in only one of them"):
        read_cells(write.cells("cells.feather", order=np.arange(399)), events, ECAL)


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        (([961], [1.0]), "cell 961 is outside the ecal image of 961 cells"),
        (([-1], [1.0]), "cell -1 is outside"),
        (([1, 2], [1.0]), "more cells than ET values"),
    ],
)
def test_unusable_cells_are_refused(write, cells, message):
    events = write.events("test.feather", count=4)
    path = write.cells("cells.feather", count=4, cells=[cells] * 4)
    with pytest.raises(InputError, match=rf"cells\.feather: .*{message}"):
        read_cells(path, events, ECAL)


def test_the_other_calorimeters_cells_are_refused(write):
    events = write.events("test.feather", count=4)
    path = write.cells("cells.feather", "hcal", count=4, metadata={"calorimeter": "hcal"})
    with pytest.raises(InputError, match="expected cells of the ecal, found those of the hcal"):
        read_cells(path, events, ECAL)
    assert len(read_cells(path, events, HCAL).event) == 4


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"drop": ["y"]}, "y"),
        ({"y": np.ones(400, np.int8)}, "no background events"),
        ({"event": np.repeat(np.arange(200), 2)}, "event 0 appears more than once"),
    ],
)
def test_unusable_events_are_refused(write, options, message):
    events = write.events("test.feather", **options)
    with pytest.raises(InputError, match=rf"test\.feather.*{message}"):
        read_cells(write.cells("cells.feather"), events, ECAL)


def corner_events(write):
    """Two events of each class; their only cell is the first: highest phi, lowest eta."""
    events = write.events("test.feather", count=4, y=np.array([0, 1, 0, 1], np.int8))
    path = write.cells("cells.feather", count=4, cells=[([0], [2.0]), ([0], [8.0]), ([0], [2.0]), ([], [])])
    return read_cells(path, events, ECAL)


def test_mean_images_lie_right_in_eta_and_phi(write, label):
    figure = mean_figure(corner_events(write), ECAL, "GeV", label)
    signal, background, ratio, *bars = figure.axes
    for axes, expected in ((signal, 4), (background, 2)):
        (picture,) = axes.images
        left, right, bottom, top = picture.get_extent()
        assert (left, right) == pytest.approx((-15.5 * 0.025, 15.5 * 0.025))
        assert (bottom, top) == pytest.approx((-15.5 * np.pi / 126, 15.5 * np.pi / 126))
        assert picture.origin == "upper"
        image = picture.get_array()
        assert image[0, 0] == expected
        assert image.mask.sum() == image.size - 1
    assert "background" in background.get_title()
    assert ratio.images[0].get_array().mask.all(), "too few events for a ratio"
    assert "[GeV]" in bars[0].get_ylabel()
    assert label in [text.get_text() for text in figure.texts]


def test_the_ratio_is_signal_over_background(write, label):
    cells = read_cells(write.cells("cells.feather"), write.events("test.feather"), ECAL)
    ratio = mean_figure(cells, ECAL, "GeV", label).axes[2].images[0].get_array()
    centre = (15, 15)
    assert ratio[centre] == pytest.approx(
        mean_image(cells, 1, ECAL)[centre] / mean_image(cells, 0, ECAL)[centre]
    )


def test_single_images_are_the_first_events_of_each_class(write, label):
    cells = corner_events(write)
    figure = single_figure(cells, ECAL, "arbitrary units", label, 2)
    panels = figure.axes[:4]
    titles = ["signal, event 1001", "signal, event 1003", "background, event 1000", "background, event 1002"]
    assert [axes.get_title() for axes in panels] == titles
    assert [axes.images[0].get_array().sum() for axes in panels] == [8, np.ma.masked, 2, 2]
    assert [text.get_text() for text in panels[1].texts] == ["no energy"]
    assert "[arbitrary units]" in figure.axes[4].get_ylabel()
    assert label in [text.get_text() for text in figure.texts]


def test_fewer_events_than_asked_for_leave_no_empty_panels(write, label):
    figure = single_figure(corner_events(write), ECAL, "GeV", label, 5)
    assert len(figure.axes) == 2 * 2 + 1


def test_a_calorimeter_without_energy_is_drawn(write, label):
    events = write.events("test.feather", count=4)
    cells = read_cells(write.cells("cells.feather", "hcal", count=4, cells=[([], [])] * 4), events, HCAL)
    mean_figure(cells, HCAL, "GeV", label)
    single_figure(cells, HCAL, "GeV", label, 1)
