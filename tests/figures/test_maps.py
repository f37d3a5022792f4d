"""Figures of saliency and occlusion maps."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

import plot_maps
from leptonid.calorimeter import ECAL, HCAL
from leptonid.errors import InputError
from leptonid.figures.maps import map_of, maps_figure
from leptonid.storage import write_feather

SIDES = {"et": 31, "ht": 8}


def maps(images=("et", "ht"), scale=1.0, order=None):
    """Maps with a known value per cell: saliency counts cells, occlusion has both signs."""
    parts = []
    for image in images:
        cells = SIDES[image] ** 2
        row, column = np.indices((SIDES[image],) * 2, dtype=np.int32).reshape(2, -1)
        for y in (1, 0):
            values = scale * (np.arange(cells) + 1.0 + y)
            table = {"image": [image] * cells, "y": np.full(cells, y, np.int8), "row": row, "column": column}
            parts.append(pa.table({**table, "saliency": values, "occlusion": values - values.mean()}))
    table = pa.concat_tables(parts)
    return table if order is None else table.take(order(len(table)))


def test_a_map_is_put_together_in_any_order_of_rows():
    shuffled = maps(order=np.random.default_rng(0).permutation)
    expected = np.arange(64).reshape(8, 8) + 2.0
    np.testing.assert_array_equal(map_of(shuffled, "ht", 1, "saliency"), expected)
    np.testing.assert_array_equal(map_of(shuffled, "ht", 0, "saliency"), expected - 1)


@pytest.mark.parametrize("order", [lambda count: np.arange(count - 64), lambda count: np.arange(count - 1)])
def test_an_incomplete_map_is_refused(order):
    with pytest.raises(InputError, match="the saliency map of ht and class 0 is not whole"):
        map_of(maps(order=order), "ht", 0, "saliency")


def test_a_map_with_holes_is_refused(label):
    with pytest.raises(InputError, match="not whole"):
        maps_figure(maps(scale=np.nan), "images", "GeV", label)


def test_every_image_has_both_maps_of_both_classes_at_their_place_in_eta_and_phi(label):
    figure = maps_figure(maps(), "ECal + HCal images", "GeV", label)
    panels, bars = figure.axes[:8], figure.axes[8:]
    titles = [
        f"{calorimeter} {quantity}, {name}"
        for name in ("signal", "background")
        for calorimeter in ("ECal", "HCal")
        for quantity in ("saliency", "occlusion")
    ]
    assert [axes.get_title() for axes in panels] == titles
    for axes, grid in zip(panels, [ECAL, ECAL, HCAL, HCAL] * 2, strict=True):
        (picture,) = axes.images
        half_eta, half_phi = grid.size * grid.step_eta / 2, grid.size * grid.step_phi / 2
        assert picture.get_extent() == pytest.approx([-half_eta, half_eta, -half_phi, half_phi])
        assert picture.origin == "upper"
    # Saliency of the HCal: signal above background, both on one scale.
    signal, background = panels[2].images[0], panels[6].images[0]
    np.testing.assert_array_equal(signal.get_array() - background.get_array(), np.ones((8, 8)))
    assert signal.norm.vmax == background.norm.vmax == 65
    assert len(bars) == 4
    assert "[1/GeV]" in bars[0].get_xlabel()
    assert figure.get_suptitle() == "ECal + HCal images"
    assert label in [text.get_text() for text in figure.texts]


def test_occlusion_is_white_at_zero_and_blue_where_energy_speaks_for_signal(label):
    picture = maps_figure(maps(["ht"]), "HCal image", "GeV", label).axes[1].images[0]
    red, _, blue, _ = picture.cmap(picture.norm(picture.get_array().max()))
    assert blue > red
    assert picture.norm(0) == pytest.approx(0.5)
    assert picture.norm.vmin == -picture.norm.vmax


@pytest.mark.parametrize("scale", [0.0, 1e-12, 1e6])
def test_maps_of_any_size_are_drawn(scale, label):
    maps_figure(maps(["et"], scale), "ECal image", "GeV", label).draw_without_rendering()


def test_plot_maps(write, tmp_path):
    write_feather(maps(), tmp_path / "maps.feather")
    pdf, png = tmp_path / "saliency.pdf", tmp_path / "saliency.png"
    options = ["--features", "et_and_ht", "--maps", str(tmp_path / "maps.feather")]
    plot_maps.main([*options, "--events", write.events("test.feather"), "--output", str(pdf), str(png)])
    assert Path(pdf).read_bytes().startswith(b"%PDF")
    assert Path(png).read_bytes().startswith(b"\x89PNG")
