"""Figures of saliency and occlusion maps."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from figures.made_up import CLASSES, GRID, maps
from layouts import ELECTRONS
from leptonid.errors import InputError
from leptonid.figures.maps import MappedImage, map_of, maps_figure


def table(*frames):
    return pa.Table.from_pandas(pd.concat(frames), preserve_index=False)


def test_a_map_is_built_from_rows_in_any_order():
    shuffled = table(maps().sample(frac=1, random_state=0))
    # Two pixels to a cell along each side.
    expected = np.arange(120).reshape(10, 12) + 2.0
    np.testing.assert_array_equal(map_of(shuffled, GRID, "signal", "saliency"), expected)
    np.testing.assert_array_equal(map_of(shuffled, GRID, "background", "saliency"), expected - 1)


@pytest.mark.parametrize(
    "frame",
    [maps()[:120], maps()[:-1], maps(scale=np.nan), maps(ELECTRONS.grids["ecal"]).assign(image="tower")],
)
def test_an_incomplete_map_is_refused(frame):
    with pytest.raises(InputError, match="the saliency map of tower for background is incomplete"):
        map_of(table(frame), GRID, "background", "saliency")


def test_every_image_has_both_maps_of_both_classes_in_eta_and_phi(label):
    ecal = ELECTRONS.grids["ecal"]
    images = {"tower": MappedImage(GRID, "Barrel", "GeV"), "et": MappedImage(ecal, "ECal", "MeV")}
    figure = maps_figure(table(maps(), maps(ecal)), images, "both", CLASSES, label)
    panels, bars = figure.axes[:8], figure.axes[8:]
    assert [axes.get_title() for axes in panels] == [
        f"{title} {quantity}, {name}"
        for name in ("photons", "pions")
        for title in ("Barrel", "ECal")
        for quantity in ("saliency", "occlusion")
    ]
    # Rows are eta and columns are falling phi in the file: its first cell is the upper left one of the
    # picture, the next cell of the same row stands below.
    picture = panels[0].images[0]
    assert picture.get_array().shape == (12, 10)
    assert picture.get_array()[:2, 0].tolist() == [2, 3]
    assert picture.get_extent() == pytest.approx(GRID.extent)
    assert ["[1/GeV]" in bar.get_xlabel() for bar in bars] == [True, False, False, False]
    assert label in [text.get_text() for text in figure.texts]


def test_maps_of_nothing_but_zeros_are_drawn(label):
    images = {"tower": MappedImage(GRID, "Barrel", "GeV")}
    maps_figure(table(maps(scale=0)), images, "zero", CLASSES, label).draw_without_rendering()
